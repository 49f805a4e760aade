import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readStatus } from "../../poller/reports/status.ts";
import { describeStatus } from "../../poller/reports/statusText.ts";
import type { Store } from "../../poller/store/store.ts";
import { minutes } from "./activityApiFixture.ts";
import { pollCommandLine } from "./pollCommandLine.ts";
import { events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

describe("The status of the poller", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
  });
  afterEach(() => fixture.close());

  const status = (changes: { afterMinutes?: number; store?: Store } = {}) => {
    const location = { kind: "folder", path: fixture.folder } as const;
    return readStatus({
      settings: { tenantId, contentTypes: ["Audit.General"], store: location, ledger: location },
      ledgerStore: changes.store ?? fixture.store,
      now: new Date(fixture.clock.now() + (changes.afterMinutes ?? 0) * minutes),
      mostBehindMinutes: 120,
    });
  };
  const failOne = (contentId: string) =>
    fixture.service.setFault({
      operation: "blob",
      contentId,
      times: "always",
      effect: { kind: "malformedJson" },
    });

  it("is not well before the first run, and says so", async () => {
    expect(await status()).toMatchObject({
      isWell: false,
      problems: ["No run has ended yet.", "Audit.General was never listed to its end."],
      runs: [],
    });
  });

  it("shows how far content is listed, how old the newest is, and the last run", async () => {
    fixture.service.publish("Audit.General", events("a", 3), {
      eventsPerBlob: 1,
      created: fixture.clock.now() - 10 * minutes,
    });
    await fixture.run();
    const { isWell, contentTypes, runs } = await status();
    expect(isWell).toBe(true);
    expect(contentTypes).toMatchObject([{ contentType: "Audit.General", pending: [], dead: [] }]);
    expect(contentTypes[0]!.behindSeconds).toBeLessThan(5);
    expect(Math.round(contentTypes[0]!.lagSeconds! / 60)).toBe(10);
    expect(runs).toMatchObject([
      {
        isComplete: true,
        contentTypes: [
          {
            contentType: "Audit.General",
            subscription: "enabled",
            listed: 3,
            fetched: 3,
            delivered: 3,
            events: 3,
          },
        ],
      },
    ]);
  });

  it("keeps the last twenty runs, the newest first", async () => {
    for (let run = 1; run <= 22; run += 1) {
      fixture.service.publish("Audit.General", events(`r${run}-`, run), { eventsPerBlob: 1 });
      await fixture.run();
    }
    const { runs } = await status();
    expect(runs.map(({ contentTypes }) => contentTypes[0]?.listed)).toEqual(
      Array.from({ length: 20 }, (_, index) => 22 - index),
    );
  });

  it("names what is pending, with the reason, and is well all the same", async () => {
    const [blob] = fixture.service.publish("Audit.General", events("a", 1));
    failOne(blob!.contentId);
    await fixture.run();
    const { isWell, contentTypes } = await status();
    expect(isWell).toBe(true);
    expect(contentTypes[0]!.pending).toMatchObject([
      {
        contentId: blob!.contentId,
        attempts: 1,
        reason: "The content blob ends before its JSON array does.",
      },
    ]);
  });

  it("names what is dead in every later run too, and is not well", async () => {
    const [blob] = fixture.service.publish("Audit.General", events("a", 1));
    failOne(blob!.contentId);
    await fixture.run({ attemptsPerBlob: 1 });
    await fixture.run();
    const answer = await status();
    expect(answer).toMatchObject({
      isWell: false,
      problems: ['1 content blobs of Audit.General were given up. Have them tried again with "replay".'],
      contentTypes: [
        {
          dead: [{ contentId: blob!.contentId, reason: "The content blob ends before its JSON array does." }],
        },
      ],
    });
    expect(describeStatus(answer)).toContain(
      `    ${blob!.contentId}: The content blob ends before its JSON array does.`,
    );
  });

  it("is not well when nothing was listed for longer than allowed", async () => {
    await fixture.run();
    expect(await status({ afterMinutes: 119 })).toMatchObject({ isWell: true });
    const { isWell, problems } = await status({ afterMinutes: 121 });
    expect(isWell).toBe(false);
    expect(problems).toEqual([
      expect.stringMatching(/^Audit\.General is listed until .*Z only, more than 120 minutes ago\.$/),
    ]);
  });

  it("shows a run that could not even list the subscriptions", async () => {
    await fixture.run();
    fixture.tokens.roles = [];
    fixture.tokens.revokeAll();
    await expect(fixture.run()).rejects.toThrow("ActivityFeed.Read");
    const { isWell, problems, runs } = await status();
    expect(isWell).toBe(false);
    expect(problems).toEqual([expect.stringMatching(/^The last run failed: .*ActivityFeed\.Read/)]);
    expect(runs.map(({ isComplete }) => isComplete)).toEqual([false, true]);
  });

  it("is no reason for a run to fail: the history may be damaged, and its store may refuse it", async () => {
    const refusing = (name: string) => name.endsWith("runs.json");
    const store = storeLike(fixture.store, {
      replace: async (name, bytes, version) => {
        if (refusing(name)) throw new Error("The disk is full.");
        return fixture.store.replace(name, bytes, version);
      },
    });
    const summary = await fixture.poller({}, { ledgerStore: store }).run(new AbortController().signal);
    expect(summary.isComplete).toBe(true);
    await fixture.store.replace(`ledger/${tenantId}/runs.json`, Buffer.from("damaged"), undefined);
    expect((await status()).runs).toEqual([]);
    expect(await fixture.run()).toMatchObject({ isComplete: true });
    expect((await status()).runs).toHaveLength(1);
  });

  it("is printed for a person and as JSON by `status`, which exits with 1 when it is not well", async () => {
    expect(await pollCommandLine(fixture, "status", "--json")).toMatchObject({ exitCode: 1 });
    fixture.service.publish("Audit.General", events("a", 3));
    await fixture.run();
    const asJson = await pollCommandLine(fixture, "status", "--json");
    expect(asJson.exitCode).toBe(0);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ tenantId, isWell: true, runs: [{ isComplete: true }] });
    const asText = await pollCommandLine(fixture, "status");
    expect(asText.exitCode).toBe(0);
    expect(asText.stdout).toContain(`Tenant ${tenantId}: all is well.`);
    expect(asText.stdout).toMatch(
      /complete {4}[\d.]+ s {2}listed 1, fetched 1, stored 3 events, 0 pending, 0 given up/,
    );
  });
});
