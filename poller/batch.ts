import { type Content, hourPathOf } from "./content.ts";
import type { CompressedEvents, EventLine } from "./contentEvents.ts";
import { GzipBuilder } from "./gzipBuilder.ts";

/** The events of some content blobs of one hour, on their way into one event blob. */
export class Batch {
  /** The hour in which the content blobs became available, as a path like 2026/11/21/07. */
  readonly hourPath: string;
  readonly contents: Content[] = [];
  readonly eventKeys: string[] = [];
  events = 0;
  readonly #gzip: GzipBuilder;

  private constructor(hourPath: string, gzip: GzipBuilder) {
    this.hourPath = hourPath;
    this.#gzip = gzip;
  }

  static ofHour(hourPath: string): Batch {
    return new Batch(hourPath, new GzipBuilder());
  }

  /** A content blob that was too long for memory is a batch of its own. */
  static ofOne(content: Content, { gzip, count, keys }: CompressedEvents): Batch {
    const batch = new Batch(hourPathOf(content.created), gzip);
    batch.contents.push(content);
    batch.eventKeys.push(...keys);
    batch.events = count;
    return batch;
  }

  add(content: Content, lines: readonly EventLine[]): void {
    this.contents.push(content);
    this.events += lines.length;
    for (const { key } of lines) if (key !== undefined) this.eventKeys.push(key);
    this.#gzip.add(Buffer.concat(lines.map(line => line.bytes)));
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
