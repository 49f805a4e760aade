import { SpareBuffers } from "./spareBuffers.ts";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Enough for most content blobs, of which as many as this are read at a time. */
const FIRST = new SpareBuffers(256 * 1024, 32);

/** Events as lines, ready to be compressed. */
export interface FreshLines {
  bytes: Buffer;
  count: number;
  keys: string[];
}

/** Some events of one content blob, each on a line of its own, in one piece of memory. */
export class EventLines {
  #buffer: Buffer = Buffer.alloc(0);
  /** Where each line ends. */
  readonly #ends: number[] = [];
  /** What each event is known by; undefined for one without an `Id`. */
  readonly #keys: (string | undefined)[] = [];

  /**
   * Adds the event in `source` from `start` to `end` exactly as served. Only line breaks between its values, which would
   * make two lines of it, become spaces: inside strings, JSON has none.
   */
  add(source: Buffer, start: number, end: number, key: string | undefined): void {
    const at = this.byteLength;
    const lineEnd = at + end - start;
    this.#makeRoom(lineEnd + 1);
    source.copy(this.#buffer, at, start, end);
    const line = this.#buffer.subarray(at, lineEnd);
    for (const lineBreak of [NEWLINE, CARRIAGE_RETURN]) replaceAll(line, lineBreak, SPACE);
    this.#buffer[lineEnd] = NEWLINE;
    this.#ends.push(lineEnd + 1);
    this.#keys.push(key);
  }

  /** Forgets all events, and keeps the memory for others. */
  clear(): void {
    this.#ends.length = 0;
    this.#keys.length = 0;
  }

  /** Forgets all events, and lets go of the memory: what `fresh` gave is of no use any more. */
  release(): void {
    this.clear();
    FIRST.give(this.#buffer);
    this.#buffer = Buffer.alloc(0);
  }

  get count(): number {
    return this.#ends.length;
  }

  get byteLength(): number {
    return this.#ends.at(-1) ?? 0;
  }

  /** The lines whose key `claim` accepts; it is asked once for each event that has one. */
  fresh(claim: (key: string) => boolean): FreshLines {
    const accepted = this.#keys.map(key => key === undefined || claim(key));
    const keys = this.#keys.filter((key, index) => key !== undefined && accepted[index]) as string[];
    const count = accepted.filter(Boolean).length;
    if (count === this.count) return { bytes: this.#buffer.subarray(0, this.byteLength), count, keys };
    const lines = this.#ends.map((end, index) => this.#buffer.subarray(this.#ends[index - 1] ?? 0, end));
    return { bytes: Buffer.concat(lines.filter((_, index) => accepted[index])), count, keys };
  }

  #makeRoom(length: number): void {
    if (length <= this.#buffer.length) return;
    const larger =
      length <= FIRST.byteLength
        ? FIRST.take()
        : Buffer.allocUnsafeSlow(Math.max(length, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.byteLength);
    FIRST.give(this.#buffer);
    this.#buffer = larger;
  }
}

function replaceAll(bytes: Buffer, byte: number, replacement: number): void {
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) bytes[at] = replacement;
}
