/** A subscription that does not become enabled in time is part of the state, and the next `pulumi up` goes on with it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { SubscriptionStack, written } from "./subscriptionStack.ts";

let stack: SubscriptionStack;

beforeAll(async () => {
  stack = await SubscriptionStack.open();
});

afterAll(() => stack.close());

beforeEach(() => {
  stack.takeRequests();
  stack.tenant.activity.clearFaults();
});

function declare(readyTimeoutMinutes: number): void {
  stack.declare({ general: { contentType: "Audit.General", readyTimeoutMinutes } });
}

describe("a subscription that was started, and that the service still lists as disabled,", () => {
  const effect = { kind: "listedAsDisabled" } as const;

  it("fails the run and is recorded as what it is", async () => {
    stack.tenant.activity.setFault({ operation: "list", times: "always", effect });
    declare(0.02);
    const up = await stack.pulumi.up();
    expect(up).toMatchObject({ exitCode: 1 });
    expect(written(up)).toContain("was started, but after 0.02 minutes");
    expect(stack.takeChanges()).toEqual(["start Audit.General"]);
    expect(await stack.recorded()).toMatchObject({
      general: { outputs: { status: "disabled" }, initErrors: [expect.stringContaining("was started")] },
    });
  });

  it("is not started once more by the next run, while the time for that has not come", async () => {
    stack.tenant.activity.setFault({ operation: "list", times: "always", effect });
    const up = await stack.pulumi.up();
    expect(up).toMatchObject({ exitCode: 1 });
    expect(written(up)).toContain("the service takes the next start at");
    expect(stack.takeChanges()).toEqual([]);
  });

  it("is healed by the run that finds it enabled, without a second start", async () => {
    const up = await stack.pulumi.up();
    expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { update: 1 } });
    expect(stack.takeChanges()).toEqual([]);
    const { general } = await stack.recorded();
    expect(general).toMatchObject({ outputs: { status: "enabled" } });
    expect(general).not.toHaveProperty("initErrors");
  });
});

describe("a subscription whose start the service does not take yet", () => {
  it("fails the run that cannot wait so long, and the time of the next start is told and recorded", async () => {
    stack.tenant.activity.disable("Audit.General");
    const up = await stack.pulumi.up({ refresh: true });
    expect(up).toMatchObject({ exitCode: 1 });
    expect(stack.takeChanges()).toEqual(["start Audit.General"]);
    const { general } = await stack.recorded();
    const nextStart = String(general?.outputs.nextStartAllowedAt);
    expect(Date.parse(nextStart) - Date.now()).toBeGreaterThan(10 * 60_000);
    expect(written(up)).toContain(`the service takes the next start at ${nextStart.slice(0, 19)}Z`);
  });

  it("is waited for by a run that has the time, which says so, and is started once", async () => {
    stack.passMinutes(16);
    const { pulumi, tenant } = stack;
    await pulumi.destroy();
    tenant.activity.setFault({ operation: "start", effect: { kind: "startThrottle", remainingSeconds: 1 } });
    declare(1);
    const up = await pulumi.up();
    expect(up, written(up)).toMatchObject({ exitCode: 0 });
    expect(written(up)).toMatch(
      /Audit\.General of tenant \S+: the service takes the next start at .*\(in 0m [12]s\)/,
    );
    expect(stack.takeChanges()).toEqual(["start Audit.General", "start Audit.General"]);
    expect(stack.statuses()).toEqual({ "Audit.General": "enabled" });
  });
});
