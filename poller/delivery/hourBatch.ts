import { createHash } from "node:crypto";
import type { Content } from "../content/content.ts";
import type { FreshLines } from "../content/eventLines.ts";
import { KeySet } from "../ledger/keySet.ts";
import type { Store } from "../store/store.ts";
import type { Batch, UnwrittenEventBlob } from "./batch.ts";
import { GzipBuilder } from "./gzipBuilder.ts";

/** The events of content blobs that became available in the same hour, compressed in memory. */
export class HourBatch implements Batch {
  readonly contents: Content[] = [];
  readonly eventKeys = new KeySet();
  events = 0;
  readonly #gzip = new GzipBuilder();

  add(content: Content, { bytes, count, keys }: FreshLines): void {
    this.contents.push(content);
    this.events += count;
    for (const key of keys) this.eventKeys.add(key);
    this.#gzip.add(bytes);
  }

  get inputBytes(): number {
    return this.#gzip.inputBytes;
  }

  async finish(store: Store, newName: (created: Date) => string): Promise<UnwrittenEventBlob> {
    const bytes = await this.#gzip.finish();
    const name = newName(this.contents[0]!.created);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const holds = { events: this.events, bytes: bytes.length, sha256 };
    return { name, holds, create: () => store.create(name, bytes) };
  }

  async discard(): Promise<void> {
    this.#gzip.discard();
  }
}
