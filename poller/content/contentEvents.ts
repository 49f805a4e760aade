import type { LargeEventBlob } from "../delivery/largeEventBlobs.ts";
import { eventKeyOf } from "../ledger/eventKeys.ts";
import { KeySet } from "../ledger/keySet.ts";
import { EventLines } from "./eventLines.ts";
import { MalformedContentError } from "./malformedContentError.ts";

/** Events of a content blob that went to the store while it was read, each once and none that was stored before. */
export interface LargeEvents {
  eventBlob: LargeEventBlob;
  count: number;
  keys: KeySet;
}

/** The wanted events of one content blob, as they come, in memory that does not grow with the blob. */
export class ContentEvents {
  readonly #isKnown: (eventKey: string) => boolean;
  readonly #begin: () => Promise<LargeEventBlob>;
  readonly #longestPlainBytes: number;
  readonly #lines = new EventLines();
  #large: LargeEvents | undefined;

  /**
   * @param isKnown whether an event is in the store already, or about to be.
   * @param begin begins an event blob for the events of this content blob alone.
   * @param longestPlainBytes from what length on events go to the store while they come.
   */
  constructor(
    isKnown: (eventKey: string) => boolean,
    begin: () => Promise<LargeEventBlob>,
    longestPlainBytes: number,
  ) {
    this.#isKnown = isKnown;
    this.#begin = begin;
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

  /** Whether it is time for `unload`. */
  get isFull(): boolean {
    return this.#lines.byteLength > this.#longestPlainBytes;
  }

  /** Gives to the store what is here in plain form. */
  async unload(): Promise<void> {
    this.#large ??= { eventBlob: await this.#begin(), count: 0, keys: new KeySet() };
    const { eventBlob, keys } = this.#large;
    const fresh = this.#lines.fresh(key => !this.#isKnown(key) && keys.add(key));
    this.#large.count += fresh.count;
    await eventBlob.gzip.add(fresh.bytes);
    this.#lines.clear();
  }

  /** The content blob is read to its end. */
  async finish(): Promise<void> {
    if (this.#large === undefined) return;
    await this.unload();
    await this.#large.eventBlob.finish();
  }

  /** The events, unless they went to the store. */
  get lines(): EventLines {
    return this.#lines;
  }

  get large(): LargeEvents | undefined {
    return this.#large;
  }

  get isEmpty(): boolean {
    return this.#lines.count === 0 && this.#large === undefined;
  }

  /** Lets go of events that will not be used. */
  async discard(): Promise<void> {
    this.#lines.release();
    await this.#large?.eventBlob.discard();
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
