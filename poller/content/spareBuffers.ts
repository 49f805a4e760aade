/**
 * Buffers of one size, to be used again and again. Left to the garbage collector they would pile up by tens of megabytes:
 * it sees a small object and not the memory behind it.
 */
export class SpareBuffers {
  readonly byteLength: number;
  readonly #most: number;
  readonly #spare: Buffer[] = [];

  /** @param most how many are kept for later. */
  constructor(byteLength: number, most: number) {
    this.byteLength = byteLength;
    this.#most = most;
  }

  /** A buffer that holds anything. */
  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.byteLength);
  }

  /** Takes back a buffer that nobody will look at any more. One of another size is let go. */
  give(buffer: Buffer): void {
    if (buffer.length === this.byteLength && this.#spare.length < this.#most) this.#spare.push(buffer);
  }
}
