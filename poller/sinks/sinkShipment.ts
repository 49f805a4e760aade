import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../activity-api/clock.ts";
import { type RefusedEvent, type Sink, type SinkEvent, SinkUnavailableError } from "./sink.ts";
import type { SinkSummary } from "./sinkSummary.ts";

/** What is sent at once: many small event blobs, or a part of a large one. It is in memory, compressed and not. */
const MOST_EVENTS = 10_000;
const MOST_BYTES = 4 * 1024 * 1024;

/** A sink that is down is tried this often in a run: the next run is not far. */
const MOST_ATTEMPTS = 4;
const FIRST_WAIT_MILLISECONDS = 1000;
const LONGEST_WAIT_MILLISECONDS = 30_000;
/** Sinks have time limits of their own; this is for one that forgets. */
const LONGEST_SENDING_MILLISECONDS = 300_000;
const MOST_REASONS = 5;

/** Events that go to a sink together. */
export interface Consignment {
  events: readonly SinkEvent[];
  /** Keeps those that the sink has refused. */
  keep(refused: readonly RefusedEvent[]): Promise<void>;
}

export interface ShipmentSettings {
  name: string;
  open(): Promise<Sink>;
  clock: Clock;
  stop: AbortSignal;
}

/** Collects events for one sink, sends them when there are enough, and says so when they are confirmed. */
export class SinkShipment {
  readonly #settings: ShipmentSettings;
  readonly #summary: SinkSummary;
  #consignments: Consignment[] = [];
  #confirmed: (() => Promise<void>)[] = [];
  #events = 0;
  #bytes = 0;

  /** @param summary counts what is confirmed and refused. */
  constructor(settings: ShipmentSettings, summary: SinkSummary) {
    this.#settings = settings;
    this.#summary = summary;
  }

  /** @throws SinkUnavailableError, or the store's error when what was refused cannot be kept. */
  async add(consignment: Consignment): Promise<void> {
    this.#consignments.push(consignment);
    this.#events += consignment.events.length;
    for (const { line } of consignment.events) this.#bytes += line.length;
    if (this.#events >= MOST_EVENTS || this.#bytes >= MOST_BYTES) await this.send();
  }

  /** Calls `confirmed` once everything that was added so far is confirmed or kept. */
  whenConfirmed(confirmed: () => Promise<void>): void {
    this.#confirmed.push(confirmed);
  }

  /** Sends what there is. */
  async send(): Promise<void> {
    const consignments = this.#consignments.splice(0);
    const confirmed = this.#confirmed.splice(0);
    this.#events = 0;
    this.#bytes = 0;
    const events = consignments.flatMap(consignment => consignment.events);
    if (events.length > 0) await this.#sendAndKeep(events, consignments);
    for (const confirm of confirmed) await confirm();
  }

  async #sendAndKeep(events: readonly SinkEvent[], consignments: readonly Consignment[]): Promise<void> {
    const refused = new Map((await this.#sendPatiently(events)).map(each => [each.event, each]));
    for (const { events: sent, keep } of consignments) {
      const ofThese = sent.flatMap(event => refused.get(event) ?? []);
      if (ofThese.length > 0) await keep(ofThese);
    }
    this.#summary.delivered += events.length - refused.size;
    this.#summary.refused += refused.size;
    this.#addReasons([...refused.values()]);
  }

  async #sendPatiently(events: readonly SinkEvent[]): Promise<RefusedEvent[]> {
    const { open, clock, stop } = this.#settings;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#withinTime((await open()).send(events));
      } catch (error) {
        const wait = waitMilliseconds(error, attempt);
        if (wait === undefined || stop.aborted) throw error;
        await clock.sleep(wait);
        if (stop.aborted) throw error;
      }
    }
  }

  async #withinTime(sending: Promise<RefusedEvent[]>): Promise<RefusedEvent[]> {
    const settled = new AbortController();
    const tooLong = setTimeout(LONGEST_SENDING_MILLISECONDS, undefined, { signal: settled.signal }).then(
      () => {
        throw new SinkUnavailableError(
          `The sink ${this.#settings.name} has not answered for ${LONGEST_SENDING_MILLISECONDS / 1000} s.`,
          { needsSomebody: true },
        );
      },
    );
    try {
      return await Promise.race([sending, tooLong]);
    } finally {
      settled.abort();
      await tooLong.catch(() => undefined);
    }
  }

  #addReasons(refused: readonly RefusedEvent[]): void {
    const reasons = new Set([...this.#summary.refusedReasons, ...refused.map(({ reason }) => reason)]);
    this.#summary.refusedReasons = [...reasons].slice(0, MOST_REASONS);
  }
}

/**
 * How long to wait before another attempt; undefined when there is to be none. It doubles, with the upper half left to
 * chance, so that many pollers do not come back at once.
 */
function waitMilliseconds(error: unknown, attempt: number): number | undefined {
  if (!(error instanceof SinkUnavailableError) || error.needsSomebody || attempt >= MOST_ATTEMPTS)
    return undefined;
  const own = FIRST_WAIT_MILLISECONDS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
  const wait = Math.max(own, (error.retryAfterSeconds ?? 0) * 1000);
  return wait <= LONGEST_WAIT_MILLISECONDS ? wait : undefined;
}
