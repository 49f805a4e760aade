import { type Content, dayOf } from "../content/content.ts";
import { Outbox, ownerOf } from "../sinks/outbox.ts";
import { type Store, StoreConflictError } from "../store/store.ts";
import { Turns } from "../turns.ts";
import { ContentDay, ContentState, type SettledContent, type StoredEventBlob } from "./contentDay.ts";
import { EventKeyDay, MOST_EVENT_KEYS } from "./eventKeys.ts";
import { KeySet } from "./keySet.ts";
import {
  emptyHead,
  formatHead,
  type LedgerHead,
  type PlannedBatch,
  parseHead,
  registeredSink,
} from "./ledgerHead.ts";

/** The days that can be listed, and one more for the margins. */
const DAYS_KEPT = 8;
/** A run works its way from the oldest day to the newest; only content of neighbouring days comes mixed. */
const DAYS_IN_MEMORY = 3;
const DAY_MILLISECONDS = 86_400_000;

/** A document of the ledger is there and cannot be read. */
export class LedgerDamagedError extends Error {
  override readonly name = "LedgerDamagedError";
}

interface Loaded<T> {
  value: T;
  version: string | undefined;
}

/**
 * What the poller knows of every content blob of one tenant and content type, in four kinds of documents:
 *
 * - `head.json`: how far content is listed, what waits for another try, and which event blobs are being written. Every
 *   change goes through it, and only onto the very version that was read: so changes have one order, whoever makes them.
 * - `contents/<day>.ndjson.gz`: the content blobs of a day that are settled, and how, and the event blobs with their events.
 * - `events/<day>.txt`: keys of the events that were stored on a day, by which one that comes again is known.
 * - `sinks/<sink>/outbox/`: the event blobs that a sink is still to be given.
 *
 * The days only ever gain entries, and each entry follows from a change of the head. Adding one twice does no harm, so
 * they need no order among themselves. A few days are in memory at a time, however many content blobs there are.
 */
export class Ledger {
  readonly #store: Store;
  readonly #prefix: string;
  /** Days are loaded and changed one at a time: who loaded one while it changed would put the old one in its place. */
  readonly #days = new Turns(1);
  readonly #contentDays = new Map<string, Loaded<ContentDay>>();
  #eventKeyDays: Map<string, Loaded<EventKeyDay>> | undefined;
  #head: Loaded<LedgerHead> = { value: emptyHead(), version: undefined };
  /** Grows when another poller has changed the ledger: what was decided before may be wrong. */
  epoch = 0;

  private constructor(store: Store, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
  }

  /**
   * @param prefix what the names of the documents begin with, up to a slash.
   * @throws LedgerDamagedError when there is a ledger that cannot be read.
   */
  static async open(store: Store, prefix: string): Promise<Ledger> {
    const ledger = new Ledger(store, prefix);
    ledger.#head = await ledger.#loadHead();
    return ledger;
  }

  /** As last read or written. */
  get head(): Readonly<LedgerHead> {
    return this.#head.value;
  }

