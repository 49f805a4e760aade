import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { replay } from "../../poller/replay.ts";
import { minutes } from "./activityApiFixture.ts";
import { zgrepLedger } from "./ledgerFixture.ts";
import { pollCommandLine } from "./pollCommandLine.ts";
import { events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

describe("Content that was given up", () => {
  let fixture: PollerFixture;
  /** Ids of two dead content blobs with the events 0 and 1. A third one was delivered. */
  let ids: string[];
  beforeEach(async () => {
    fixture = await startPollerFixture();
    const blobs = fixture.service.publish("Audit.General", events("", 3), { eventsPerBlob: 1 });
    ids = blobs.map(({ contentId }) => contentId).slice(0, 2);
    for (const contentId of ids)
      fixture.service.setFault({
        operation: "blob",
        contentId,
        times: "always",
        effect: { kind: "malformedJson" },
      });
    await fixture.run({ attemptsPerBlob: 1 });
  });
  afterEach(() => fixture.close());

  const ask = (contentIds: string[] = [], daysLater = 0) => {
    const location = { kind: "folder", path: fixture.folder } as const;
    return replay({
      settings: { tenantId, contentTypes: ["Audit.General"], store: location, ledger: location },
      ledgerStore: fixture.store,
      contentIds,
      now: new Date(fixture.clock.now() + daysLater * 24 * 60 * minutes),
    });
  };
  const idsOf = (contents: { contentId: string }[]) => contents.map(({ contentId }) => contentId).toSorted();

  it("is not tried again by itself", async () => {
    fixture.service.clearFaults();
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["2"]);
  });

  it("is delivered by the next run once it is replayed, though nothing lists it any more", async () => {
    fixture.service.clearFaults();
    const { replayed, expired, notDead } = await ask();
    expect([idsOf(replayed), expired, notDead]).toEqual([ids.toSorted(), [], []]);
    fixture.clock.advance(5 * 60 * minutes);
    expect(await fixture.run({ overlapMinutes: 0 })).toMatchObject({
      isComplete: true,
      listed: 0,
      delivered: 2,
      pending: [],
    });
    expect(await fixture.storedIds()).toEqual(["0", "1", "2"]);
    expect(await zgrepLedger(fixture.folder, ids[0]!)).toEqual([
      ["delivered", expect.any(String), ids[0], expect.stringMatching(/^events\//)],
    ]);
  });

  it("is replayed alone when it is named", async () => {
    fixture.service.clearFaults();
    expect(idsOf((await ask([ids[1]!])).replayed)).toEqual([ids[1]]);
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["1", "2"]);
  });

  it("has all its runs before it again, and is given up again with the latest reason", async () => {
    fixture.service.clearFaults();
    fixture.service.setFault({
      operation: "blob",
      contentId: ids[0]!,
      times: "always",
      effect: { kind: "answer", status: 200, body: "" },
    });
    await ask([ids[0]!]);
    const first = await fixture.run({ attemptsPerBlob: 2 });
    expect(first.pending).toMatchObject([{ contentId: ids[0], attempts: 1 }]);
    const second = await fixture.run({ attemptsPerBlob: 2 });
    expect(second).toMatchObject({ pending: [], dead: [{ contentId: ids[0], attempts: 2 }] });
    const entries = await zgrepLedger(fixture.folder, ids[0]!);
    expect(entries).toMatchObject([["dead", {}, ids[0], { reason: "The content blob is empty." }]]);
  });

  it("is replayed once, however often that is asked for", async () => {
    fixture.service.clearFaults();
    await ask();
    expect(await ask([ids[0]!])).toMatchObject({ replayed: [], notDead: [ids[0]] });
    await fixture.run();
    expect(await ask([ids[0]!])).toMatchObject({ replayed: [], notDead: [ids[0]] });
    expect(await fixture.storedIds()).toEqual(["0", "1", "2"]);
  });

  it("stays dead when the service does not keep it any more", async () => {
    const { replayed, expired } = await ask([], 7);
    expect([replayed, idsOf(expired)]).toEqual([[], ids.toSorted()]);
    expect(await fixture.run()).toMatchObject({ pending: [], known: 3 });
  });

  it("is replayed by `replay`, which exits with 1 when an id is of nothing dead", async () => {
    const wrong = await pollCommandLine(fixture, "replay", "nonsense");
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stdout).toBe(
      '  not dead nonsense: see "status" for the ids of what is dead\nNothing is tried again.\n',
    );
    const right = await pollCommandLine(fixture, "replay");
    expect(right.exitCode).toBe(0);
    expect(right.stdout).toContain("The next run tries 2 content blobs again.");
    fixture.service.clearFaults();
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["0", "1", "2"]);
  });

  it("does not wait any more when the poller died between settling it and saying so", async () => {
    fixture.service.clearFaults();
    await ask([ids[0]!]);
    const { store } = fixture;
    let heads = 0;
    const dying = storeLike(store, {
      replace: async (name, bytes, version) => {
        if (name.endsWith("head.json")) heads += 1;
        // The first one plans the event blob.
        if (heads > 1) throw new Error("The process is dead.");
        return store.replace(name, bytes, version);
      },
    });
    await fixture.poller({}, { ledgerStore: dying }).run(new AbortController().signal);
    expect(await fixture.storedIds()).toEqual(["0", "2"]);
    fixture.clock.advance(10 * minutes);
    expect(await fixture.run()).toMatchObject({ isComplete: true, pending: [] });
    expect(await fixture.storedIds()).toEqual(["0", "2"]);
  });
});
