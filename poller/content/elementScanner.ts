import { unexpectedByte } from "./malformedContentError.ts";

// Not imported from a file of their own: the compiler folds the constants of a module, but not those that it imports.
const QUOTE = 0x22;
const COMMA = 0x2c;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const KEY = Buffer.from("RecordType");
/** The longest spelling of the key: each character as a `\u` escape, and the quotes. */
const LONGEST_KEY_BYTES = KEY.length * 6 + 2;
/** A value that is longer, blanks included, is no record type. */
const LONGEST_VALUE_BYTES = 256;

/** How many of the last bytes must stay in place for a key or a value that is being read to be recognized. */
export const LOOK_BEHIND_BYTES = LONGEST_KEY_BYTES + LONGEST_VALUE_BYTES;

/** A position that there is not. */
const NONE = -1;

/**
 * Finds the end of one element of an array, and its top-level `RecordType`, in pieces of any size. Positions are those in
 * the bytes that the caller hands in.
 */
export class ElementScanner {
  /** Whether the element ends at the position that `scan` returned last. */
  hasEnded = false;
  /**
   * The value of the last top-level `RecordType` that was read to its end; undefined before, and when it is neither a
   * number nor a string.
   */
  recordType: number | string | undefined;
  /** What closes the open brackets, the innermost last. */
  readonly #closers: number[] = [];
  #inString = false;
  #inLiteral = false;
  #stringStart = NONE;
  /** Whether the last string at the top level spells the key. The colon behind it tells that it was one. */
  #spellsKey = false;
  #valueStart = NONE;

  begin(): void {
    this.hasEnded = false;
    this.recordType = undefined;
    this.#inLiteral = false;
    this.#valueStart = NONE;
  }

  /**
   * Scans from `position` on.
   *
   * @returns where to go on: behind the element when it has ended, else close to the end of the bytes.
   * @throws MalformedContentError when a bracket closes that is not open.
   */
  scan(bytes: Buffer, position: number): number {
    if (this.#inString) return this.#resumeString(bytes, position);
    if (this.#closers.length === 0) return this.#scanOutermost(bytes, position);
    return this.#scanInside(bytes, position);
  }

  /** Moves all positions, since the caller gave up `distance` bytes of the beginning. */
  shift(distance: number): void {
    this.#stringStart = Math.max(this.#stringStart - distance, 0);
    if (this.#valueStart !== NONE) this.#valueStart = Math.max(this.#valueStart - distance, 0);
  }

  /** An event is an object; anything else is handed out like one. */
  #scanOutermost(bytes: Buffer, position: number): number {
    const byte = bytes[position]!;
    if (byte === QUOTE && !this.#inLiteral) return this.#leaveInString(position, position + 1);
    if ((byte === OPEN_BRACE || byte === OPEN_BRACKET) && !this.#inLiteral) {
      this.#takeBracket(bytes, position, 0);
      return position + 1;
    }
    this.#inLiteral = true;
    let at = position;
    while (at < bytes.length && isPartOfLiteral(bytes[at]!)) at += 1;
    this.hasEnded = at < bytes.length;
    return at;
  }

  /** This loop and `endOfString` see all bytes, so they touch a field only where something begins or ends. */
  #scanInside(bytes: Buffer, position: number): number {
    const { length } = bytes;
    let depth = this.#closers.length;
    let at = position;
    while (at < length) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        const end = endOfString(bytes, at + 1, length);
        if (!isQuote(bytes, end, length)) return this.#leaveInString(at, end);
        if (depth === 1) this.#spellsKey = spellsKey(bytes, at + 1, end);
        at = end;
      } else if (byte >= OPEN_BRACKET) {
        depth = this.#takeBracket(bytes, at, depth);
        if (depth === 0) return at + 1;
      } else if (depth === 1) {
        this.#takePunctuation(bytes, at);
      }
      at += 1;
    }
    return at;
  }

