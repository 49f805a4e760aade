import type { Clock } from "../../activity-api/clock.ts";
import type { ReadableStore } from "../store/store.ts";
import { eventChunks } from "./eventChunks.ts";
import { type Outbox, type OutboxEntry, plannedAt } from "./outbox.ts";
import { originOf, type RefusedEvents } from "./refusedEvents.ts";
import type { Sink } from "./sink.ts";
import { SinkShipment } from "./sinkShipment.ts";
import { emptySinkSummary, type SinkSummary } from "./sinkSummary.ts";

/** What the ledger of one content type keeps for a sink. */
export interface SinkBox {
  outbox: Outbox;
  refused: RefusedEvents;
}

export interface SinkDeliverySettings {
  name: string;
  /** Opens the connection; called when there is something to send. */
  open(): Promise<Sink>;
  /** One for each content type. */
  boxes: readonly SinkBox[];
  events: ReadableStore;
  clock: Clock;
  /** Tells when to send nothing more. */
  stop: AbortSignal;
}

interface Waiting {
  box: SinkBox;
  marker: string;
}

/**
 * What one run does for one sink: what somebody wants sent again, and then what is in its outbox, the oldest first. A
 * marker leaves the outbox when the sink has confirmed all of its events, and those that it refused are kept: killed at
 * any moment, the next run sends again what was not confirmed, and at worst some that was.
 */
export class SinkDelivery {
  readonly #settings: SinkDeliverySettings;
  readonly #summary: SinkSummary;
  readonly #shipment: SinkShipment;
  #hasFailed = false;

  constructor(settings: SinkDeliverySettings) {
    this.#settings = settings;
    this.#summary = emptySinkSummary(settings.name);
    this.#shipment = new SinkShipment(settings, this.#summary);
  }

  /** Sends what is there now. Nothing is thrown: the summary says what went wrong, and then no more is sent. */
  async drain(): Promise<void> {
    if (this.#hasFailed) return;
    try {
      for (const box of this.#settings.boxes) await this.#sendRefusedAgain(box);
      for (const waiting of await this.#waiting())
        if (!this.#settings.stop.aborted) await this.#sendMarked(waiting);
      if (!this.#settings.stop.aborted) await this.#shipment.send();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** What the run did, and what it leaves. */
  async conclude(): Promise<SinkSummary> {
    const summary = this.#summary;
    const waiting = await this.#waiting().catch(error => {
      this.#fail(error);
      return [];
    });
    summary.pending = waiting.length;
    if (waiting.length > 0) summary.lagSeconds = this.#secondsSince(plannedAt(waiting[0]!.marker));
    summary.isComplete =
      summary.error === undefined &&
      summary.pending === 0 &&
      summary.refused === 0 &&
      summary.lost.length === 0;
    return summary;
  }

  /** Of all content types, the oldest first. */
  async #waiting(): Promise<Waiting[]> {
    const all: Waiting[] = [];
    for (const box of this.#settings.boxes)
      for (const marker of await box.outbox.pending()) all.push({ box, marker });
    return all.sort((one, other) => plannedAt(one.marker).getTime() - plannedAt(other.marker).getTime());
  }

  async #sendRefusedAgain({ refused }: SinkBox): Promise<void> {
    for (const document of await refused.again()) {
      if (this.#settings.stop.aborted) return;
      const events = (await refused.read(document))?.map(({ event }) => event) ?? [];
      await this.#shipment.add({ events, keep: again => refused.keep(originOf(document), again) });
      this.#shipment.whenConfirmed(() => refused.remove(document));
    }
  }

  async #sendMarked({ box, marker }: Waiting): Promise<void> {
    const entry = await box.outbox.read(marker);
    if (entry === undefined) return;
    const problem = await this.#sendEventBlob(box, entry);
    // What was read of it until the run was to end is read again by the next one.
    if (this.#settings.stop.aborted) return;
    this.#shipment.whenConfirmed(async () => {
      await box.outbox.done(marker);
      if (problem === undefined) return;
      this.#summary.lost.push({ name: entry.eventBlob, events: entry.events, reason: problem });
    });
  }

  /** Says why there is nothing (more) to be sent, if that is not the end of it. */
  async #sendEventBlob({ refused }: SinkBox, { eventBlob }: OutboxEntry): Promise<string | undefined> {
    const pieces = await this.#settings.events.stream(eventBlob);
    if (pieces === undefined) return "it was deleted from the store before the sink had taken it";
    try {
      for await (const { index, events } of eventChunks(pieces)) {
        const origin = `${baseName(eventBlob)}-${index}`;
        await this.#shipment.add({ events, keep: those => refused.keep(origin, those) });
        if (this.#settings.stop.aborted) return undefined;
      }
      return undefined;
    } catch (error) {
      if (!isDamage(error)) throw error;
      return `it is damaged (${error.message})`;
    }
  }

  #fail(error: unknown): void {
    this.#hasFailed = true;
    this.#summary.error ??= error instanceof Error ? error.message : String(error);
  }

  /** By the service's time, which markers are named after. */
  #secondsSince(time: Date): number {
    return Math.max(0, Math.round((this.#settings.clock.now() - time.getTime()) / 1000));
  }
}

function baseName(eventBlob: string): string {
  return eventBlob.slice(eventBlob.lastIndexOf("/") + 1).replace(".ndjson.gz", "");
}

/** zlib's errors, as against those of the store or the sink. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}
