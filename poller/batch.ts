import { type Content, hourPathOf } from "./content.ts";
import type { CompressedEvents } from "./contentEvents.ts";
import type { FreshLines } from "./eventLines.ts";
import { GzipBuilder } from "./gzipBuilder.ts";

/** The events of some content blobs of one hour, on their way into one event blob. */
export class Batch {
  /** The hour in which the content blobs became available, as a path like 2026/11/21/07. */
  readonly hourPath: string;
  readonly contents: Content[] = [];
  readonly eventKeys: string[];
  events = 0;
  readonly #gzip: GzipBuilder;

  private constructor(hourPath: string, gzip: GzipBuilder, eventKeys: string[]) {
    this.hourPath = hourPath;
    this.#gzip = gzip;
    this.eventKeys = eventKeys;
  }

  static ofHour(hourPath: string): Batch {
    return new Batch(hourPath, new GzipBuilder(), []);
  }

  /** A content blob that was too long for memory is a batch of its own. */
  static ofOne(content: Content, { gzip, count, keys }: CompressedEvents): Batch {
    const batch = new Batch(hourPathOf(content.created), gzip, [...keys]);
    batch.contents.push(content);
    batch.events = count;
    return batch;
  }

  add(content: Content, { bytes, count, keys }: FreshLines): void {
    this.contents.push(content);
    this.events += count;
    for (const key of keys) this.eventKeys.push(key);
    this.#gzip.add(bytes);
  }

  get inputBytes(): number {
    return this.#gzip.inputBytes;
  }

  /** The event blob: gzipped lines, one for each event. */
  finish(): Promise<Buffer> {
    return this.#gzip.finish();
  }

  discard(): void {
    this.#gzip.discard();
  }
}
