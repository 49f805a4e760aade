import { SpareBuffers } from "./spareBuffers.ts";

/** Enough for what the network hands out at a time with the element before it, of as many streams as are read at a time. */
const FIRST = new SpareBuffers(128 * 1024, 32);

/** The end of a stream that is not done with, held until the next piece arrives. It grows to what is held at most. */
export class HeldBytes {
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  /** What is held, followed by `piece`. Without anything held it is the piece itself, not a copy. */
  followedBy(piece: Uint8Array): Buffer {
    if (this.#length === 0) return Buffer.from(piece.buffer, piece.byteOffset, piece.length);
    const length = this.#length + piece.length;
    this.#makeRoom(length);
    this.#buffer.set(piece, this.#length);
    return this.#buffer.subarray(0, length);
  }

  /** Holds what `bytes`, the result of `followedBy`, has from `start` on. */
  holdFrom(bytes: Buffer, start: number): void {
    const length = bytes.length - start;
    const isOwn = bytes.buffer === this.#buffer.buffer && bytes.byteOffset === this.#buffer.byteOffset;
    if (!isOwn) this.#makeRoom(length);
    if (!isOwn || start > 0) bytes.copy(this.#buffer, 0, start);
    this.#length = length;
  }

  /** Nothing is held any more: what `followedBy` gave is of no use. */
  release(): void {
    FIRST.give(this.#buffer);
    this.#buffer = Buffer.alloc(0);
    this.#length = 0;
  }

  #makeRoom(length: number): void {
    if (length <= this.#buffer.length) return;
    // Doubling keeps the copying in proportion to the bytes, however many pieces an element comes in.
    const larger =
      length <= FIRST.byteLength
        ? FIRST.take()
        : Buffer.allocUnsafeSlow(Math.max(length, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    FIRST.give(this.#buffer);
    this.#buffer = larger;
  }
}
