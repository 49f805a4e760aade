import { once } from "node:events";
import { createGzip, gzipSync } from "node:zlib";

/** Where the header of a gzip file names the operating system, and the value for "unknown": RFC 1952, section 2.3.1. */
const OPERATING_SYSTEM_AT = 9;
const UNKNOWN_OPERATING_SYSTEM = 255;

/** A gzip file of nothing. */
export const EMPTY_GZIP = withoutOrigin(gzipSync(Buffer.alloc(0)));

/** Compresses in memory what comes in pieces. The file tells neither when nor where it was made. */
export class GzipBuilder {
  readonly #gzip = createGzip();
  readonly #pieces: Buffer[] = [];
  /** How much was put in. */
  inputBytes = 0;

  constructor() {
    this.#gzip.on("data", (piece: Buffer) => this.#pieces.push(piece));
  }

  add(bytes: Buffer): void {
    this.inputBytes += bytes.length;
    this.#gzip.write(bytes);
  }

  async finish(): Promise<Buffer> {
    const ended = once(this.#gzip, "end");
    this.#gzip.end();
    await ended;
    return withoutOrigin(Buffer.concat(this.#pieces.splice(0)));
  }

  /** Frees the memory of one that will not be finished. */
  discard(): void {
    this.#gzip.destroy();
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