  /** Reads everything anew, since another poller has changed it. */
  reload(): Promise<void> {
    return this.#days.run(async () => {
      this.epoch += 1;
      this.#contentDays.clear();
      this.#eventKeyDays = undefined;
      this.#head = await this.#loadHead();
    });
  }

  /** Whether `isSettled` can answer for this content, and `isStored` if there are events to ask for. */
  isReady(content: Content, withEvents: boolean): boolean {
    return this.#contentDays.has(dayOf(content.created)) && (!withEvents || this.#eventKeyDays !== undefined);
  }

  /** Loads what `isReady` asks for. Ask again afterwards: other days may have taken its place already. */
  prepare(content: Content, withEvents: boolean): Promise<void> {
    return this.#days.run(async () => {
      await this.#contentDay(dayOf(content.created));
      if (withEvents) await this.#eventKeys();
    });
  }

  /** Whether nothing more is to be done with a content blob. One that was given up may wait again: see `replay`. */
  isSettled({ contentId, created }: Content): boolean {
    const state = this.#contentDays.get(dayOf(created))!.value.stateOf(contentId);
    if (state !== ContentState.dead) return state !== undefined;
    return !this.head.waiting.some(waiting => waiting.contentId === contentId);
  }

  isStored(eventKey: string): boolean {
    for (const day of this.#eventKeyDays?.values() ?? []) if (day.value.has(eventKey)) return true;
    return false;
  }

  /**
   * Plans event blobs. From now on, these content blobs and events are theirs.
   *
   * @returns false when another poller has changed the ledger since it was read: then nothing is planned, and it is read
   * anew.
   */
  async plan(batches: readonly PlannedBatch[]): Promise<boolean> {
    const head = copyOf(this.#head.value);
    head.planned.push(...batches);
    return this.#replaceHead(head);
  }

  /** Changes the head, again on top of another poller's changes if need be: the same change twice must do no harm. */
  async commit(change: (head: LedgerHead) => void): Promise<void> {
    for (;;) {
      const head = copyOf(this.#head.value);
      change(head);
      if (await this.#replaceHead(head)) return;
    }
  }

  /** Enters content blobs as settled, and event blobs as written. */
  recordContents(entries: readonly (SettledContent | StoredEventBlob)[]): Promise<void> {
    const byDay = Map.groupBy(entries, entry => dayOf(entry.created));
    return this.#days.run(async () => {
      for (const [day, ofDay] of byDay) await this.#addContents(day, ofDay);
    });
  }

  /** Enters the events of written batches as stored. */
  recordEvents(batches: readonly PlannedBatch[]): Promise<void> {
    const byDay = Map.groupBy(batches, batch => dayOf(new Date(batch.plannedAt)));
    return this.#days.run(async () => {
      for (const [day, ofDay] of byDay) await this.#addEventKeys(day, allKeys(ofDay));
    });
  }

  /** Marks the event blobs of written batches for every sink that is registered. */
  async recordForSinks(batches: readonly PlannedBatch[]): Promise<void> {
    const entries = batches.map(({ eventBlob, holds: { events } }) => ({ eventBlob, events }));
    for (const [name, { registration }] of Object.entries(this.head.sinks ?? {}))
      await this.outbox(name).add(registration, entries);
  }

  /** What a sink is still to be given. */
  outbox(sinkName: string): Outbox {
    return new Outbox(this.#store, this.#prefix, sinkName);
  }

  /** Removes what there is of sinks that are not registered any more. */
  async removeDroppedSinks(): Promise<void> {
    // In this order: what was there before the head was read, and is of no registration in it, is of none to come.
    const documents = await this.#store.list(`${this.#prefix}sinks/`);
    const head = (await this.#loadHead()).value;
    for (const document of documents) {
      const { sink, registration } = ownerOf(document, this.#prefix);
      const registered = registeredSink(head, sink);
      if (registered === undefined || (registration ?? registered.registration) !== registered.registration)
        await this.#store.remove(document);
    }
  }

  /** Removes the days that cannot be listed any more. */
  async removeOldDays(now: Date): Promise<void> {
    const first = dayOf(new Date(now.getTime() - DAYS_KEPT * DAY_MILLISECONDS));
    for (const folder of ["contents", "events"])
      for (const name of await this.#store.list(`${this.#prefix}${folder}/`))
        if (dayInName(name) < first) await this.#store.remove(name);
  }

  /** All that is settled, day by day, the oldest first, and not kept in memory. */
  async *settledDays(): AsyncGenerator<ContentDay> {
    for (const name of await this.#store.list(`${this.#prefix}contents/`))
      yield (await this.#load(name, () => new ContentDay(), ContentDay.parse)).value;
  }

  async #replaceHead(head: LedgerHead): Promise<boolean> {
    try {
      const version = await this.#store.replace(this.#headName, formatHead(head), this.#head.version);
      this.#head = { value: head, version };
      return true;
    } catch (error) {
      if (!(error instanceof StoreConflictError)) throw error;
      await this.reload();
      return false;
    }
  }

  async #addContents(day: string, entries: readonly (SettledContent | StoredEventBlob)[]): Promise<void> {
    const document = await this.#contentDay(day);
    const isChanged = entries.filter(entry => document.value.add(entry)).length > 0;
    if (!isChanged) return;
    // What is in memory is ahead of the store until the write is confirmed.
    this.#contentDays.delete(day);
    if (await this.#write(this.#contentDayName(day), document, await document.value.format()))
      this.#contentDays.set(day, document);
    else await this.#addContents(day, entries);
  }

  async #addEventKeys(day: string, keys: KeySet): Promise<void> {
    const days = await this.#eventKeys();
    const document = days.get(day) ?? { value: EventKeyDay.empty(), version: undefined };
    if (!document.value.add(keys, MOST_EVENT_KEYS)) return;
    this.#eventKeyDays = undefined;
    if (await this.#write(this.#eventDayName(day), document, document.value.format()))
      this.#eventKeyDays = days.set(day, document);
    else await this.#addEventKeys(day, keys);
  }

  /** Says whether the document was still of the version that was read. */
  async #write<T>(name: string, document: Loaded<T>, bytes: Buffer): Promise<boolean> {
    try {
      document.version = await this.#store.replace(name, bytes, document.version);
      return true;
    } catch (error) {
      if (error instanceof StoreConflictError) return false;
      throw error;
    }
  }

  async #loadHead(): Promise<Loaded<LedgerHead>> {
    return this.#load(this.#headName, emptyHead, parseHead);
  }

  async #contentDay(day: string): Promise<Loaded<ContentDay>> {
    const known = this.#contentDays.get(day);
    if (known !== undefined) return known;
    const loaded = await this.#load(this.#contentDayName(day), () => new ContentDay(), ContentDay.parse);
    for (const oldest of this.#contentDays.keys())
      if (this.#contentDays.size >= DAYS_IN_MEMORY) this.#contentDays.delete(oldest);
    this.#contentDays.set(day, loaded);
    return loaded;
  }

  /** The newest days first, as far as memory goes. */
  async #eventKeys(): Promise<Map<string, Loaded<EventKeyDay>>> {
    if (this.#eventKeyDays !== undefined) return this.#eventKeyDays;
    const days = new Map<string, Loaded<EventKeyDay>>();
    let keys = 0;
    for (const name of (await this.#store.list(`${this.#prefix}events/`)).reverse()) {
      if (keys >= MOST_EVENT_KEYS) break;
      const day = await this.#load(name, EventKeyDay.empty, EventKeyDay.parse);
      days.set(dayInName(name), day);
      keys += day.value.size;
    }
    this.#eventKeyDays = days;
    return days;
  }

  async #load<T>(
    name: string,
    empty: () => T,
    parse: (document: Buffer) => T | Promise<T>,
  ): Promise<Loaded<T>> {
    const stored = await this.#store.read(name);
    if (stored === undefined) return { value: empty(), version: undefined };
    try {
      return { value: await parse(stored.bytes), version: stored.version };
    } catch (error) {
      throw new LedgerDamagedError(
        `The ledger's ${name} cannot be read: ${error instanceof Error ? error.message : error}. Use the version of ` +
          `the poller that wrote it, or restore it. Without it, seven days are collected again.`,
        { cause: error },
      );
    }
  }

  get #headName(): string {
    return `${this.#prefix}head.json`;
  }

  #contentDayName(day: string): string {
    return `${this.#prefix}contents/${day}.ndjson.gz`;
  }

  #eventDayName(day: string): string {
    return `${this.#prefix}events/${day}.txt`;
  }
}

/** One that may be changed. Plans never change, and with the keys of their events they are most of it. */
function copyOf({ planned, ...rest }: LedgerHead): LedgerHead {
  return { ...structuredClone(rest), planned: [...planned] };
}

function allKeys(batches: readonly PlannedBatch[]): KeySet {
  if (batches.length === 1) return batches[0]!.eventKeys;
  const keys = new KeySet();
  for (const { eventKeys } of batches) keys.addAll(eventKeys);
  return keys;
}

function dayInName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1).slice(0, "2026-11-21".length);
}
