import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

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
  detail?: string | { contentUri: string; reason: string };
}

/** When two pollers disagree, what was stored counts more than what was not. */
const RANK: Record<ContentState, number> = { dead: 0, filtered: 1, delivered: 2 };

/**
 * The settled content blobs that became available on one day. As a document it is gzipped text with one JSON array to a
 * line, state, time, content id and detail, so that zgrep finds what became of a content blob.
 */
export class ContentDay {
  readonly #contents = new Map<string, SettledContent>();

  /** @throws SyntaxError or TypeError when the document is damaged. */
  static async parse(document: Buffer): Promise<ContentDay> {
    const day = new ContentDay();
    // Event blobs are named by thousands of lines each: one string for all of them.
    const details = new Map<string, string>();
    for (const line of (await promisify(gunzip)(document)).toString().split("\n")) {
      if (line === "") continue;
      const [state, created, contentId, detail] = JSON.parse(line) as [ContentState, string, string, string?];
      const content: SettledContent = { contentId, created: new Date(created), state };
      if (detail !== undefined)
        content.detail = typeof detail === "string" ? shared(details, detail) : detail;
      day.#contents.set(contentId, content);
    }
    return day;
  }

  /** The document. */
  async format(): Promise<Buffer> {
    const lines: string[] = [];
    for (const { state, created, contentId, detail } of this.#contents.values())
      lines.push(
        `${JSON.stringify([state, created, contentId, detail].filter(value => value !== undefined))}\n`,
      );
    return promisify(gzip)(lines.join(""));
  }

  has(contentId: string): boolean {
    return this.#contents.has(contentId);
  }

  /** Says whether this is new. */
  add(content: SettledContent): boolean {
    const known = this.#contents.get(content.contentId);
    if (known !== undefined && RANK[known.state] >= RANK[content.state]) return false;
    this.#contents.set(content.contentId, content);
    return true;
  }

  get size(): number {
    return this.#contents.size;
  }

  contents(): Iterable<SettledContent> {
    return this.#contents.values();
  }
}

function shared(strings: Map<string, string>, text: string): string {
  const first = strings.get(text);
  if (first !== undefined) return first;
  strings.set(text, text);
  return text;
}
