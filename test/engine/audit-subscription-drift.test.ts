/** What a nightly job finds of a subscription that is not as declared, and how `pulumi up --refresh` heals it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FaultEffect } from "../../local/activity/faultDefinition.ts";
import { CHANGES_FOUND } from "../../local/engine/stack.ts";
import { startWebhookEndpoint, type WebhookEndpoint } from "../pure/webhookEndpoint.ts";
import type { Declaration } from "./declaration.ts";
import { SubscriptionStack, written } from "./subscriptionStack.ts";

const DAY = 24 * 60;
const AUTH_ID = "nobody-else-knows-this";
const FOREIGN_AUTH_ID = "somebody-else-knows-this";

let stack: SubscriptionStack;
let endpoint: WebhookEndpoint;
let program: Record<string, Partial<Declaration>>;

beforeAll(async () => {
  stack = await SubscriptionStack.open();
  endpoint = await startWebhookEndpoint(stack.tenant.tls);
  program = {
    general: { contentType: "Audit.General" },
    sharepoint: { contentType: "Audit.SharePoint", webhook: { address: endpoint.url } },
    exchange: webhookThatLasts(2 * DAY),
  };
  stack.declare(program);
  expect(await stack.pulumi.up()).toMatchObject({ exitCode: 0, resourceChanges: { create: 4 } });
});

afterAll(async () => {
  await endpoint.close();
  await stack.close();
});

beforeEach(() => {
  stack.takeRequests();
});

function webhookThatLasts(minutes: number): Partial<Declaration> {
  const expiration = new Date(Date.now() + minutes * 60_000).toISOString();
  return { contentType: "Audit.Exchange", webhook: { address: endpoint.url, authId: AUTH_ID, expiration } };
}

function drift() {
  return stack.pulumi.preview({ refresh: true, expectNoChanges: true, args: ["--diff"] });
}

describe("a drift check", () => {
  it("ends with 0 while every subscription is as declared, whether it looks at the program or not", async () => {
    expect(await drift()).toMatchObject({ exitCode: 0 });
    const withoutProgram = await stack.pulumi.refresh({ expectNoChanges: true, args: ["--preview-only"] });
    expect(withoutProgram).toMatchObject({ exitCode: 0 });
    expect(stack.takeRequests()).toEqual(["list", "list"]);
  });

  it("ends with 7 on a disabled subscription, a removed one and a disabled webhook, and tells them apart", async () => {
    stack.tenant.activity.disable("Audit.General");
    stack.tenant.activity.remove("Audit.SharePoint");
    stack.tenant.activity.disableWebhook("Audit.Exchange");

    const found = await drift();
    expect(found).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { update: 2, create: 1 } });
    expect(found.stdout.match(/~ status *: "disabled" => "enabled"/g)).toHaveLength(2);
    expect(found.stdout).toMatch(/\+ pulumi-nodejs:.*AuditSubscription: \(create\)\s+\[urn=.*::sharepoint\]/);
    expect(stack.takeChanges()).toEqual([]);
  });

  it("that only compares with the state finds the same, and leaves the state as it is", async () => {
    const found = await stack.pulumi.refresh({ expectNoChanges: true, args: ["--preview-only"] });
    expect(found).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { update: 2, delete: 1 } });
    expect(await stack.recorded()).toMatchObject({
      general: { outputs: { status: "enabled" } },
      sharepoint: { outputs: { status: "enabled" } },
      exchange: { outputs: { webhook: { status: "enabled" } } },
    });
  });

  it("is followed by pulumi up --refresh, which heals all of it with one start each and no stop", async () => {
    stack.passMinutes(16);
    expect(await stack.pulumi.up({ refresh: true })).toMatchObject({ exitCode: 0 });
    expect(stack.takeChanges().sort()).toEqual([
      "start Audit.Exchange",
      "start Audit.General",
      "start Audit.SharePoint",
    ]);
    expect(stack.tenant.activity.subscriptions()).toMatchObject([
      { contentType: "Audit.General", status: "enabled" },
      { contentType: "Audit.Exchange", status: "enabled", webhook: { status: "enabled", authId: AUTH_ID } },
      { contentType: "Audit.SharePoint", status: "enabled" },
    ]);
  });

  it("ends with 7 on a webhook that has expired, which a later expiration heals", async () => {
    stack.passMinutes(3 * DAY);
    const found = await drift();
    expect(found).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { update: 1 } });
    expect(found.stdout).toMatch(/~ status *: "expired" => "enabled"/);

    stack.declare({ ...program, exchange: webhookThatLasts(30 * DAY) });
    expect(await stack.pulumi.up({ refresh: true })).toMatchObject({ exitCode: 0 });
    expect(stack.takeChanges()).toEqual(["start Audit.Exchange"]);
    expect(await drift()).toMatchObject({ exitCode: 0 });
  });

  it("keeps every authId secret that the service lists, the declared one and those of others", async () => {
    const { subscriptions } = stack.tenant.activity.state;
    for (const { webhook } of subscriptions.select()) if (webhook !== null) webhook.authId = FOREIGN_AUTH_ID;
    const refreshed = await stack.pulumi.refresh({ args: ["--diff"] });
    expect(refreshed).toMatchObject({ exitCode: 0, resourceChanges: { update: 2 } });
    const kept = (await stack.filesKept()).join();
    for (const authId of [AUTH_ID, FOREIGN_AUTH_ID]) {
      expect(written(refreshed)).not.toContain(authId);
      expect(kept).not.toContain(authId);
    }
  });
});

describe("a service that gives no list", () => {
  it("because the role was taken away is an error that names the consent, not drift, and nothing is gone", async () => {
    const { directory, entra } = stack.tenant;
    const grants = [...directory.appRoleAssignments.values()];
    for (const { id } of grants) directory.removeAppRoleAssignment(id);

    const consentUrl = `${entra.url}/${stack.feed.tenantId}/adminconsent?client_id=${stack.feed.clientId}`;
    for (const operation of [drift, () => stack.pulumi.refresh()]) {
      const result = await operation();
      expect(result).toMatchObject({ exitCode: 1 });
      expect(written(result)).toContain("ActivityFeed.Read is missing");
      expect(written(result)).toContain(consentUrl);
    }
    for (const grant of grants) directory.assignAppRole(grant);
    await expectNothingGone();
  });

  it.each<[string, FaultEffect]>([
    ["401", { kind: "tokenRejected" }],
    ["403", { kind: "answer", status: 403 }],
    ["429", { kind: "throttle", status: 429, retryAfterSeconds: 600 }],
    ["503", { kind: "answer", status: 503, headers: { "retry-after": "600" } }],
    ["504", { kind: "answer", status: 504, headers: { "retry-after": "600" } }],
  ])("but %s fails the refresh", async (status, effect) => {
    stack.tenant.activity.setFault({ operation: "list", times: "always", effect });
    const refresh = await stack.pulumi.refresh();
    expect(refresh).toMatchObject({ exitCode: 1 });
    expect(written(refresh)).toMatch(new RegExp(`Listing the subscriptions .*HTTP ${status}`));
    stack.tenant.activity.clearFaults();
  });

  it("has made nothing gone, whatever its answer was", () => expectNothingGone());

  /** With the list back, the state is what it was before. */
  async function expectNothingGone() {
    const refresh = await stack.pulumi.refresh({ expectNoChanges: true });
    expect(refresh, written(refresh)).toMatchObject({ exitCode: 0, resourceChanges: { same: 4 } });
  }
});
