import { ElementScanner, LOOK_BEHIND_BYTES } from "./elementScanner.ts";
import { HeldBytes } from "./heldBytes.ts";
import { MalformedContentError, unexpectedByte } from "./malformedContentError.ts";

/** The value of an event's top-level `RecordType`: undefined when it has none, or one that is no number and no string. */
export type RecordTypeValue = number | string | undefined;

/**
 * Takes one element of the array: `bytes` from `start` to `end`, exactly as served and valid during the call only. They
 * are empty for an unwanted element that was too long to be held.
 */
export type ElementHandler = (recordType: RecordTypeValue, bytes: Buffer, start: number, end: number) => void;

export interface EventScannerOptions {
  /** Whether elements of this record type are of no interest, so that a large one need not be held. Defaults to none. */
  isUnwanted?: (recordType: RecordTypeValue) => boolean;
  /** Longest part of an unwanted element that is held. Defaults to 256 KiB. */
  longestUnwantedBytes?: number;
  /** Longest element that is held at all. Defaults to 32 MiB; real events have some kilobytes. */
  longestElementBytes?: number;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];
const NOTHING = Buffer.alloc(0);

type Place = "beforeArray" | "beforeFirst" | "beforeNext" | "inElement" | "afterElement" | "afterArray";

/**
 * Splits the JSON array of a content blob into its elements without parsing them, from whatever pieces the network hands
 * out.
 *
 * `JSON.parse` of a blob costs memory by its size and CPU for every event, of which in Audit.General most are not wanted.
 * The scanner looks at each byte once and understands only as much JSON as it takes to find where an element ends and
 * what its top-level `RecordType` is. In that it is exact: escapes, look-alikes of the key in nested objects and strings,
 * and repeated keys, of which the last counts as for `JSON.parse`. It does not check the grammar inside an element:
 * whoever keeps an element parses it.
 */
export class EventScanner {
  readonly #onElement: ElementHandler;
  readonly #isUnwanted: (recordType: RecordTypeValue) => boolean;
  readonly #longestUnwantedBytes: number;
  readonly #longestElementBytes: number;

  readonly #held = new HeldBytes();
  readonly #element = new ElementScanner();
  #place: Place = "beforeArray";
  #bytesOfMark = 0;
  /** Where the element at hand begins, and how far it is scanned, counted from the first byte held. */
  #start = 0;
  #position = 0;
  /** Whether the beginning of the element at hand was given up. */
  #isPassedOver = false;

  constructor(onElement: ElementHandler, options: EventScannerOptions = {}) {
    this.#onElement = onElement;
    this.#isUnwanted = options.isUnwanted ?? (() => false);
    this.#longestUnwantedBytes = options.longestUnwantedBytes ?? 256 * 1024;
    this.#longestElementBytes = options.longestElementBytes ?? 32 * 1024 * 1024;
  }

  /**
   * Scans the next piece and hands out the elements that end in it.
   *
   * @throws MalformedContentError when this is no array of events. The scanner is of no use after that.
   */
  push(piece: Uint8Array): void {
    const bytes = this.#held.followedBy(piece);
    let at = this.#position;
    while (at < bytes.length) {
      if (this.#place !== "inElement") {
        at = this.#scanBetween(bytes, at);
        continue;
      }
      const next = this.#scanElement(bytes, at);
      // A backslash at the very end waits for what it escapes.
      if (next === at && this.#place === "inElement") break;
      at = next;
    }
    this.#position = at;
    this.#hold(bytes);
  }

  /** Lets go of the memory; the scanner is of no use after that. */
  release(): void {
    this.#held.release();
  }

  /** @throws MalformedContentError when the array has not ended: the blob is cut off. */
  end(): void {
    if (this.#place === "afterArray") return;
    const cutOff = "The content blob ends before its JSON array does.";
    throw new MalformedContentError(this.#place === "beforeArray" ? "The content blob is empty." : cutOff);
  }

  #scanBetween(bytes: Buffer, at: number): number {
    const byte = bytes[at]!;
    if (this.#place === "beforeArray") this.#beginArray(byte);
    else if (isBlank(byte)) return at + 1;
    else if (this.#place === "afterArray") throw unexpectedByte(byte, "after its JSON array");
    else if (this.#place === "afterElement") this.#separate(byte);
    else if (this.#place === "beforeFirst" && byte === CLOSE_BRACKET) this.#place = "afterArray";
    else return this.#beginElement(byte, at);
    return at + 1;
  }

  #beginArray(byte: number): void {
    const insideMark = this.#bytesOfMark % BYTE_ORDER_MARK.length !== 0;
    if (byte === BYTE_ORDER_MARK[this.#bytesOfMark]) this.#bytesOfMark += 1;
    else if (byte === OPEN_BRACKET && !insideMark) this.#place = "beforeFirst";
    else if (!isBlank(byte) || insideMark) throw unexpectedByte(byte, "instead of a JSON array");
  }

  #separate(byte: number): void {
    if (byte !== COMMA && byte !== CLOSE_BRACKET) throw unexpectedByte(byte, "after an event");
    this.#place = byte === COMMA ? "beforeNext" : "afterArray";
  }

  #beginElement(byte: number, at: number): number {
    if (byte === COMMA || byte === COLON || byte === CLOSE_BRACKET || byte === CLOSE_BRACE)
      throw unexpectedByte(byte, "instead of an event");
    this.#place = "inElement";
    this.#start = at;
    this.#isPassedOver = false;
    this.#element.begin();
    return at;
  }

  #scanElement(bytes: Buffer, at: number): number {
    const next = this.#element.scan(bytes, at);
    if (this.#element.hasEnded) this.#handOut(bytes, next);
    return next;
  }

  #handOut(bytes: Buffer, end: number): void {
    this.#place = "afterElement";
    const { recordType } = this.#element;
    if (!this.#isPassedOver) this.#onElement(recordType, bytes, this.#start, end);
    else if (this.#isUnwanted(recordType)) this.#onElement(recordType, NOTHING, 0, 0);
    // The key came again after the beginning was given up. Better a blob that is recorded than an event that is lost.
    else
      throw new MalformedContentError("A long event of the content blob changes its RecordType on the way.");
  }

  /** Keeps of `bytes` what the rest of the element at hand needs. */
  #hold(bytes: Buffer): void {
    const givenUp = this.#place === "inElement" ? this.#firstNeeded(bytes) : this.#position;
    this.#held.holdFrom(bytes, givenUp);
    this.#element.shift(givenUp);
    this.#start = 0;
    this.#position -= givenUp;
  }

  #firstNeeded(bytes: Buffer): number {
    const length = bytes.length - this.#start;
    this.#isPassedOver ||= length > this.#longestUnwantedBytes && this.#isKnownToBeUnwanted();
    if (this.#isPassedOver) return Math.max(this.#start, bytes.length - LOOK_BEHIND_BYTES);
    if (length <= this.#longestElementBytes) return this.#start;
    throw new MalformedContentError(
      `An event of the content blob has more than ${this.#longestElementBytes} bytes.`,
    );
  }

  #isKnownToBeUnwanted(): boolean {
    const { recordType } = this.#element;
    return recordType !== undefined && this.#isUnwanted(recordType);
  }
}

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
