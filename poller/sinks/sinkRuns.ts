import { setTimeout } from "node:timers/promises";
import type { SinkDelivery } from "./sinkDelivery.ts";
import type { SinkSummary } from "./sinkSummary.ts";

/** How often a sink looks for event blobs that were stored meanwhile. */
const PAUSE_MILLISECONDS = 3000;

/** The sinks of one run, each on its own, beside the collection of what they are given. */
export class SinkRuns {
  readonly #isCollected = new AbortController();
  readonly #summaries: Promise<SinkSummary[]>;

  constructor(deliveries: readonly SinkDelivery[]) {
    this.#summaries = Promise.all(deliveries.map(delivery => this.#run(delivery)));
  }

  /** Ends once the sinks have what was collected until now, or cannot have it. */
  finish(): Promise<SinkSummary[]> {
    this.#isCollected.abort();
    return this.#summaries;
  }

  async #run(delivery: SinkDelivery): Promise<SinkSummary> {
    for (;;) {
      // What is stored after this moment is for another round.
      const isLast = this.#isCollected.signal.aborted;
      await delivery.drain();
      if (isLast) return delivery.conclude();
      await setTimeout(PAUSE_MILLISECONDS, undefined, { signal: this.#isCollected.signal }).catch(
        () => undefined,
      );
    }
  }
}
