import type { Clock } from "./clock.ts";

/**
 * What a tenant has at least, whoever asks; the service gives larger tenants more, and E5 about twice that.
 * https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#api-throttling
 */
export const BASELINE_REQUESTS_PER_MINUTE = 2000;

/** What may go out at once after a quiet time, so that a short run need not wait at all. */
const BURST_SHARE = 1 / 20;

const MINUTE_MILLISECONDS = 60_000;

/**
 * Keeps the requests to one tenant below its quota: a token bucket, so that no minute, wherever it begins, sees more than
 * `requestsPerMinute`. And when the service says that it was too much all the same, since others use the quota too,
 * nothing goes out until its wait is over; then one at a time.
 *
 * Our own, since the rate limiters on npm keep time by the system's clock alone.
 */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #intervalMilliseconds: number;
  readonly #burstMilliseconds: number;
  /** When the bucket is full again. */
  #fullAt = Number.NEGATIVE_INFINITY;
  #pause: { since: number; until: number } | undefined;
  #lastTurn: Promise<void> = Promise.resolve();

  constructor(requestsPerMinute: number, clock: Clock) {
    const burst = Math.max(1, Math.floor(requestsPerMinute * BURST_SHARE));
    this.#clock = clock;
    this.#intervalMilliseconds = MINUTE_MILLISECONDS / Math.max(1, requestsPerMinute - burst);
    this.#burstMilliseconds = burst * this.#intervalMilliseconds;
  }

  /** Waits until one more request may go out. Who asks first goes first. */
  take(): Promise<void> {
    const turn = this.#lastTurn.then(() => this.#take());
    this.#lastTurn = turn.catch(() => undefined);
    return turn;
  }

  /** Holds back everything for so long. */
  pause(milliseconds: number): void {
    const now = this.#clock.now();
    const until = Math.max(now + milliseconds, now + this.pauseMilliseconds);
    this.#pause = { since: now, until };
    this.#fullAt = Math.max(this.#fullAt, until + this.#burstMilliseconds - this.#intervalMilliseconds);
  }

  /** How long the pause still is; 0 without one. A clock that was set back ends it: its end means nothing any more. */
  get pauseMilliseconds(): number {
    const now = this.#clock.now();
    return this.#pause === undefined || now < this.#pause.since ? 0 : Math.max(0, this.#pause.until - now);
  }

  async #take(): Promise<void> {
    for (let rest = this.#restMilliseconds(); rest > 0; rest = this.#restMilliseconds())
      await this.#clock.sleep(Math.ceil(rest));
    this.#fullAt = Math.max(this.#fullAt, this.#clock.now()) + this.#intervalMilliseconds;
  }

  #restMilliseconds(): number {
    const now = this.#clock.now();
    const pause = this.pauseMilliseconds;
    const empty = now + pause + this.#burstMilliseconds;
    // Fuller than empty cannot be; but the clock may have been set back.
    this.#fullAt = Math.min(this.#fullAt, empty);
    return Math.max(pause, this.#fullAt + this.#intervalMilliseconds - this.#burstMilliseconds - now);
  }
}
