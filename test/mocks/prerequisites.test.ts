import * as pulumi from "@pulumi/pulumi";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  type ActivityFeedPrerequisitesArgs,
  activityFeedPrerequisites,
  type CheckedTenant,
} from "../../components/subscription/activityFeedPrerequisites.ts";
import { type PrerequisitesFixture, startPrerequisitesFixture } from "../pure/prerequisitesFixture.ts";

let tenant: PrerequisitesFixture;

beforeAll(async () => {
  tenant = await startPrerequisitesFixture();
});
afterAll(() => tenant.close());
beforeEach(() => {
  for (const [name, value] of Object.entries(tenant.env)) vi.stubEnv(name, value);
  tenant.service.clearRequests();
});
afterEach(() => vi.unstubAllEnvs());

/** What the output becomes in a preview, where `undefined` stands for unknown. */
async function inPreview(
  args: Partial<ActivityFeedPrerequisitesArgs> = {},
): Promise<CheckedTenant | undefined> {
  const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(mocks, "project", "stack", true);
  const { tenantId, clientId, activityApiUrl, authorityUrl } = tenant.settings;
  return resolve(activityFeedPrerequisites({ tenantId, clientId, activityApiUrl, authorityUrl, ...args }));
}

/** What the public type of an output hides: several promises, each of which rejects when the output fails. */
interface Promises<T> {
  isKnown: Promise<boolean>;
  isSecret: Promise<boolean>;
  allResources(): Promise<unknown>;
  promise(): Promise<T>;
}

async function resolve<T>(output: pulumi.Output<T>): Promise<T> {
  const promises = output as unknown as Promises<T>;
  const [value] = await Promise.allSettled([
    promises.promise(),
    promises.isKnown,
    promises.isSecret,
    promises.allResources(),
  ]);
  if (value.status === "rejected") throw value.reason;
  return value.value;
}

function unknown(): pulumi.Output<string> {
  return pulumi.output(pulumi.unknown) as unknown as pulumi.Output<string>;
}

describe("activityFeedPrerequisites", () => {
  it("passes the tenant id on when nothing failed, in preview already", async () => {
    expect(await inPreview()).toMatchObject({
      tenantId: tenant.tenantId,
      checks: expect.arrayContaining([
        { name: "roles", state: "ok", finding: "The token has ActivityFeed.Read." },
      ]),
    });
  });

  it("takes a subscription that is not started yet for in order, since the program is about to declare it", async () => {
    const checked = await inPreview();
    expect(checked!.checks.find(({ name }) => name === "subscription Audit.General")).toMatchObject({
      state: "ok",
    });
  });

  it("fails with the table of all checks when something is wrong", async () => {
    const failed = inPreview({ contentTypes: ["DLP.All"] });
    await expect(failed).rejects.toThrow(
      /^The prerequisites of the activity feed are not met\. \nok {6} +cloud/,
    );
    await expect(failed).rejects.toThrow(/\nfailed +roles +The token has the roles ActivityFeed\.Read/);
  });

  it("fails without a stack, which would say nothing to who reads the table", async () => {
    await expect(inPreview({ contentTypes: ["DLP.All"] })).rejects.toSatisfy(pulumi.RunError.isInstance);
  });

  it.each([
    ["tenantId", { tenantId: "contoso.com" }, "is a domain name"],
    ["cloud", { cloud: "china" as never }, '"china" is not a cloud'],
    ["credential", { credential: "password" as never }, '"password" is not a kind of credential'],
    ["contentTypes", { contentTypes: ["Audit.Defender"] }, "is not a content type"],
  ])("refuses a wrong %s, and says what to do", async (_argument, args, words) => {
    await expect(inPreview(args)).rejects.toThrow(words);
  });

  it("looks at nothing while the application is unknown, and fails nothing", async () => {
    expect(await inPreview({ clientId: unknown() })).toBeUndefined();
    expect(tenant.requests()).toEqual([]);
  });

  it("looks at what needs no application when none is given", async () => {
    const checked = await inPreview({ clientId: undefined });
    const states = Object.fromEntries(checked!.checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ service: "ok", clock: "ok", token: "unknown", roles: "unknown" });
  });

  it("takes arguments that other resources give", async () => {
    expect(await inPreview({ clientId: pulumi.output(tenant.clientId) })).toMatchObject({
      tenantId: tenant.tenantId,
    });
  });
});
