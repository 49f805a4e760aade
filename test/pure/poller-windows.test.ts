import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { earliestListed, lostSince, windowsSince } from "../../poller/collection/windows.ts";

const HOUR = 3_600_000;
const clocks = fc.date({ min: new Date("2020-01-01"), max: new Date("2040-01-01"), noInvalidDate: true });
/** From long before what can be listed to beyond the clock: clocks jump, and outages last. */
const clocksWithPosition = clocks.chain(now =>
  fc.record({
    now: fc.constant(now),
    from: fc.option(
      fc.integer({ min: -30 * 24 * HOUR, max: 2 * HOUR }).map(distance => new Date(now.getTime() + distance)),
      { nil: undefined },
    ),
  }),
);

/** The service's clock is known to the second only. */
const lookAhead = (now: Date) => new Date(wholeSecond(now).getTime() + 3000);
const wholeSecond = (date: Date) => new Date(Math.floor(date.getTime() / 1000) * 1000);

describe("windowsSince", () => {
  it("covers everything from the position to now without gap or overlap", () => {
    fc.assert(
      fc.property(clocksWithPosition, ({ from, now }) => {
        const windows = windowsSince(from, now);
        const earliest = earliestListed(now);
        const start = from === undefined || from < earliest ? earliest : wholeSecond(from);
        const isEmpty = start >= lookAhead(now);
        expect(windows[0]?.start).toEqual(isEmpty ? undefined : start);
        expect(windows.at(-1)?.end).toEqual(isEmpty ? undefined : lookAhead(now));
        for (const [index, window] of windows.slice(1).entries())
          expect(window.start).toEqual(windows[index]?.end);
      }),
    );
  });

  it("asks for nothing that the service refuses", () => {
    fc.assert(
      fc.property(clocksWithPosition, ({ from, now }) => {
        for (const { start, end } of windowsSince(from, now)) {
          expect(start.getTime()).toBeLessThan(end.getTime());
          expect(end.getTime() - start.getTime()).toBeLessThanOrEqual(23 * HOUR);
          expect(start.getTime()).toBeGreaterThanOrEqual(now.getTime() - (7 * 24 * HOUR - 5 * 60_000));
          expect(end.getTime()).toBeLessThanOrEqual(now.getTime() + 3000);
          expect([start.getTime() % 1000, end.getTime() % 1000]).toEqual([0, 0]);
        }
      }),
    );
  });

  it("leaves nothing between two runs, whatever the clock does between them", () => {
    fc.assert(
      fc.property(clocksWithPosition, fc.integer({ min: -HOUR, max: 24 * HOUR }), ({ from, now }, later) => {
        if (windowsSince(from, now).length === 0) return;
        const next = windowsSince(now, new Date(now.getTime() + later));
        if (next.length > 0) expect(next[0]?.start).toEqual(wholeSecond(now));
      }),
    );
  });

  it("needs eight windows for the seven days", () => {
    expect(windowsSince(undefined, new Date("2026-11-21T07:00:00.5Z"))).toHaveLength(8);
  });
});

describe("lostSince", () => {
  const now = new Date("2026-11-21T07:00:00Z");

  it("names the exact bounds of what can no longer be listed", () => {
    expect(lostSince(new Date("2026-11-10T00:00:00Z"), now)).toEqual({
      start: new Date("2026-11-10T00:00:00Z"),
      end: new Date("2026-11-14T07:05:00Z"),
    });
  });

  it("is nothing while the position can still be listed", () => {
    expect(lostSince(new Date("2026-11-14T07:05:00Z"), now)).toBeUndefined();
  });
});
