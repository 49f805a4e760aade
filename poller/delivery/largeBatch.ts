import type { Content } from "../content/content.ts";
import type { LargeEvents } from "../content/contentEvents.ts";
import type { KeySet } from "../ledger/keySet.ts";
import type { Batch, UnwrittenEventBlob } from "./batch.ts";

/** The events of a content blob that was too long for memory. They are on their way to the store already. */
export class LargeBatch implements Batch {
  readonly contents: readonly Content[];
  readonly #large: LargeEvents;

  constructor(content: Content, large: LargeEvents) {
    this.contents = [content];
    this.#large = large;
  }

  get eventKeys(): KeySet {
    return this.#large.keys;
  }

  get events(): number {
    return this.#large.count;
  }

  get inputBytes(): number {
    return this.#large.eventBlob.gzip.inputBytes;
  }

  async finish(): Promise<UnwrittenEventBlob> {
    const { name, gzip, sha256 } = this.#large.eventBlob;
    const holds = { events: this.events, bytes: gzip.bytes, sha256: sha256! };
    return { name, holds, create: () => gzip.commit() };
  }

  discard(): Promise<void> {
    return this.#large.eventBlob.discard();
  }
}
