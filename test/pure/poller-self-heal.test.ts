import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog, logSummary } from "../../poller/log.ts";
import { describeSummary } from "../../poller/reports/summary.ts";
import { readSettings } from "../../poller/settings.ts";
import { clientId, minutes } from "./activityApiFixture.ts";
import { event, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";

describe("A subscription that is found disabled", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
    fixture.service.publish("Audit.General", [event("before")]);
    await fixture.run();
  });
  afterEach(() => fixture.close());

  const disable = () => fixture.service.disable("Audit.General");
  const starts = () => fixture.requests("start").length;
  const runAll = (selfHeal: boolean) => fixture.poller({ selfHeal }).run(new AbortController().signal);

  it("is reported and left alone without self-heal", async () => {
    fixture.clock.advance(20 * minutes);
    disable();
    const before = starts();
    const summary = await fixture.run();
    expect(summary).toMatchObject({ isComplete: false, subscription: "disabled" });
    expect(summary.error).toContain("The subscription to Audit.General is disabled");
    expect(starts()).toBe(before);
  });

  it("is enabled with one start, collected from in the same run, and the gap is told", async () => {
    const until = fixture.clock.now();
    fixture.clock.advance(20 * minutes);
    disable();
    const before = starts();
    const summary = await fixture.run({ selfHeal: true });
    expect(starts()).toBe(before + 1);
    expect(summary.error).toBeUndefined();
    expect(summary).toMatchObject({ subscription: "disabled", isComplete: false });
    expect(Date.parse(summary.healed!.from!)).toBeCloseTo(until, -4);
    expect(Date.parse(summary.healed!.to)).toBeCloseTo(fixture.clock.now(), -4);
    fixture.service.publish("Audit.General", [event("after")]);
    expect(await fixture.run({ selfHeal: true })).toMatchObject({
      isComplete: true,
      subscription: "enabled",
      listed: 1,
    });
    expect(starts()).toBe(before + 1);
    expect(await fixture.storedIds()).toEqual(["after", "before"]);
  });

  it("is started as well when it is missing altogether", async () => {
    fixture.clock.advance(20 * minutes);
    fixture.service.remove("Audit.General");
    expect(await fixture.run({ selfHeal: true })).toMatchObject({
      subscription: "missing",
      healed: { to: expect.any(String) },
    });
  });

  it("is told with the time of the next start when the service throttles starts, and no run before it sends one", async () => {
    fixture.clock.advance(20 * minutes);
    disable();
    await fixture.run({ selfHeal: true });
    disable();
    const before = starts();
    const first = await fixture.run({ selfHeal: true });
    expect(first.error).toMatch(
      /The poller sends the next start at 20\d\d-\d\d-\d\dT[\d:]{8}Z at the earliest\.$/,
    );
    expect(first.healed).toBeUndefined();
    for (let run = 0; run < 3; run += 1) {
      fixture.clock.advance(4 * minutes);
      const { error } = await fixture.run({ selfHeal: true });
      expect(error?.slice(-60)).toEqual(first.error?.slice(-60));
    }
    expect(starts()).toBe(before + 1);
    fixture.clock.advance(4 * minutes);
    expect((await fixture.run({ selfHeal: true })).healed).toBeDefined();
    expect(starts()).toBe(before + 2);
  });

  it("waits a quarter of an hour after a start that failed, since it may count", async () => {
    fixture.clock.advance(20 * minutes);
    disable();
    fixture.service.setFault({
      operation: "start",
      times: "always",
      effect: { kind: "error", code: "AF50000" },
    });
    await fixture.run({ selfHeal: true });
    fixture.service.clearFaults();
    const before = starts();
    fixture.clock.advance(10 * minutes);
    expect((await fixture.run({ selfHeal: true })).error).toBeDefined();
    expect(starts()).toBe(before);
    fixture.clock.advance(6 * minutes);
    expect((await fixture.run({ selfHeal: true })).healed).toBeDefined();
  });

  it.each([
    [false, "subscription.notEnabled"],
    [true, "subscription.healed"],
  ])("is logged at error level (self-heal: %s)", async (selfHeal, message) => {
    fixture.clock.advance(20 * minutes);
    disable();
    const lines: [string, string][] = [];
    logSummary(
      createLog((level, line) => lines.push([level, JSON.parse(line).msg])),
      await runAll(selfHeal),
    );
    expect(lines).toContainEqual(["error", message]);
    expect(lines.at(-1)).toEqual(["error", "poll.completed"]);
  });

  it("is told to a person with the time that is lost", async () => {
    fixture.clock.advance(20 * minutes);
    disable();
    const summary = await runAll(true);
    const { from, to } = summary.contentTypes[0]!.healed!;
    expect(describeSummary(summary)).toContain(
      `the subscription was disabled and is enabled again. Content that became available without it cannot be collected: somewhere from ${from} to ${to}`,
    );
  });
});

describe("SIEM_SELF_HEAL", () => {
  const read = (value?: string) =>
    readSettings({
      SIEM_TENANT_ID: tenantId,
      SIEM_CLIENT_ID: clientId,
      SIEM_STORE: "events",
      SIEM_SELF_HEAL: value,
    }).selfHeal;

  it("is true or false, and false unless it is set", () => {
    expect([read(), read(""), read("false"), read("true"), read(" True ")]).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  it("is refused when it is anything else", () => {
    expect(() => read("yes")).toThrow(`SIEM_SELF_HEAL: "yes" is neither true nor false. Write one of them.`);
  });
});
