import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseBackfillSpan } from "../../poller/collection/backfillSpan.ts";
import { windowsWithin } from "../../poller/collection/windows.ts";
import { minutes } from "./activityApiFixture.ts";
import { pollCommandLine } from "./pollCommandLine.ts";
import { event, events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";

const hours = 60 * minutes;

describe("A backfill", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
  });
  afterEach(() => fixture.close());

  const ago = (milliseconds: number) => new Date(fixture.clock.now() - milliseconds);
  const backfill = async (from: number, to: number) => {
    const stop = new AbortController().signal;
    const { contentTypes } = await fixture.poller().backfill({ start: ago(from), end: ago(to) }, stop);
    return contentTypes[0]!;
  };
  /** Content of 30 hours ago that is listed an hour from now, after the poller has passed it. */
  const publishLate = (id: string, createdAgo = 30 * hours) =>
    fixture.service.publish("Audit.General", [event(id)], {
      created: fixture.clock.now() - createdAgo,
      listedAt: fixture.clock.now() + hours,
    });
  const headOf = async () => {
    const document = await fixture.store.read(`ledger/${tenantId}/Audit.General/head.json`);
    return JSON.parse(document!.bytes.toString());
  };

  it("collects what the poller has passed, and nothing twice", async () => {
    fixture.service.publish("Audit.General", events("known", 3), {
      created: fixture.clock.now() - 30 * hours,
      eventsPerBlob: 1,
    });
    publishLate("late");
    await fixture.run();
    fixture.clock.advance(2 * hours);
    expect(await backfill(40 * hours, 20 * hours)).toMatchObject({ isComplete: true, listed: 1, known: 3 });
    expect(await fixture.storedIds()).toEqual(["known0", "known1", "known2", "late"]);
    expect(await backfill(40 * hours, 20 * hours)).toMatchObject({ isComplete: true, listed: 0, known: 4 });
    expect(await fixture.storedIds()).toHaveLength(4);
  });

  it("collects nothing outside of its span: the start belongs to it, the end does not", async () => {
    const second = (date: Date) => Math.floor(date.getTime() / 1000) * 1000;
    const start = second(ago(30 * hours));
    const end = second(ago(20 * hours));
    await fixture.run();
    for (const [id, created] of Object.entries({ before: start - 1, start, last: end - 1, end }))
      fixture.service.publish("Audit.General", [event(id)], { created });
    const span = { start: new Date(start), end: new Date(end) };
    await fixture.poller().backfill(span, new AbortController().signal);
    expect(await fixture.storedIds()).toEqual(["last", "start"]);
  });

  it("moves no position of the poller, neither before its first run nor after", async () => {
    fixture.service.publish("Audit.General", [event("old")], { created: fixture.clock.now() - 50 * hours });
    fixture.service.publish("Audit.General", [event("new")], { created: fixture.clock.now() - 10 * hours });
    await backfill(20 * hours, 0);
    expect((await headOf()).listedUntil).toBeUndefined();
    expect(await fixture.storedIds()).toEqual(["new"]);
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["new", "old"]);
    const before = await headOf();
    fixture.clock.advance(3 * hours);
    await backfill(20 * hours, 0);
    const { listedUntil, sweptAt } = await headOf();
    expect([listedUntil, sweptAt]).toEqual([before.listedUntil, before.sweptAt]);
  });

  it("lists spans that are longer than one window", async () => {
    for (const days of [1, 3, 5]) publishLate(`${days}`, days * 24 * hours);
    await fixture.run();
    fixture.clock.advance(2 * hours);
    await backfill(6 * 24 * hours, 0);
    expect(await fixture.storedIds()).toEqual(["1", "3", "5"]);
  });

  it("doubles nothing while the poller runs", async () => {
    fixture.service.publish("Audit.General", events("a", 30), { eventsPerBlob: 1 });
    const [summary] = await Promise.all([fixture.run(), backfill(5 * hours, -1000), backfill(hours, -1000)]);
    expect(summary.error).toBeUndefined();
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(
      events("a", 30)
        .map(line => JSON.parse(line).Id)
        .toSorted(),
    );
  });

  it("has what fails tried again by the next run", async () => {
    const [blob] = publishLate("late");
    await fixture.run();
    fixture.clock.advance(2 * hours);
    fixture.service.setFault({
      operation: "blob",
      contentId: blob!.contentId,
      times: "always",
      effect: { kind: "malformedJson" },
    });
    expect(await backfill(40 * hours, 20 * hours)).toMatchObject({
      isComplete: false,
      pending: [{ contentId: blob!.contentId, attempts: 1 }],
    });
    fixture.service.clearFaults();
    await fixture.run();
    expect(await fixture.storedIds()).toEqual(["late"]);
  });

  it("is refused by `backfill` before anything is asked of the service, when the span is wrong", async () => {
    fixture.service.clearRequests();
    const { exitCode, stderr } = await pollCommandLine(fixture, "backfill", "--from", "2020-01-01");
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^--from is 2020-01-01T00:00:00\.000Z, and the service lists content of the last seven days only\. Use times from /,
    );
    expect(fixture.service.requests()).toEqual([]);
  });
});

