import { createHash } from "node:crypto";
import { KeySet } from "./keySet.ts";

/**
 * Stands for an event `Id` in the ledger: 96 bits of a hash, so that an id of any length takes 16 characters. Among a
 * million ids, the chance that any two share a key is below one in 10^17.
 */
export function eventKeyOf(id: string): string {
  return createHash("shake128", { outputLength: 12 }).update(id).digest("base64");
}

/** As many keys as take some 20 MB. Defender events of a large tenant do not get there in a week; all events may. */
export const MOST_EVENT_KEYS = 500_000;

const NEWLINE = 0x0a;
const LINE_BYTES = 17;

/** The keys of the events that were put into the store on one day. As a document it is text with one key to a line. */
export class EventKeyDay {
  #keys: KeySet;

  private constructor(keys: KeySet) {
    this.#keys = keys;
  }

  static empty(): EventKeyDay {
    return new EventKeyDay(new KeySet());
  }

  /** @throws TypeError when the document is damaged. */
  static parse(document: Buffer): EventKeyDay {
    const keys = new KeySet();
    for (let at = 0; at < document.length; ) {
      const newline = document.indexOf(NEWLINE, at);
      const end = newline === -1 ? document.length : newline;
      if (end > at) keys.add(document.toString("latin1", at, end));
      at = end + 1;
    }
    return new EventKeyDay(keys);
  }

  /** Key by key into one piece of memory: text in between would be several times as long, and stay for a while. */
  format(): Buffer {
    const document = Buffer.alloc(this.#keys.size * LINE_BYTES, NEWLINE);
    let at = 0;
    for (const key of this.#keys) {
      document.write(key, at, "latin1");
      at += LINE_BYTES;
    }
    return document;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Adds the keys, and forgets the oldest of the day when there are more than `most`. Says whether any was new. */
  add(keys: KeySet, most: number): boolean {
    const before = this.#keys.size;
    this.#keys.addAll(keys);
    const isChanged = this.#keys.size > before;
    if (this.#keys.size > most) this.#keys = this.#keys.last(most);
    return isChanged;
  }

  get size(): number {
    return this.#keys.size;
  }
}
