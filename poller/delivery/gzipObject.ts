import { createHash } from "node:crypto";
import { createGzip } from "node:zlib";
import type { ObjectWriter } from "../store/store.ts";
import { withoutOrigin } from "./gzipBuilder.ts";

/** What zlib hands out at a time: with less, most of the work would be handing out. */
const PIECE_BYTES = 128 * 1024;

/** Compresses what comes in pieces right into an object of the store, so that memory does not grow with it. */
export class GzipObject {
  readonly #gzip = createGzip({ chunkSize: PIECE_BYTES });
  readonly #object: ObjectWriter;
  readonly #hash = createHash("sha256");
  readonly #writing: Promise<void>;
  /** How much was put in. */
  inputBytes = 0;
  /** How much came out so far. */
  bytes = 0;

  constructor(object: ObjectWriter) {
    this.#object = object;
    this.#writing = this.#write();
    // Told to whoever adds something or ends it.
    this.#writing.catch(() => undefined);
  }

  /**
   * Waits until it is compressed.
   *
   * @throws whatever the store throws.
   */
  async add(bytes: Buffer): Promise<void> {
    this.inputBytes += bytes.length;
    const compressed = new Promise<void>((resolve, reject) => {
      this.#gzip.write(bytes, error => (error ? reject(error) : resolve()));
    });
    try {
      await Promise.race([compressed, this.#writing]);
    } catch (error) {
      // When the store fails, the stream says no more than that it was closed.
      await this.#writing;
      throw error;
    }
  }

  /**
   * Nothing more will be added.
   *
   * @returns the SHA-256 of the compressed bytes, in hexadecimal.
   */
  async finish(): Promise<string> {
    this.#gzip.end();
    await this.#writing;
    return this.#hash.digest("hex");
  }

  /** Puts the object into the store unless there is one of its name. Says whether it did. */
  commit(): Promise<boolean> {
    return this.#object.commit();
  }

  /** Lets go of it, whether it is committed or not. */
  async discard(): Promise<void> {
    this.#gzip.destroy();
    await this.#writing.catch(() => undefined);
    await this.#object.discard();
  }

  async #write(): Promise<void> {
    for await (const piece of this.#gzip as AsyncIterable<Buffer>) {
      if (this.bytes === 0) withoutOrigin(piece);
      this.bytes += piece.length;
      this.#hash.update(piece);
      await this.#object.write(piece);
    }
  }
}
