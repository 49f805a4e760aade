/** A subscription that somebody made by hand, and what Pulumi's own resource options and `--target` do to one. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ContentType } from "../../local/activity/contentTypes.ts";
import type { Declaration } from "./declaration.ts";
import { SubscriptionStack, written } from "./subscriptionStack.ts";

const PROGRAM = {
  adopted: { contentType: "Audit.General" },
  protected: { contentType: "Audit.Exchange", onDestroy: "stop", options: { protect: true } },
  retained: { contentType: "Audit.SharePoint", onDestroy: "stop", options: { retainOnDelete: true } },
  ignored: { contentType: "Audit.AzureActiveDirectory", options: { ignoreChanges: ["status"] } },
} satisfies Record<string, Partial<Declaration>>;

let stack: SubscriptionStack;

beforeAll(async () => {
  stack = await SubscriptionStack.open();
});

afterAll(() => stack.close());

beforeEach(() => {
  stack.takeRequests();
});

function startByHand(contentType: ContentType): void {
  const { tenantId, clientId } = stack.feed;
  const { state } = stack.tenant.activity;
  const times = { now: state.now(), backfillHours: 0, firstContentDelaySeconds: 0 };
  state.subscriptions.enable({ tenantId, clientId, contentType }, contentType.toLowerCase(), null, times);
}

describe("a subscription that somebody started by hand", () => {
  it("becomes a resource without an import and without a start", async () => {
    startByHand("Audit.General");
    stack.declare({ adopted: PROGRAM.adopted });
    const up = await stack.pulumi.up();
    expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { create: 2 } });
    expect(stack.takeRequests()).toEqual(["list"]);
    expect(await stack.recorded()).toMatchObject({
      adopted: { outputs: { contentType: "Audit.General", status: "enabled" } },
    });
  });
});

describe("the options of Pulumi", () => {
  beforeAll(async () => {
    stack.declare(PROGRAM);
    expect(await stack.pulumi.up()).toMatchObject({ exitCode: 0, resourceChanges: { create: 3 } });
    stack.passMinutes(16);
  });

  it("--target heals the subscription that it names and leaves the others alone", async () => {
    stack.tenant.activity.disable("Audit.General");
    stack.tenant.activity.disable("Audit.Exchange");
    const up = await stack.pulumi.up({ refresh: true, args: ["--target", stack.urn("adopted")] });
    expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { update: 1 } });
    expect(stack.takeChanges()).toEqual(["start Audit.General"]);
    expect(stack.statuses()).toMatchObject({ "Audit.General": "enabled", "Audit.Exchange": "disabled" });
  });

  it("ignoreChanges of the status and retainOnDelete leave a subscription as it is", async () => {
    stack.tenant.activity.disable("Audit.AzureActiveDirectory");
    const { retained: _removed, ignored, ...others } = PROGRAM;
    stack.declare({ ...others, ignored: { ...ignored, onDestroy: "keep" } });
    const up = await stack.pulumi.up({ refresh: true });
    expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { update: 2, delete: 1 } });
    expect(stack.takeChanges()).toEqual(["start Audit.Exchange"]);
    expect(stack.statuses()).toMatchObject({
      "Audit.AzureActiveDirectory": "disabled",
      "Audit.SharePoint": "enabled",
    });
    const drift = await stack.pulumi.preview({ refresh: true, expectNoChanges: true });
    expect(drift, written(drift)).toMatchObject({ exitCode: 0 });
  });

  it("protect keeps a destroy from stopping the subscription", async () => {
    const destroy = await stack.pulumi.destroy();
    expect(destroy).toMatchObject({ exitCode: 1 });
    expect(written(destroy)).toContain("protected");
    expect(stack.takeChanges()).toEqual([]);
    expect(await stack.recorded()).toMatchObject({ protected: { outputs: { status: "enabled" } } });
  });
});
