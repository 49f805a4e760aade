import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { EventBlobHoldings } from "./ledgerHead.ts";

/** How a content blob ended. */
export const ContentState = {
  /** Its wanted events are in the store. */
  delivered: "delivered",
  /** It held no event that was wanted and not in the store already. */
  filtered: "filtered",
  /** It was given up. */
  dead: "dead",
} as const;
export type ContentState = (typeof ContentState)[keyof typeof ContentState];

/** What is known of a content blob that nothing more is to be done with. */
export interface SettledContent {
  contentId: string;
  created: Date;
  state: ContentState;
  /** Of a delivered one, the event blob that holds its events; of a dead one, its contentUri and why it was given up. */
  detail?: string | DeadDetail;
}

export interface DeadDetail {
  contentUri: string;
  reason: string;
}

/** An event blob that is in the store. */
export interface StoredEventBlob {
  name: string;
  /** When one of its content blobs became available. They are all of one hour. */
  created: Date;
  holds: EventBlobHoldings;
}

/** What begins the line of an event blob. */
const STORED = "stored";

/** When two pollers disagree, what was stored counts more than what was not. */
const RANK: Record<ContentState, number> = { dead: 0, filtered: 1, delivered: 2 };

/**
 * The settled content blobs that became available on one day, and the event blobs that hold their events. As a document
 * it is gzipped text with one JSON array to a line, so that zgrep finds what became of a content blob: state, time,
 * content id and detail; or, for an event blob, `stored`, time, name and what it holds.
 */
export class ContentDay {
  readonly #contents = new Map<string, SettledContent>();
  readonly #eventBlobs = new Map<string, StoredEventBlob>();

  /** @throws SyntaxError or TypeError when the document is damaged. */
  static async parse(document: Buffer): Promise<ContentDay> {
    const day = new ContentDay();
    // Event blobs are named by thousands of lines each: one string for all of them.
    const details = new Map<string, string>();
    const lines = (await promisify(gunzip)(document)).toString().trimEnd();
    // One array of all lines is parsed in half the time that they take one by one.
    for (const line of JSON.parse(`[${lines.replaceAll("\n", ",")}]`)) day.#addLine(line, details);
    return day;
  }

  /** The document. */
  async format(): Promise<Buffer> {
    const lines: string[] = [];
    for (const { state, created, contentId, detail } of this.#contents.values())
      lines.push(
        `${JSON.stringify([state, created, contentId, detail].filter(value => value !== undefined))}\n`,
      );
    for (const { name, created, holds } of this.#eventBlobs.values())
      lines.push(`${JSON.stringify([STORED, created, name, holds])}\n`);
    return promisify(gzip)(lines.join(""));
  }

  /** How a content blob ended; undefined when it has not. */
  stateOf(contentId: string): ContentState | undefined {
    return this.#contents.get(contentId)?.state;
  }

  /** Says whether this is new. */
  add(entry: SettledContent | StoredEventBlob): boolean {
    return "contentId" in entry ? this.#addContent(entry) : this.#addEventBlob(entry);
  }

  get size(): number {
    return this.#contents.size;
  }

  contents(): Iterable<SettledContent> {
    return this.#contents.values();
  }

  eventBlobs(): Iterable<StoredEventBlob> {
    return this.#eventBlobs.values();
  }

  #addContent(content: SettledContent): boolean {
    const known = this.#contents.get(content.contentId);
    if (known !== undefined && RANK[known.state] >= RANK[content.state] && !isDeadAnew(known, content))
      return false;
    this.#contents.set(content.contentId, content);
    return true;
  }

  #addEventBlob(eventBlob: StoredEventBlob): boolean {
    if (this.#eventBlobs.has(eventBlob.name)) return false;
    this.#eventBlobs.set(eventBlob.name, eventBlob);
    return true;
  }

  #addLine([state, time, name, detail]: Line, details: Map<string, string>): void {
    const created = new Date(time);
    if (state === STORED) {
      this.#eventBlobs.set(name, { name, created, holds: detail as EventBlobHoldings });
      return;
    }
    const content: SettledContent = { contentId: name, created, state };
    if (typeof detail === "string") content.detail = shared(details, detail);
    else if (detail !== undefined) content.detail = detail as DeadDetail;
    this.#contents.set(name, content);
  }
}

/** It was tried again, and the reason is another one now. */
function isDeadAnew(known: SettledContent, content: SettledContent): boolean {
  if (typeof known.detail !== "object" || typeof content.detail !== "object") return false;
  return known.detail.reason !== content.detail.reason;
}

type Line = [ContentState | typeof STORED, string, string, (string | DeadDetail | EventBlobHoldings)?];

function shared(strings: Map<string, string>, text: string): string {
  const first = strings.get(text);
  if (first !== undefined) return first;
  strings.set(text, text);
  return text;
}
