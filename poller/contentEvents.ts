import { eventKeyOf } from "./eventKeys.ts";
import { EventLines } from "./eventLines.ts";
import { GzipBuilder } from "./gzipBuilder.ts";
import { MalformedContentError } from "./malformedContentError.ts";

/** What is kept of one content blob in plain form; a longer one is compressed while it comes. */
const LONGEST_PLAIN_BYTES = 4 * 1024 * 1024;

/** Events of a content blob that were compressed while it was read, each once and none that was stored before. */
export interface CompressedEvents {
  gzip: GzipBuilder;
  count: number;
  keys: Set<string>;
}

/** The wanted events of one content blob, as they come, in memory that does not grow with the blob. */
export class ContentEvents {
  readonly #isKnown: (eventKey: string) => boolean;
  readonly #longestPlainBytes: number;
  #lines = new EventLines();
  #compressed: CompressedEvents | undefined;

  /**
   * @param isKnown whether an event is in the store already, or about to be.
   * @param longestPlainBytes from what length on events are compressed while they come. Defaults to 4 MiB.
   */
  constructor(isKnown: (eventKey: string) => boolean, longestPlainBytes = LONGEST_PLAIN_BYTES) {
    this.#isKnown = isKnown;
    this.#longestPlainBytes = longestPlainBytes;
  }

  /**
   * Adds the event in `bytes` from `start` to `end`.
   *
   * @throws MalformedContentError when it is not JSON.
   */
  add(bytes: Buffer, start: number, end: number): void {
    const event = parse(bytes.toString("utf8", start, end));
    this.#lines.add(bytes, start, end, keyOf(event));
  }

  /** Whether it is time for `compress`. */
  get isFull(): boolean {
    return this.#lines.byteLength > this.#longestPlainBytes;
  }

  /** Compresses what is here in plain form. */
  async compress(): Promise<void> {
    this.#compressed ??= { gzip: new GzipBuilder(), count: 0, keys: new Set() };
    const { gzip, keys } = this.#compressed;
    const fresh = this.#lines.fresh(key => {
      if (keys.has(key) || this.#isKnown(key)) return false;
      keys.add(key);
      return true;
    });
    this.#lines = new EventLines();
    this.#compressed.count += fresh.count;
    gzip.add(fresh.bytes);
    await gzip.drained();
  }

  /** The content blob is read to its end. */
  async finish(): Promise<void> {
    if (this.#compressed !== undefined) await this.compress();
  }

  /** The events, unless they were compressed. */
  get lines(): EventLines {
    return this.#lines;
  }

  get compressed(): CompressedEvents | undefined {
    return this.#compressed;
  }

  get isEmpty(): boolean {
    return this.#lines.count === 0 && this.#compressed === undefined;
  }

  /** Frees the memory of events that will not be used. */
  discard(): void {
    this.#lines = new EventLines();
    this.#compressed?.gzip.discard();
  }
}

/** Without the parser's own words: they quote from the event. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedContentError("A wanted event of the content blob is not JSON.");
  }
}

function keyOf(event: unknown): string | undefined {
  if (typeof event !== "object" || event === null || !("Id" in event)) return undefined;
  return typeof event.Id === "string" && event.Id !== "" ? eventKeyOf(event.Id) : undefined;
}
