import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minutes } from "./activityApiFixture.ts";
import { event, events, type PollerFixture, startPollerFixture } from "./pollerFixture.ts";

describe("A run of the poller", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
  });
  afterEach(() => fixture.close());

  const publish = (lines: string[], options = {}) => fixture.service.publish("Audit.General", lines, options);

  it("stores the wanted events exactly as served, one to a line, and counts all by name", async () => {
    const wanted = [
      '{ "Id":"a", "RecordType": 28, "Subject":"\\u00fcber <b>\\"x\\"</b> 漢字 😀", "n": 1.0, "big": 12345678901234567890 }',
      event("b", "41"),
      event("c", "AirInvestigation"),
      event("d", 47, { Items: [{ RecordType: 6 }], Data: '{"RecordType":6}' }),
    ];
    const unwanted = [
      event("e", 6),
      event("f", 6, { Item: { RecordType: 28 } }),
      event("g", 9999),
      '{"Id":"h"}',
    ];
    publish([...wanted, ...unwanted]);
    const summary = await fixture.run();
    expect(await fixture.storedLines()).toEqual(wanted);
    expect(summary).toMatchObject({
      isComplete: true,
      listed: 1,
      fetched: 1,
      delivered: 1,
      kept: {
        ThreatIntelligence: 1,
        ThreatIntelligenceUrl: 1,
        AirInvestigation: 1,
        ThreatIntelligenceAtpContent: 1,
      },
      dropped: { SharePointFileOperation: 2, "9999": 1, none: 1 },
    });
  });

  it("keeps an event on one line even when the service spreads it over several", async () => {
    publish(['{"Id":"a",\r\n "RecordType":28,\n "Text":"one\\ntwo"}']);
    await fixture.run();
    expect(await fixture.storedLines()).toEqual(['{"Id":"a",   "RecordType":28,  "Text":"one\\ntwo"}']);
  });

  it("keeps all events when all record types are wanted", async () => {
    publish([event("a", 6), event("b", 9999), event("c", 28)]);
    const summary = await fixture.run({ recordTypes: "all" });
    expect(await fixture.storedIds()).toEqual(["a", "b", "c"]);
    expect(summary.dropped).toEqual({});
  });

  it("puts event blobs under tenant, content type and the hour in which the content became available", async () => {
    publish([event("a")], { created: fixture.clock.now() - 90 * minutes, listedAt: fixture.clock.now() });
    publish([event("b")]);
    const { eventBlobs } = await fixture.run();
    const hour = (ago: number) =>
      new Date(fixture.clock.now() - ago).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
    expect(eventBlobs.map(({ name }) => name.slice(0, name.lastIndexOf("/")))).toEqual([
      `events/11111111-2222-4333-8444-555555555555/Audit.General/${hour(90 * minutes)}`,
      `events/11111111-2222-4333-8444-555555555555/Audit.General/${hour(0)}`,
    ]);
  });

  it("makes one event blob of many content blobs", async () => {
    publish(events("a", 40), { eventsPerBlob: 1 });
    const { delivered, eventBlobs } = await fixture.run();
    expect(delivered).toBe(40);
    expect(eventBlobs).toHaveLength(1);
  });

  it("reads every page of the listing", async () => {
    fixture.service.turnKnobs({ pageSize: 3 });
    publish(events("a", 10), { eventsPerBlob: 1 });
    expect((await fixture.run()).listed).toBe(10);
    expect(await fixture.storedIds()).toHaveLength(10);
  });

  it("collects in its first run what became available during the last seven days", async () => {
    for (const days of [1, 3, 6.9])
      publish([event(`${days}`)], { created: fixture.clock.now() - days * 24 * 60 * minutes });
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["1", "3", "6.9"]);
  });

  it("fetches nothing twice", async () => {
    publish(events("a", 10), { eventsPerBlob: 2 });
    await fixture.run();
    fixture.service.clearRequests();
    const summary = await fixture.run();
    expect(fixture.requests("blob")).toEqual([]);
    expect(summary).toMatchObject({ isComplete: true, listed: 0, known: 5, fetched: 0 });
    expect(await fixture.storedIds()).toHaveLength(10);
  });

  it("sees what became available in the very second of the run", async () => {
    for (let run = 0; run < 5; run += 1) {
      fixture.clock.advance(397);
      publish([event(`${run}`)]);
      await fixture.run({ overlapMinutes: 0 });
      expect(await fixture.storedIds()).toHaveLength(run + 1);
    }
  });

  it("finds content that is listed late, within the overlap", async () => {
    publish([event("early")]);
    const late = { created: fixture.clock.now(), listedAt: fixture.clock.now() + 40 * minutes };
    publish([event("late")], late);
    await fixture.run();
    fixture.clock.advance(41 * minutes);
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["early", "late"]);
  });

  it("finds content that is listed days late, when all seven days are listed anew", async () => {
    publish([event("late")], {
      created: fixture.clock.now(),
      listedAt: fixture.clock.now() + 2 * 24 * 60 * minutes,
    });
    for (const _day of [0, 1, 2]) {
      await fixture.run({ sweepIntervalHours: 168 });
      fixture.clock.advance(24 * 60 * minutes);
    }
    expect(await fixture.storedIds()).toEqual([]);
    await fixture.run({ sweepIntervalHours: 6 });
    expect(await fixture.storedIds()).toEqual(["late"]);
  });

  it("stores an event once that comes in two content blobs, in one run and in two", async () => {
    publish([event("a"), event("b")]);
    publish([event("b"), event("c")]);
    const first = await fixture.run();
    publish([event("a"), event("d")]);
    const second = await fixture.run();
    expect(await fixture.storedIds()).toEqual(["a", "b", "c", "d"]);
    expect([first.duplicates, second.duplicates]).toEqual([1, 1]);
  });

  it("stores an event each time that has no id to know it by", async () => {
    publish(['{"RecordType":28}', '{"RecordType":28}']);
    await fixture.run();
    expect(await fixture.storedLines()).toHaveLength(2);
  });

  it("says what can no longer be listed after too long an outage", async () => {
    await fixture.run();
    const until = fixture.clock.now();
    fixture.clock.advance(9 * 24 * 60 * minutes);
    const summary = await fixture.run();
    expect(summary.isComplete).toBe(false);
    expect(Date.parse(summary.lost!.from)).toBeCloseTo(until, -4);
    expect(Date.parse(summary.lost!.to)).toBeCloseTo(fixture.clock.now() - (7 * 24 * 60 - 5) * minutes, -4);
    expect((await fixture.run()).isComplete).toBe(true);
  });

  it("takes no new work when told to stop, and finishes it the next time", async () => {
    publish(events("a", 60), { eventsPerBlob: 1 });
    const stop = new AbortController();
    const running = fixture.run({ concurrency: 2 }, stop.signal);
    while (fixture.requests("blob").length < 5) await new Promise(setImmediate);
    stop.abort();
    const summary = await running;
    expect(summary).toMatchObject({ isComplete: false, isCutShort: true });
    expect(summary.listedUntil).toBeDefined();
    expect(summary.oldestGap).toBe(summary.listedUntil);
    expect(summary.fetched).toBeLessThan(60);
    expect(await fixture.storedIds()).toHaveLength(summary.fetched);
    expect(await fixture.run()).toMatchObject({ isComplete: true, listed: 60 - summary.fetched });
    expect(await fixture.storedIds()).toHaveLength(60);
  });

  it("reports a subscription that is not enabled and collects the other content types", async () => {
    publish([event("a")]);
    const summary = await fixture
      .poller({ contentTypes: ["Audit.Exchange", "Audit.General"] })
      .run(new AbortController().signal);
    expect(summary.isComplete).toBe(false);
    expect(summary.contentTypes.map(({ error }) => error)).toEqual([
      "The subscription to Audit.Exchange is missing, so nothing can be collected. Run `pulumi up --refresh`, which " +
        "starts it. Content that became available without a subscription cannot be fetched.",
      undefined,
    ]);
    expect(await fixture.storedIds()).toEqual(["a"]);
  });

  it("judges windows by the service's clock", async () => {
    fixture.service.turnKnobs({ clockSkewMilliseconds: 50 * minutes });
    publish([event("a")]);
    expect((await fixture.run()).isComplete).toBe(true);
    expect(await fixture.storedIds()).toEqual(["a"]);
  });
});
