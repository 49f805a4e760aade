import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FaultEffect } from "../../local/activity/faultDefinition.ts";
import { describeSummary } from "../../poller/reports/summary.ts";
import { minutes } from "./activityApiFixture.ts";
import { zgrepLedger } from "./ledgerFixture.ts";
import { event, events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";

describe("A content blob that cannot be fetched or read", () => {
  let fixture: PollerFixture;
  /** Ids of three content blobs, with the events a, b and c. */
  let ids: string[];
  /** When the second one became available. */
  let created: string;
  beforeEach(async () => {
    fixture = await startPollerFixture();
    const blobs = fixture.service.publish("Audit.General", events("", 3), { eventsPerBlob: 1 });
    ids = blobs.map(({ contentId }) => contentId);
    created = new Date(blobs[1]!.created).toISOString();
  });
  afterEach(() => fixture.close());

  const failSecond = (effect: FaultEffect, times: number | "always" = "always") =>
    fixture.service.setFault({ operation: "blob", contentId: ids[1]!, times, effect });

  const faults: [string, FaultEffect, string][] = [
    ["is not JSON", { kind: "malformedJson" }, "The content blob ends before its JSON array does."],
    [
      "is an HTML page",
      { kind: "answer", status: 200, body: "<html>" },
      'The content blob has "<" instead of a JSON array.',
    ],
    ["is empty", { kind: "answer", status: 200, body: "" }, "The content blob is empty."],
    ["is cut off each time", { kind: "truncate" }, "(truncated)"],
    ["does not exist", { kind: "error", code: "AF20050" }, "(AF20050, HTTP"],
    ["has expired", { kind: "error", code: "AF20051" }, "(AF20051, HTTP"],
    ["fails for long", { kind: "error", code: "AF50000" }, "(AF50000, HTTP 500)"],
    ["breaks the connection", { kind: "reset" }, "(unreachable)"],
    [
      "has an event that is not JSON",
      { kind: "answer", status: 200, body: '[{"RecordType":28,"a" 1}]' },
      "A wanted event of the content blob is not JSON.",
    ],
  ];

  it.each(faults)(
    "waits with its reason when it %s, and the others are stored",
    async (_, effect, reason) => {
      failSecond(effect);
      const summary = await fixture.run();
      expect(await fixture.storedIds()).toEqual(["0", "2"]);
      expect(summary).toMatchObject({ isComplete: false, listed: 3, fetched: 2 });
      expect(summary.pending).toMatchObject([{ contentId: ids[1], attempts: 1 }]);
      expect(summary.pending[0]?.reason).toContain(reason);
    },
  );

  it("is fetched in the next run, though nothing lists it any more", async () => {
    failSecond({ kind: "malformedJson" });
    const { oldestGap } = await fixture.run();
    expect(oldestGap).toBe(created);
    fixture.service.clearFaults();
    fixture.clock.advance(5 * 60 * minutes);
    expect(await fixture.run({ overlapMinutes: 0 })).toMatchObject({
      isComplete: true,
      oldestGap: undefined,
      pending: [],
      listed: 0,
    });
    expect(await fixture.storedIds()).toEqual(["0", "1", "2"]);
  });

  it("is read again at once when it comes cut off", async () => {
    failSecond({ kind: "truncate" }, 2);
    expect(await fixture.run()).toMatchObject({ isComplete: true, retried: 2 });
    expect(await fixture.storedIds()).toEqual(["0", "1", "2"]);
  });

  it("is asked for again when the quota was used up, and the summary counts what that took", async () => {
    failSecond({ kind: "throttle", status: 403, retryAfterSeconds: 1 }, 1);
    const summary = await fixture.run();
    expect(summary).toMatchObject({ isComplete: true, requests: 12, retried: 1, throttled: 1 });
    const contentTypes = [summary];
    const run = { tenantId, startedAt: "", durationSeconds: 1, isComplete: true, contentTypes, sinks: [] };
    expect(describeSummary(run)).toContain("asked    12 requests, 1 repeated; the quota was used up 1 times");
  });

  it("is given up after the set number of runs, and the ledger says why", async () => {
    failSecond({ kind: "malformedJson" });
    const attempts = [];
    for (let run = 0; run < 3; run += 1) attempts.push(await fixture.run({ attemptsPerBlob: 3 }));
    expect(attempts.map(({ pending, dead }) => [pending.length, dead.length])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
    ]);
    expect(attempts[2]).toMatchObject({ isComplete: false, dead: [{ contentId: ids[1], attempts: 3 }] });
    expect(await zgrepLedger(fixture.folder, ids[1]!)).toEqual([
      [
        "dead",
        expect.any(String),
        ids[1],
        {
          contentUri: `${fixture.url}/api/v1.0/11111111-2222-4333-8444-555555555555/activity/feed/audit/${ids[1]}`,
          reason: "The content blob ends before its JSON array does.",
        },
      ],
    ]);
    expect(await fixture.run()).toMatchObject({ isComplete: true, pending: [], known: 3 });
  });

  it("is not given up while the service fails as a whole", async () => {
    fixture.service.setFault({
      operation: "blob",
      times: "always",
      effect: { kind: "error", code: "AF50000" },
    });
    for (let run = 0; run < 4; run += 1) {
      const { pending } = await fixture.run({ attemptsPerBlob: 2 });
      expect(pending.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
    }
    fixture.service.clearFaults();
    expect(await fixture.run()).toMatchObject({ isComplete: true });
    expect(await fixture.storedIds()).toEqual(["0", "1", "2"]);
  });

  it("ends the run when all fail in a row, and the rest is listed again", async () => {
    fixture.service.publish("Audit.General", events("more", 60), { eventsPerBlob: 1 });
    fixture.service.setFault({
      operation: "blob",
      times: "always",
      effect: { kind: "error", code: "AF50000" },
    });
    const summary = await fixture.run({ concurrency: 3 });
    expect(summary.error).toMatch(
      /^\d content blobs failed in a row, so the run ended\. The last: .*AF50000/,
    );
    expect(summary.pending.length).toBeLessThan(15);
    fixture.service.clearFaults();
    expect(await fixture.run()).toMatchObject({ isComplete: true });
    expect(await fixture.storedIds()).toHaveLength(63);
  });

  it("is refused when its URI leads to another host, and no token goes there", async () => {
    fixture.service.setFault({
      operation: "content",
      times: "always",
      effect: { kind: "contentOrigin", origin: "https://evil.example" },
    });
    const summary = await fixture.run();
    expect(summary.pending.map(({ reason }) => reason)).toEqual(
      Array(3).fill(expect.stringContaining("(foreignLink)")),
    );
    expect(fixture.requests("blob")).toEqual([]);
  });

  it("does not wait any more once it is found settled", async () => {
    failSecond({ kind: "malformedJson" });
    await fixture.run();
    fixture.service.clearFaults();
    await fixture.run();
    expect(await fixture.run()).toMatchObject({ isComplete: true, pending: [], fetched: 0 });
  });
});

describe("A listing that fails", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
    fixture.service.turnKnobs({ pageSize: 2 });
    fixture.service.publish("Audit.General", events("", 5), { eventsPerBlob: 1 });
  });
  afterEach(() => fixture.close());

  it.each<[string, FaultEffect]>([
    ["a subscription that is disabled meanwhile", { kind: "error", code: "AF20023" }],
    ["a window that is refused", { kind: "error", code: "AF20055" }],
    ["auditing that is off", { kind: "answer", status: 400, body: auditingOff() }],
    ["a page that is not JSON", { kind: "html", status: 200 }],
  ])("is reported for %s, keeps what was read before, and loses nothing", async (_, effect) => {
    fixture.service.setFault({ operation: "content", skip: 8, times: "always", effect });
    const summary = await fixture.run();
    expect(summary.isComplete).toBe(false);
    expect(summary.error).toMatch(
      /^Listing content Audit.General of tenant 11111111-2222-4333-8444-555555555555 failed: /,
    );
    expect(await fixture.storedIds()).toEqual(["0", "1"]);
    fixture.service.clearFaults();
    expect(await fixture.run()).toMatchObject({ isComplete: true, listed: 3 });
    expect(await fixture.storedIds()).toEqual(["0", "1", "2", "3", "4"]);
  });

  it("is repeated when a page links to itself", async () => {
    fixture.service.setFault({ operation: "content", skip: 8, effect: { kind: "pageLoop" } });
    expect(await fixture.run()).toMatchObject({ isComplete: true });
    expect(await fixture.storedIds()).toHaveLength(5);
  });

  it("leaves alone the content types that work", async () => {
    await fixture.client().startSubscription("Audit.Exchange");
    fixture.service.publish("Audit.Exchange", [event("x")]);
    fixture.service.setFault({
      operation: "content",
      contentType: "Audit.Exchange",
      times: "always",
      effect: { kind: "error", code: "AF10001" },
    });
    const contentTypes = ["Audit.Exchange", "Audit.General"] as const;
    const summary = await fixture.poller({ contentTypes }).run(new AbortController().signal);
    expect(summary.contentTypes.map(({ error }) => error !== undefined)).toEqual([true, false]);
    expect(await fixture.storedIds()).toHaveLength(5);
  });
});

function auditingOff(): string {
  const message =
    "failed. Exception: Microsoft.Office.Compliance.Audit.DataServiceException: Tenant 1 does not exist.";
  return JSON.stringify({ error: { code: "StartSubscription", message } });
}
