import { randomBytes } from "node:crypto";
import { type BlockBlobClient, RestError } from "@azure/storage-blob";
import { isConflict } from "./blobConflict.ts";
import type { ObjectWriter } from "./store.ts";

/** A blob takes 50,000 blocks: https://learn.microsoft.com/rest/api/storageservices/put-block#remarks */
const BLOCK_BYTES = 4 * 1024 * 1024;

/**
 * Writes a blob in blocks, which are the blob once they are committed as a list. Those that never are, since the poller was
 * killed or called off, Azure removes after a week, or when somebody else creates a blob of this name.
 */
export class BlockWriter implements ObjectWriter {
  readonly #blob: BlockBlobClient;
  readonly #contentType: string;
  /** No two writers have blocks in common, or one might commit what the other has written. */
  readonly #id = randomBytes(6).toString("hex");
  readonly #blockIds: string[] = [];
  #block: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(blob: BlockBlobClient, contentType: string) {
    this.#blob = blob;
    this.#contentType = contentType;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#block.length === 0) this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.#block, this.#length, at);
      this.#length += copied;
      at += copied;
      if (this.#length === BLOCK_BYTES) await this.#stage();
    }
  }

  async commit(): Promise<boolean> {
    if (this.#length > 0) await this.#stage();
    try {
      await this.#blob.commitBlockList(this.#blockIds, {
        conditions: { ifNoneMatch: "*" },
        blobHTTPHeaders: { blobContentType: this.#contentType },
      });
      return true;
    } catch (error) {
      if (isConflict(error) || hasLostBlocks(error)) return false;
      throw error;
    }
  }

  async discard(): Promise<void> {
    this.#block = Buffer.alloc(0);
    this.#length = 0;
  }

  async #stage(): Promise<void> {
    // Of the same length for all, as Azure wants it.
    const number = String(this.#blockIds.length).padStart(6, "0");
    const blockId = Buffer.from(`${this.#id}${number}`).toString("base64");
    await this.#blob.stageBlock(blockId, this.#block.subarray(0, this.#length), this.#length);
    this.#blockIds.push(blockId);
    this.#length = 0;
  }
}

/** Whoever creates a blob of this name takes the blocks away that are not committed. */
function hasLostBlocks(error: unknown): boolean {
  return error instanceof RestError && error.code === "InvalidBlockList";
}
