import { Slots } from "../collection/slots.ts";
import type { Store } from "../store/store.ts";
import { GzipObject } from "./gzipObject.ts";

/** More at a time would not come sooner: they take a processor each. And each takes some memory. */
const MOST_AT_A_TIME = 2;

/** Begins event blobs that are too long for memory, some at a time: who wants to begin another one waits. */
export class LargeEventBlobs {
  readonly #store: Pick<Store, "begin">;
  readonly #slots = new Slots(MOST_AT_A_TIME);

  constructor(store: Pick<Store, "begin">) {
    this.#store = store;
  }

  /** @param newName asked when it is its turn. */
  async begin(newName: () => string): Promise<LargeEventBlob> {
    const { promise: isWritten, resolve: release } = Promise.withResolvers<void>();
    await this.#slots.start(() => isWritten);
    try {
      const name = newName();
      return new LargeEventBlob(name, new GzipObject(await this.#store.begin(name)), release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** An event blob that is compressed into the store while its content blob is read. It holds a slot until that is over. */
export class LargeEventBlob {
  readonly name: string;
  readonly gzip: GzipObject;
  readonly #release: () => void;
  /** Of its compressed bytes, in hexadecimal; undefined until it is finished. */
  sha256: string | undefined;

  constructor(name: string, gzip: GzipObject, release: () => void) {
    this.name = name;
    this.gzip = gzip;
    this.#release = release;
  }

  /** Nothing more will be added. */
  async finish(): Promise<void> {
    this.sha256 = await this.gzip.finish();
    this.#release();
  }

  /** Lets go of it, whether it is in the store or not. */
  async discard(): Promise<void> {
    try {
      await this.gzip.discard();
    } finally {
      this.#release();
    }
  }
}
