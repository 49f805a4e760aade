import { KeySet } from "./keySet.ts";

/** What is in an event blob, so that it can be proved later. */
export interface EventBlobHoldings {
  events: number;
  /** Compressed. */
  bytes: number;
  /** Of the compressed bytes, in hexadecimal. */
  sha256: string;
}

/** An event blob that is about to be written, with all that the ledger says once it is. */
export interface PlannedBatch {
  /** Name of the event blob. */
  eventBlob: string;
  plannedAt: string;
  /** The content blobs that it empties. */
  contents: { contentId: string; contentCreated: string }[];
  /** The keys of its events. */
  eventKeys: KeySet;
  holds: EventBlobHoldings;
}

/** A content blob that could not be fetched or read yet. */
export interface WaitingContent {
  contentId: string;
  contentUri: string;
  contentCreated: string;
  /** How many runs have failed that count against it. */
  attempts: number;
  /** When it failed first. */
  since: string;
  reason: string;
}

/** A sink that event blobs are marked for: see `registerSinks`. */
export interface RegisteredSink {
  /**
   * Names this registration in the markers. A sink that is dropped and comes back has another one, so that whoever is
   * still removing the markers of the old one takes away none of the new.
   */
  registration: string;
  /** When a run was last told of the sink. */
  seenAt: string;
  /** Whether the event blobs of before it was registered are marked too. */
  isSeeded: boolean;
}

/**
 * The document that all changes of a ledger go through, one after the other: everything in it changes at once. Times are
 * those of the service, in ISO form.
 */
export interface LedgerHead {
  format: typeof FORMAT;
  /** Up to when all content is listed, and each content blob settled or waiting. */
  listedUntil?: string;
  /** When all seven days were last listed anew. */
  sweptAt?: string;
  /** When the newest content blob became available. */
  newestContent?: string;
  /** The day on which days that cannot be listed any more were last removed. */
  prunedOn?: string;
  /** From when on the poller may send another start of the subscription, after one that was in vain. */
  nextStartAllowedAt?: string;
  planned: PlannedBatch[];
  waiting: WaitingContent[];
  /** The sinks that event blobs are marked for, by name. */
  sinks?: Record<string, RegisteredSink>;
}

const FORMAT = 1;

export function emptyHead(): LedgerHead {
  return { format: FORMAT, planned: [], waiting: [] };
}

/** @throws Error when the document is not what this version of the poller writes. */
export function parseHead(document: Buffer): LedgerHead {
  const head = JSON.parse(document.toString(), (key, value) =>
    key === "eventKeys" ? KeySet.parse(value) : value,
  ) as LedgerHead;
  if (head.format === FORMAT && Array.isArray(head.planned) && Array.isArray(head.waiting)) return head;
  throw new Error(
    `it has the format ${JSON.stringify(head.format)} and this poller knows the format ${FORMAT}`,
  );
}

export function formatHead(head: LedgerHead): Buffer {
  return Buffer.from(`${JSON.stringify(head, undefined, 1)}\n`);
}

/** A sink by its name, which may be that of something that every object has. */
export function registeredSink(
  { sinks = {} }: Readonly<LedgerHead>,
  name: string,
): RegisteredSink | undefined {
  return Object.hasOwn(sinks, name) ? sinks[name] : undefined;
}
