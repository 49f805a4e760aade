import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { whileThereIsSpace } from "./diskFullError.ts";
import { hasCode } from "./errorCode.ts";
import { type ObjectWriter, type ReadableStore, StoreConflictError, type StoredDocument } from "./store.ts";
import { UnfinishedFile } from "./unfinishedFile.ts";

/** Where files are written before they get their names; on the same file system, as a link needs. */
const UNFINISHED = ".unfinished";
/** No write takes that long: what is older was left by a process that was killed. */
const LEFT_BEHIND_MILLISECONDS = 3_600_000;

/**
 * A store in a folder. A file is written under another name, flushed to disk, and gets its name with a hard link, which
 * fails when the name is taken: so a file is never half there, and never replaced.
 *
 * A document is a row of files, `head.json.1`, `head.json.2` and so on, of which the last counts: the one who links the
 * next number has changed it, and everybody else knows that he has not. A lock file would do the same until the process
 * that holds it is killed.
 */
export class FolderStore implements ReadableStore {
  readonly #root: string;
  #swept: Promise<void> | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  async create(name: string, bytes: Buffer): Promise<boolean> {
    return this.#write(this.#path(name), bytes);
  }

  async begin(name: string): Promise<ObjectWriter> {
    const file = await whileThereIsSpace(this.#root, () => this.#begin(this.#path(name)));
    return {
      write: bytes => whileThereIsSpace(this.#root, () => file.write(bytes)),
      commit: () => whileThereIsSpace(this.#root, () => file.commit()),
      discard: () => file.discard(),
    };
  }

  async size(name: string): Promise<number | undefined> {
    return unlessMissing(async () => (await stat(this.#path(name))).size);
  }

  async stream(name: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const file = await unlessMissing(() => open(this.#path(name)));
    return file?.createReadStream();
  }

  async read(name: string): Promise<StoredDocument | undefined> {
    for (;;) {
      const version = (await this.#versions(name)).at(-1);
      if (version === undefined) return undefined;
      const bytes = await unlessMissing(() => readFile(this.#versionPath(name, version)));
      // Somebody wrote a newer one and removed this one in between.
      if (bytes !== undefined) return { bytes, version: String(version) };
    }
  }

  async replace(name: string, bytes: Buffer, version: string | undefined): Promise<string> {
    const next = Number(version ?? 0) + 1;
    if (!(await this.#write(this.#versionPath(name, next), bytes))) throw new StoreConflictError(name);
    const versions = await this.#versions(name);
    // Either the number was free only because it had been used and removed, or somebody has gone on from here already.
    if (versions.at(-1) !== next) throw new StoreConflictError(name);
    await this.#removeVersions(name, versions.slice(0, -1));
    return String(next);
  }

  async list(prefix: string): Promise<string[]> {
    const folder = dirname(this.#path(`${prefix}_`));
    const entries = await unlessMissing(() => readdir(folder, { recursive: true, withFileTypes: true }));
    const files = (entries ?? [])
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name));
    const names = files.map(file =>
      file
        .slice(this.#root.length + 1)
        .replaceAll(sep, "/")
        .replace(/\.\d+$/, ""),
    );
    return [...new Set(names)].filter(name => name.startsWith(prefix)).sort();
  }

  async remove(name: string): Promise<void> {
    await this.#removeVersions(name, await this.#versions(name));
  }

  /** The numbers of a document's versions that are there, the newest last. */
  async #versions(name: string): Promise<number[]> {
    const path = this.#path(name);
    const beginning = `${path.slice(dirname(path).length + 1)}.`;
    const files = (await unlessMissing(() => readdir(dirname(path)))) ?? [];
    return files
      .filter(file => file.startsWith(beginning) && /^\d+$/.test(file.slice(beginning.length)))
      .map(file => Number(file.slice(beginning.length)))
      .sort((one, other) => one - other);
  }

  async #removeVersions(name: string, versions: number[]): Promise<void> {
    for (const version of versions) await rm(this.#versionPath(name, version), { force: true });
  }

  /** Says whether the name was free. */
  #write(path: string, bytes: Buffer): Promise<boolean> {
    return whileThereIsSpace(this.#root, async () => {
      const file = await this.#begin(path);
      try {
        await file.write(bytes);
        return await file.commit();
      } finally {
        await file.discard();
      }
    });
  }

  async #begin(path: string): Promise<UnfinishedFile> {
    const unfinished = join(this.#root, UNFINISHED, randomUUID());
    await mkdir(dirname(unfinished), { recursive: true });
    const file = await UnfinishedFile.create(unfinished, path);
    this.#swept ??= this.#sweep(unfinished);
    await this.#swept;
    return file;
  }

  /**
   * Removes what killed processes left behind. By the clock of the file system, which a file of this moment tells: with
   * the clock of this machine, one that is ahead would remove what another poller is just writing.
   */
  async #sweep(justWritten: string): Promise<void> {
    const now = (await stat(justWritten)).mtimeMs;
    const folder = join(this.#root, UNFINISHED);
    for (const file of await readdir(folder)) {
      const written = await unlessMissing(() => stat(join(folder, file)));
      if (written !== undefined && now - written.mtimeMs > LEFT_BEHIND_MILLISECONDS)
        await rm(join(folder, file), { force: true });
    }
  }

  #path(name: string): string {
    return join(this.#root, ...name.split("/"));
  }

  #versionPath(name: string, version: number): string {
    return `${this.#path(name)}.${version}`;
  }
}

async function unlessMissing<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}
