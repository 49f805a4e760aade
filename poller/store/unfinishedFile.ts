import { type FileHandle, link, mkdir, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "./errorCode.ts";
import type { ObjectWriter } from "./store.ts";

/**
 * A file that is written under another name, and gets its own when it is on disk as a whole: with a hard link, which fails
 * when the name is taken.
 */
export class UnfinishedFile implements ObjectWriter {
  readonly #file: FileHandle;
  readonly #unfinished: string;
  readonly #path: string;

  private constructor(file: FileHandle, unfinished: string, path: string) {
    this.#file = file;
    this.#unfinished = unfinished;
    this.#path = path;
  }

  /** @param unfinished the other name, on the same file system. */
  static async create(unfinished: string, path: string): Promise<UnfinishedFile> {
    return new UnfinishedFile(await open(unfinished, "wx"), unfinished, path);
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes);
  }

  async commit(): Promise<boolean> {
    await this.#file.sync();
    await mkdir(dirname(this.#path), { recursive: true });
    try {
      await link(this.#unfinished, this.#path);
    } catch (error) {
      if (hasCode(error, "EEXIST")) return false;
      throw error;
    }
    await flush(dirname(this.#path));
    return true;
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.#unfinished, { force: true });
  }
}

/** A name is on disk when its folder is. Windows cannot open folders, and needs not. */
async function flush(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
