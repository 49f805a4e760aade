import { eventKeyOf } from "./eventKeys.ts";
import { GzipBuilder } from "./gzipBuilder.ts";
import { MalformedContentError } from "./malformedContentError.ts";

/** One event on a line of its own, newline included. */
export interface EventLine {
  bytes: Buffer;
  /** Stands for the event's `Id`; undefined for one without, which cannot be recognized when it comes again. */
  key: string | undefined;
}

/** What is kept of one content blob in plain form; the events of a longer one are compressed as they come. */
const LONGEST_PLAIN_BYTES = 4 * 1024 * 1024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Events of a content blob that were compressed while it was read, each once and none that was stored before. */
export interface CompressedEvents {
  gzip: GzipBuilder;
  count: number;
  keys: Set<string>;
}

/** The wanted events of one content blob, as they come, in memory that does not grow with the blob. */
export class ContentEvents {
  readonly #isKnown: (eventKey: string) => boolean;
  #lines: EventLine[] = [];
  #plainBytes = 0;
  #compressed: CompressedEvents | undefined;

  /** @param isKnown whether an event is in the store already, or about to be. */
  constructor(isKnown: (eventKey: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /**
   * Adds the event in `bytes` from `start` to `end`.
   *
   * @throws MalformedContentError when it is not JSON.
   */
  add(bytes: Buffer, start: number, end: number): void {
    const event = parse(bytes.toString("utf8", start, end));
    const line = lineOf(bytes, start, end);
    this.#lines.push({ bytes: line, key: keyOf(event) });
    this.#plainBytes += line.length;
  }

  /** Whether `relieve` has something to do. */
  get isFull(): boolean {
    return this.#plainBytes > LONGEST_PLAIN_BYTES;
  }

  /** Compresses what has come so far. */
  async relieve(): Promise<void> {
    this.#compressed ??= { gzip: new GzipBuilder(), count: 0, keys: new Set() };
    const { gzip, keys } = this.#compressed;
    const fresh = this.#lines.filter(({ key }) => {
      if (key === undefined) return true;
      if (keys.has(key) || this.#isKnown(key)) return false;
      keys.add(key);
      return true;
    });
    this.#lines = [];
    this.#plainBytes = 0;
    this.#compressed.count += fresh.length;
    gzip.add(Buffer.concat(fresh.map(line => line.bytes)));
    await gzip.drained();
  }

  /** The events in plain form, unless they were compressed. */
  get lines(): readonly EventLine[] {
    return this.#lines;
  }

  get compressed(): CompressedEvents | undefined {
    return this.#compressed;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0 && this.#compressed === undefined;
  }

  /** Frees the memory of events that will not be used. */
  discard(): void {
    this.#lines = [];
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

/**
 * The event exactly as served. Only line breaks between its values, which would make two lines of it, become spaces:
 * inside strings, JSON has none.
 */
function lineOf(bytes: Buffer, start: number, end: number): Buffer {
  const line = Buffer.allocUnsafe(end - start + 1);
  bytes.copy(line, 0, start, end);
  for (const lineBreak of [NEWLINE, CARRIAGE_RETURN])
    for (
      let at = line.indexOf(lineBreak);
      at !== -1 && at < line.length - 1;
      at = line.indexOf(lineBreak, at + 1)
    )
      line[at] = SPACE;
  line[line.length - 1] = NEWLINE;
  return line;
}
