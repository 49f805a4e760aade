/** The limiter on its own, on a clock that jumps when somebody sleeps. What the client does with it: activity-client. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateLimiter } from "../../activity-api/rateLimiter.ts";
import { VirtualClock } from "./activityApiFixture.ts";

const MINUTE = 60_000;

/** When each of so many requests, all asked for at once, went out. */
async function times(limiter: RateLimiter, clock: VirtualClock, requests: number): Promise<number[]> {
  const taken: number[] = [];
  await Promise.all(
    Array.from({ length: requests }, async () => {
      await limiter.take();
      taken.push(clock.now());
    }),
  );
  return taken;
}

describe("the limiter of a tenant", () => {
  it("lets a short run go out at once", async () => {
    const clock = new VirtualClock();
    await times(new RateLimiter(2000, clock), clock, 100);
    expect(clock.sleeps).toEqual([]);
  });

  it("lets no more through in any minute than it is told, and nearly as many", async () => {
    const rates = fc.integer({ min: 10, max: 5000 });
    await fc.assert(
      fc.asyncProperty(rates, fc.array(fc.integer({ min: 0, max: 90_000 })), async (rate, pauses) => {
        const clock = new VirtualClock();
        const limiter = new RateLimiter(rate, clock);
        const taken: number[] = [];
        for (const pause of [...pauses.slice(0, 3), 0]) {
          clock.advance(pause);
          taken.push(...(await times(limiter, clock, rate)));
        }
        for (const [index, time] of taken.entries())
          expect((taken[index + rate] ?? Number.POSITIVE_INFINITY) - time).toBeGreaterThanOrEqual(MINUTE);
        const start = taken.at(-rate)!;
        expect(taken.at(-1)! - start).toBeLessThan(MINUTE * 1.1 + rate);
      }),
      { numRuns: 30 },
    );
  });

  it("holds everything back during a pause, and lets no burst follow it", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(1200, clock);
    const start = clock.now();
    limiter.pause(30_000);
    limiter.pause(10_000);
    expect(limiter.pauseMilliseconds).toBe(30_000);
    const [first, second, third] = await times(limiter, clock, 3);
    expect(first! - start).toBe(30_000);
    expect([second! - first!, third! - second!]).toEqual([53, 53]);
    expect(limiter.pauseMilliseconds).toBe(0);
  });

  it("extends a wait that has begun when another pause comes", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(1200, clock);
    const start = clock.now();
    limiter.pause(1000);
    clock.afterSleep = () => {
      clock.afterSleep = () => {};
      limiter.pause(20_000);
    };
    await limiter.take();
    expect(clock.now() - start).toBe(21_000);
  });

  it("does not wait for a time that a clock which was set back has moved far away", async () => {
    const clock = new VirtualClock();
    const limiter = new RateLimiter(1200, clock);
    await times(limiter, clock, 200);
    limiter.pause(30_000);
    clock.advance(-3_600_000);
    const start = clock.now();
    await limiter.take();
    expect(clock.now() - start).toBeLessThan(1000);
  });
});
