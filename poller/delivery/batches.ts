import { type Content, hourPathOf } from "../content/content.ts";
import type { ContentEvents } from "../content/contentEvents.ts";
import type { EventCounts } from "../content/readContent.ts";
import { KeySet } from "../ledger/keySet.ts";
import type { Batch } from "./batch.ts";
import { HourBatch } from "./hourBatch.ts";
import { LargeBatch } from "./largeBatch.ts";

/** A content blob that was read to its end. */
export interface ReadContent {
  content: Content;
  counts: EventCounts;
  /** Its events that go into the store; the others it kept are there already. */
  stored: number;
}

/** When what was read makes an event blob: what is larger costs memory, what is smaller costs the SIEM requests. */
export interface BatchLimits {
  /** Before compression. */
  bytes: number;
  contents: number;
  /** The plan takes down a key for each. */
  events: number;
  /** From what length on the events of one content blob go to the store while they come, as an event blob of their own. */
  plainBytes: number;
}

export const BATCH_LIMITS: Readonly<BatchLimits> = {
  bytes: 4 * 1024 * 1024,
  contents: 1000,
  events: 20_000,
  plainBytes: 1024 * 1024,
};

/**
 * What was read and is not in the store yet: event blobs in the making, one for each hour, and the content blobs that
 * hold nothing to store. An event that is in here twice, or in the store already, is taken once.
 */
export class Batches {
  /** The state of the ledger that this builds upon. */
  readonly epoch: number;
  readonly #isStored: (eventKey: string) => boolean;
  readonly #limits: BatchLimits;
  readonly #ofHours = new Map<string, HourBatch>();
  readonly #large: LargeBatch[] = [];
  /** By what is in `#ofHours`. */
  readonly #claimed = new KeySet();
  /** Everything that was added, in this order. */
  readonly read: ReadContent[] = [];

  constructor(epoch: number, isStored: (eventKey: string) => boolean, limits: BatchLimits) {
    this.epoch = epoch;
    this.#isStored = isStored;
    this.#limits = limits;
  }

  hasClaimed(eventKey: string): boolean {
    return this.#claimed.has(eventKey) || this.#large.some(({ eventKeys }) => eventKeys.has(eventKey));
  }

  /**
   * Takes the events of a content blob.
   *
   * @returns false when one of them was claimed by another since it was read: then nothing is taken.
   */
  add(content: Content, events: ContentEvents, counts: EventCounts): boolean {
    const stored =
      events.large === undefined ? this.#addLines(content, events) : this.#addLarge(content, events);
    if (stored === undefined) return false;
    this.read.push({ content, counts, stored });
    return true;
  }

  get all(): Batch[] {
    return [...this.#ofHours.values(), ...this.#large];
  }

  get isEmpty(): boolean {
    return this.read.length === 0;
  }

  /** Whether it is time to store what is here. */
  get isDue(): boolean {
    return this.#fill >= 1;
  }

  /** Whether reading should pause until some of it is stored. */
  get isFull(): boolean {
    return this.#fill >= 2;
  }

  async discard(): Promise<void> {
    await Promise.all(this.all.map(batch => batch.discard()));
  }

  get #fill(): number {
    const bytes = this.all.reduce((sum, batch) => sum + batch.inputBytes, 0);
    const { bytes: dueBytes, contents, events } = this.#limits;
    return Math.max(bytes / dueBytes, this.read.length / contents, this.#claimed.size / events);
  }

  #addLines(content: Content, events: ContentEvents): number {
    const fresh = events.lines.fresh(key => this.#claim(key));
    if (fresh.count > 0) this.#batchOf(content).add(content, fresh);
    events.lines.release();
    return fresh.count;
  }

  #claim(key: string): boolean {
    return !this.hasClaimed(key) && !this.#isStored(key) && this.#claimed.add(key);
  }

  #addLarge(content: Content, events: ContentEvents): number | undefined {
    const { keys, count } = events.large!;
    for (const key of keys) if (this.hasClaimed(key) || this.#isStored(key)) return undefined;
    if (count > 0) this.#large.push(new LargeBatch(content, events.large!));
    return count;
  }

  #batchOf(content: Content): HourBatch {
    const hourPath = hourPathOf(content.created);
    const batch = this.#ofHours.get(hourPath) ?? new HourBatch();
    this.#ofHours.set(hourPath, batch);
    return batch;
  }
}