describe("The span of a backfill", () => {
  const now = new Date("2026-11-21T07:00:00Z");
  const allowed = "Use times from 2026-11-14T07:05:00.000Z to 2026-11-21T07:00:00.000Z.";

  it("is in UTC unless it says otherwise, and ends now unless it says otherwise", () => {
    expect(parseBackfillSpan("2026-11-20T07:00", "2026-11-20T10:00:00+02:00", now)).toEqual({
      start: new Date("2026-11-20T07:00:00Z"),
      end: new Date("2026-11-20T08:00:00Z"),
    });
    expect(parseBackfillSpan("2026-11-20", undefined, now)).toEqual({
      start: new Date("2026-11-20T00:00:00Z"),
      end: now,
    });
  });

  it.each([
    ["yesterday", undefined, '--from: "yesterday" is not a time. Write one like 2026-11-21T07:00:00Z.'],
    ["2026-11-20", "soon", '--to: "soon" is not a time. Write one like 2026-11-21T07:00:00Z.'],
    [
      "2026-11-14T07:04:59Z",
      undefined,
      `--from is 2026-11-14T07:04:59.000Z, and the service lists content of the last seven days only. ${allowed}`,
    ],
    [
      "2026-11-20",
      "2026-11-21T07:00:01Z",
      `--to is 2026-11-21T07:00:01.000Z, which is yet to come. ${allowed}`,
    ],
    [
      "2026-11-20T08:00Z",
      "2026-11-20T08:00Z",
      `--from is 2026-11-20T08:00:00.000Z, which is not before --to, 2026-11-20T08:00:00.000Z. ${allowed}`,
    ],
  ])("is refused from %s to %s", (from, to, message) => {
    expect(() => parseBackfillSpan(from, to, now)).toThrow(message);
  });

  it("is covered by windows without gap or overlap, none longer than the service allows", () => {
    const times = fc.date({ min: new Date("2026-11-14"), max: new Date("2026-11-21"), noInvalidDate: true });
    fc.assert(
      fc.property(times, times, (one, other) => {
        fc.pre(one.getTime() !== other.getTime());
        const [start, end] = one < other ? [one, other] : [other, one];
        const windows = windowsWithin({ start, end });
        expect(start.getTime() - windows[0]!.start.getTime()).toBeGreaterThanOrEqual(0);
        expect(start.getTime() - windows[0]!.start.getTime()).toBeLessThan(1000);
        expect(windows.at(-1)!.end.getTime() - end.getTime()).toBeGreaterThanOrEqual(0);
        expect(windows.at(-1)!.end.getTime() - end.getTime()).toBeLessThan(1000);
        for (const [index, window] of windows.entries()) {
          expect(window.end.getTime() - window.start.getTime()).toBeLessThanOrEqual(23 * hours);
          if (index > 0) expect(window.start).toEqual(windows[index - 1]!.end);
        }
      }),
    );
  });
});
