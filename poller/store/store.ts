/** A document as it was read: `version` names this very state of it. */
export interface StoredDocument {
  bytes: Buffer;
  version: string;
}

/** An object in the making: it is there once it is committed, and nobody sees anything of it before. */
export interface ObjectWriter {
  /** Adds to it. The bytes may be used for something else afterwards. */
  write(bytes: Buffer): Promise<void>;
  /** Makes what was written an object, unless there is one of its name. Says whether it did. */
  commit(): Promise<boolean>;
  /** Lets go of it, whether it is committed or not. What is not is gone. */
  discard(): Promise<void>;
}

/**
 * Where the poller keeps things: objects, which are written once and then stay as they are, and documents, which change.
 * Names are paths with slashes. Every write is there as a whole or not at all, and survives a crash once it is confirmed.
 */
export interface Store {
  /** Writes an object unless there is one of this name. Says whether it did. */
  create(name: string, bytes: Buffer): Promise<boolean>;
  /** Begins an object that is too long for memory. */
  begin(name: string): Promise<ObjectWriter>;
  /** The length of an object in bytes, or undefined when there is none. */
  size(name: string): Promise<number | undefined>;
  /** A document, or undefined when there is none. */
  read(name: string): Promise<StoredDocument | undefined>;
  /**
   * Writes a document if it is still of the given version; undefined means that there must be none yet.
   *
   * @returns the new version.
   * @throws StoreConflictError when somebody else was faster. That may have been this very call, repeated after an answer
   * that was lost: callers look at what is there now.
   */
  replace(name: string, bytes: Buffer, version: string | undefined): Promise<string>;
  /** The names of the documents that begin with `prefix`. */
  list(prefix: string): Promise<string[]>;
  /** Removes a document, which need not exist. */
  remove(name: string): Promise<void>;
}

/** A store whose objects can be read back, which collecting itself never does. */
export interface ReadableStore extends Store {
  /** An object in pieces, or undefined when there is none. */
  stream(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

/** A document is not of the expected version any more. */
export class StoreConflictError extends Error {
  override readonly name = "StoreConflictError";

  constructor(document: string) {
    super(`${document} was changed by somebody else.`);
  }
}
