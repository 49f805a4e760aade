import { type Store, StoreConflictError } from "../store/store.ts";

/** Markers that are written at a time. */
const CONCURRENCY = 16;

/** How often a marker is written that the store says is there when it is not. */
const MOST_TRIES = 3;

/** An event blob that a sink is still to be given. */
export interface OutboxEntry {
  /** Its name in the event store. */
  eventBlob: string;
  events: number;
}

/**
 * What one sink is still to be given, in the ledger's store: a small document for each event blob, the marker, which is
 * there from before the ledger's head says that the event blob is done with until the sink has confirmed its events. One
 * that is given twice, since whoever gave it died before the marker was gone, is told by the ids of its events.
 *
 * Markers are documents and not objects of the store, since objects stay for ever.
 */
export class Outbox {
  readonly #store: Store;
  readonly #prefix: string;

  /** @param ledgerPrefix what the names of the ledger's documents begin with, up to a slash. */
  constructor(ledgerStore: Store, ledgerPrefix: string, sinkName: string) {
    this.#store = ledgerStore;
    this.#prefix = `${ledgerPrefix}sinks/${sinkName}/outbox/`;
  }

  /** The names of the markers, in the order in which their event blobs were planned. */
  async pending(): Promise<string[]> {
    const names = await this.#store.list(this.#prefix);
    return names.sort((one, other) => compare(lastPart(one), lastPart(other)));
  }

  /** What a marker stands for; undefined when it is gone, since somebody else was faster. */
  async read(marker: string): Promise<OutboxEntry | undefined> {
    const document = await this.#store.read(marker);
    return document === undefined ? undefined : (JSON.parse(document.bytes.toString()) as OutboxEntry);
  }

  /** The sink has confirmed every event of it. */
  async done(marker: string): Promise<void> {
    await this.#store.remove(marker);
  }

  /**
   * Marks event blobs. One that is marked already stays so.
   *
   * @param registration of the sink: see `RegisteredSink`.
   */
  async add(registration: string, entries: readonly OutboxEntry[]): Promise<void> {
    for (let at = 0; at < entries.length; at += CONCURRENCY)
      await Promise.all(entries.slice(at, at + CONCURRENCY).map(entry => this.#mark(registration, entry)));
  }

  /**
   * That there is a marker already is believed only when it is: the conflict may be one of the account or the container,
   * and to go on as if it were there would keep the events from the sink for ever.
   */
  async #mark(registration: string, { eventBlob, events }: OutboxEntry): Promise<void> {
    const marker = `${this.#prefix}${registration}/${lastPart(eventBlob).replace(".ndjson.gz", ".json")}`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#store.replace(marker, Buffer.from(JSON.stringify({ eventBlob, events })), undefined);
        return;
      } catch (error) {
        if (!(error instanceof StoreConflictError)) throw error;
        if ((await this.#store.read(marker)) !== undefined) return;
        if (attempt >= MOST_TRIES) throw error;
      }
    }
  }
}

/** When the event blob of a marker was planned, as the name of both says. */
export function plannedAt(marker: string): Date {
  const [, date, hours, minutes, seconds, milliseconds] =
    /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(lastPart(marker)) ?? [];
  const day = date?.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  return new Date(`${day}T${hours}:${minutes}:${seconds}.${milliseconds}Z`);
}

/** The sink and the registration that a document below `sinks/` belongs to; without registration, to any of the sink. */
export function ownerOf(document: string, ledgerPrefix: string): { sink: string; registration?: string } {
  const [, sink, folder, registration] = document.slice(ledgerPrefix.length).split("/");
  return folder === "outbox" ? { sink: sink!, registration } : { sink: sink! };
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
