import { createHash } from "node:crypto";

/**
 * Stands for an event `Id` in the ledger: 96 bits of a hash, so that an id of any length takes 16 characters. Among a
 * million ids, the chance that any two share a key is below one in 10^17.
 */
export function eventKeyOf(id: string): string {
  return createHash("shake128", { outputLength: 12 }).update(id).digest("base64");
}

/** As many keys as take some 50 MB. Defender events of a large tenant do not get there in a week; all events may. */
export const MOST_EVENT_KEYS = 500_000;

const NEWLINE = 0x0a;

/** The keys of the events that were put into the store on one day. As a document it is text with one key to a line. */
export class EventKeyDay {
  readonly #keys: Set<string>;

  private constructor(keys: Iterable<string>) {
    this.#keys = new Set(keys);
  }

  static empty(): EventKeyDay {
    return new EventKeyDay([]);
  }

  static parse(document: Buffer): EventKeyDay {
    return new EventKeyDay(
      document
        .toString()
        .split("\n")
        .filter(key => key !== ""),
    );
  }

  /** Key by key into one piece of memory: text in between would be several times as long, and stay for a while. */
  format(): Buffer {
    let length = 0;
    for (const key of this.#keys) length += key.length + 1;
    const document = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const key of this.#keys) {
      at += document.write(key, at, "latin1");
      document[at] = NEWLINE;
      at += 1;
    }
    return document;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Adds the keys, and forgets the oldest of the day when there are more than `most`. Says whether any was new. */
  add(keys: readonly string[], most: number): boolean {
    const before = this.#keys.size;
    for (const key of keys) this.#keys.add(key);
    const isChanged = this.#keys.size > before;
    for (const key of this.#keys) {
      if (this.#keys.size <= most) break;
      this.#keys.delete(key);
    }
    return isChanged;
  }

  get size(): number {
    return this.#keys.size;
  }
}
