import { contentIdFor } from "./contentIds.ts";
import type { ContentType } from "./contentTypes.ts";

/** Events that are produced anew for every reader, for bodies that should not be held in memory. */
export type EventSource = () => Iterable<string> | AsyncIterable<string>;

/** A bundle of events that is listed and fetched as one. */
export interface ContentBlob {
  /** Order of publication, counted over all tenants. */
  sequence: number;
  tenantId: string;
  contentType: ContentType;
  contentId: string;
  created: number;
  expires: number;
  listedAt: number;
  /** The JSON array as it is served, or where its events come from. */
  body: Buffer | EventSource;
}

export type NewContentBlob = Omit<ContentBlob, "sequence" | "contentId">;

/** A place in the order in which blobs are listed. */
export type Position = Pick<ContentBlob, "listedAt" | "sequence">;

/** Which blobs a subscription may list at a moment. */
export interface ContentFilter {
  /** Creation times, start inclusive, end exclusive. */
  createdFrom: number;
  createdBefore: number;
  /** Blobs that become listed later than this are not there yet. */
  listedBy: number;
  /** Only blobs behind this position. */
  after?: Position;
}

/** Every content blob of every tenant, in the order in which they become listed. */
export class ContentStore {
  readonly #listings = new Map<string, ContentBlob[]>();
  readonly #byId = new Map<string, ContentBlob>();
  readonly #bySequence = new Map<number, ContentBlob>();

  add(blob: NewContentBlob): ContentBlob {
    const sequence = this.#bySequence.size + 1;
    const contentId = contentIdFor(blob.contentType, blob.created, blob.created, sequence);
    const added = { ...blob, sequence, contentId };
    this.#byId.set(contentId.toLowerCase(), added);
    this.#bySequence.set(sequence, added);
    const listing = this.#listing(blob.tenantId, blob.contentType);
    listing.splice(indexBehind(listing, added), 0, added);
    return added;
  }

  /** Ids are compared without regard to letter case, like all of the path. */
  find(contentId: string): ContentBlob | undefined {
    return this.#byId.get(contentId.toLowerCase());
  }

  findSequence(sequence: number): ContentBlob | undefined {
    return this.#bySequence.get(sequence);
  }

  /** The first `limit` blobs that pass, and whether there are more. */
  page(
    tenantId: string,
    contentType: ContentType,
    filter: ContentFilter,
    limit: number,
  ): { blobs: ContentBlob[]; more: boolean } {
    const listing = this.#listing(tenantId, contentType);
    const blobs: ContentBlob[] = [];
    for (let index = indexBehind(listing, filter.after); index < listing.length; index++) {
      const blob = listing[index]!;
      if (blob.listedAt > filter.listedBy) break;
      if (blob.created < filter.createdFrom || blob.created >= filter.createdBefore) continue;
      if (blobs.length === limit) return { blobs, more: true };
      blobs.push(blob);
    }
    return { blobs, more: false };
  }

  #listing(tenantId: string, contentType: ContentType): ContentBlob[] {
    const key = `${tenantId} ${contentType}`;
    const listing = this.#listings.get(key) ?? [];
    this.#listings.set(key, listing);
    return listing;
  }
}

/** Index of the first blob behind `position`, by binary search: listings grow to 100,000 blobs and are paged through. */
function indexBehind(listing: readonly ContentBlob[], position: Position | undefined): number {
  let low = 0;
  let high = position === undefined ? 0 : listing.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBehind(listing[middle]!, position!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function isBehind(blob: Position, position: Position): boolean {
  return blob.listedAt === position.listedAt
    ? blob.sequence > position.sequence
    : blob.listedAt > position.listedAt;
}
