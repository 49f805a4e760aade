import { once } from "node:events";
import { createGzip, gzipSync } from "node:zlib";
import { SpareBuffers } from "../content/spareBuffers.ts";

/** Where the header of a gzip file names the operating system, and the value for "unknown": RFC 1952, section 2.3.1. */
const OPERATING_SYSTEM_AT = 9;
const UNKNOWN_OPERATING_SYSTEM = 255;

/** A gzip file of nothing. */
export const EMPTY_GZIP = withoutOrigin(gzipSync(Buffer.alloc(0)));

/** Each piece costs a turn of another thread, so that small ones go together. */
const CHUNKS = new SpareBuffers(64 * 1024, 64);

/** Compresses in memory what comes in pieces. The file tells neither when nor where it was made. */
export class GzipBuilder {
  readonly #gzip = createGzip();
  readonly #pieces: Buffer[] = [];
  #chunk: Buffer | undefined;
  #filled = 0;
  /** How much was put in. */
  inputBytes = 0;

  constructor() {
    this.#gzip.on("data", (piece: Buffer) => this.#pieces.push(piece));
  }

  /** Copies the bytes, which are free for something else afterwards. */
  add(bytes: Buffer): void {
    this.inputBytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      this.#chunk ??= CHUNKS.take();
      const copied = bytes.copy(this.#chunk, this.#filled, at);
      this.#filled += copied;
      at += copied;
      if (this.#filled === this.#chunk.length) this.#compress();
    }
  }

  async finish(): Promise<Buffer> {
    this.#compress();
    const ended = once(this.#gzip, "end");
    this.#gzip.end();
    await ended;
    return withoutOrigin(Buffer.concat(this.#pieces.splice(0)));
  }

  /** Frees the memory of one that will not be finished. */
  discard(): void {
    this.#gzip.destroy();
  }

  #compress(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    // Destroyed, the other thread may still be at it.
    this.#gzip.write(chunk.subarray(0, this.#filled), error => {
      if (error == null) CHUNKS.give(chunk);
    });
    this.#chunk = undefined;
    this.#filled = 0;
  }
}

/**
 * Takes out of a gzip file, or its first piece, where it was made. Node writes no time; the operating system it does
 * write, and differently on each.
 */
export function withoutOrigin(gzip: Buffer): Buffer {
  gzip[OPERATING_SYSTEM_AT] = UNKNOWN_OPERATING_SYSTEM;
  return gzip;
}
