import type { ActivityApiClient } from "../../activity-api/client.ts";
import type { Clock } from "../../activity-api/clock.ts";
import type { Content } from "../content/content.ts";
import { isCutOff } from "../content/contentFailure.ts";
import { type EventCounts, readContent } from "../content/readContent.ts";
import type { RecordTypeFilter } from "../content/recordTypeFilter.ts";
import type { Delivery } from "../delivery/delivery.ts";

/** How often a content blob is read in one run when it comes cut off or garbled; then it waits for the next run. */
const MOST_READINGS = 3;
const FIRST_WAIT_MILLISECONDS = 500;

/** Takes content blobs from the service to the delivery. */
export class ContentFetcher {
  readonly #client: ActivityApiClient;
  readonly #filter: RecordTypeFilter;
  readonly #delivery: Delivery;
  readonly #clock: Clock;
  fetched = 0;
  retried = 0;

  constructor(client: ActivityApiClient, filter: RecordTypeFilter, delivery: Delivery, clock: Clock) {
    this.#client = client;
    this.#filter = filter;
    this.#delivery = delivery;
    this.#clock = clock;
  }

  /**
   * Fetches, reads and adds one content blob.
   *
   * @returns `settled` when another poller was faster.
   * @throws MalformedContentError, ActivityApiError or TokenError when that is not possible in this run.
   */
  async fetch(content: Content): Promise<"added" | "settled"> {
    for (let reading = 1; ; reading += 1) {
      const outcome = await this.#read(content, reading);
      if (outcome !== "again") return outcome;
      this.retried += 1;
    }
  }

  async #read(content: Content, reading: number): Promise<"added" | "settled" | "again"> {
    const events = this.#delivery.newEvents(content);
    let counts: EventCounts;
    try {
      counts = await readContent(await this.#client.fetchContent(content.contentUri), this.#filter, events);
    } catch (error) {
      await events.discard();
      if (reading >= MOST_READINGS || !isCutOff(error)) throw error;
      await this.#clock.sleep(FIRST_WAIT_MILLISECONDS * 2 ** (reading - 1) * (0.5 + Math.random() / 2));
      return "again";
    }
    this.fetched += 1;
    return this.#delivery.add(content, events, counts);
  }
}