  #leaveInString(quote: number, end: number): number {
    this.#inString = true;
    this.#stringStart = quote;
    return end;
  }

  #resumeString(bytes: Buffer, position: number): number {
    const end = endOfString(bytes, position, bytes.length);
    if (!isQuote(bytes, end, bytes.length)) return end;
    this.#inString = false;
    const depth = this.#closers.length;
    if (depth === 1) this.#spellsKey = spellsKey(bytes, this.#stringStart + 1, end);
    this.hasEnded = depth === 0;
    return end + 1;
  }

  /** @returns how many brackets are open behind it. */
  #takeBracket(bytes: Buffer, at: number, depth: number): number {
    const byte = bytes[at]!;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#closers.push(byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET);
      return depth + 1;
    }
    if (byte !== CLOSE_BRACE && byte !== CLOSE_BRACKET) return depth;
    if (depth === 1) this.#endValue(bytes, at);
    if (this.#closers.pop() !== byte) throw unexpectedByte(byte, "where another bracket is open");
    this.hasEnded = depth === 1;
    return depth - 1;
  }

  #takePunctuation(bytes: Buffer, at: number): void {
    const byte = bytes[at];
    if (byte === COMMA) this.#endValue(bytes, at);
    if (byte !== COLON) return;
    if (this.#spellsKey) this.#valueStart = at + 1;
    this.#spellsKey = false;
  }

  #endValue(bytes: Buffer, at: number): void {
    if (this.#valueStart === NONE) return;
    this.recordType = readRecordType(bytes, this.#valueStart, at);
    this.#valueStart = NONE;
  }
}

/**
 * The position of the quote that ends the string; without one, the position to go on from: the end of the bytes, or a
 * backslash right before it, since what it escapes has not come yet.
 *
 * Four bytes a turn, which takes half as long as one: most bytes of an event are in strings.
 */
function endOfString(bytes: Buffer, position: number, length: number): number {
  const lastTurn = length - 4;
  let at = position;
  let byte = 0;
  for (;;) {
    while (at <= lastTurn) {
      byte = bytes[at]!;
      if (byte === QUOTE || byte === BACKSLASH) break;
      byte = bytes[at + 1]!;
      if (byte === QUOTE || byte === BACKSLASH) {
        at += 1;
        break;
      }
      byte = bytes[at + 2]!;
      if (byte === QUOTE || byte === BACKSLASH) {
        at += 2;
        break;
      }
      byte = bytes[at + 3]!;
      if (byte === QUOTE || byte === BACKSLASH) {
        at += 3;
        break;
      }
      at += 4;
    }
    if (at > lastTurn) {
      at = endOfRun(bytes, at, length);
      if (at === length) return at;
      byte = bytes[at]!;
    }
    if (byte === QUOTE || at + 1 === length) return at;
    at += 2;
  }
}

function endOfRun(bytes: Buffer, position: number, length: number): number {
  let at = position;
  while (at < length && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
  return at;
}

function isQuote(bytes: Buffer, at: number, length: number): boolean {
  return at < length && bytes[at] === QUOTE;
}

function isPartOfLiteral(byte: number): boolean {
  return byte > 0x20 && byte !== COMMA && byte !== CLOSE_BRACKET;
}

function spellsKey(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start]!;
  if (first !== KEY[0] && first !== BACKSLASH) return false;
  const length = end - start;
  if (length < KEY.length || length > LONGEST_KEY_BYTES) return false;
  if (length === KEY.length) return KEY.compare(bytes, start, end) === 0;
  return parsed(bytes.toString("latin1", start - 1, end + 1)) === "RecordType";
}

function readRecordType(bytes: Buffer, start: number, end: number): number | string | undefined {
  if (end - start > LONGEST_VALUE_BYTES) return undefined;
  if (end - start <= 3 && isWholeNumber(bytes, start, end)) return wholeNumber(bytes, start, end);
  const value = parsed(bytes.toString("utf8", start, end));
  return typeof value === "number" || typeof value === "string" ? value : undefined;
}

/** The way that nearly every event has it; the detour over text would cost as much as the rest of its scan. */
function isWholeNumber(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] === ZERO) return false;
  for (let at = start; at < end; at += 1) if (bytes[at]! < ZERO || bytes[at]! > NINE) return false;
  return end > start;
}

function wholeNumber(bytes: Buffer, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at += 1) number = number * 10 + bytes[at]! - ZERO;
  return number;
}

function parsed(jsonText: string): unknown {
  try {
    return JSON.parse(jsonText);
  } catch {
    return undefined;
  }
}
