import type { ContentType } from "../../activity-api/contentTypes.ts";
import { type Counts, total } from "../collection/counts.ts";
import type { EventBlob } from "../delivery/delivery.ts";
import type { HeldLease } from "../ledger/lease.ts";
import { describeSink, type SinkSummary } from "../sinks/sinkSummary.ts";

/** A content blob that could not be fetched or read. */
export interface FailedContent {
  contentId: string;
  /** How many runs have failed that count against it. */
  attempts: number;
  /** When it failed first. */
  since: string;
  reason: string;
}

/** A time in which there may have been no subscription. Content of that time cannot be collected. */
export interface UnsubscribedSpan {
  /** Up to when content was listed before; undefined when nothing ever was. */
  from: string | undefined;
  to: string;
}

/** One run over one content type. Times are the service's, in ISO form. */
export interface ContentTypeSummary {
  contentType: ContentType;
  /** The subscription as the service listed it when the run began: enabled, missing, or in the service's own word. */
  subscription: string;
  /** Another poller is at work, and this run left the content type to it: then the rest says nothing. */
  heldBy?: HeldLease;
  /** There was no enabled subscription, and this run enabled it. */
  healed?: UnsubscribedSpan;
  /** Whether everything that is listed is in the store, or was found not to be wanted. */
  isComplete: boolean;
  /** Why the run over this content type ended early. */
  error?: string;
  /** Whether the run ended early because its time was up, or because it was told to end. */
  isCutShort: boolean;
  /** Content blobs that were listed for the first time. */
  listed: number;
  /** Content blobs that were listed and had been settled before. */
  known: number;
  /** Content blobs that were fetched and read. */
  fetched: number;
  /** Of these, those with events for the store. */
  delivered: number;
  /** Of these, those without. */
  filtered: number;
  /** Events of wanted record types, by name. */
  kept: Counts;
  /** Events of other record types, by name. */
  dropped: Counts;
  /** Events that were kept and are in the store already. */
  duplicates: number;
  /** What was written to the store. */
  eventBlobs: EventBlob[];
  /** Requests to the service, but for the list of subscriptions. */
  requests: number;
  /** How often a request or the reading of a content blob was repeated within the run. */
  retried: number;
  /** How often the service said that the tenant's quota is used up. */
  throttled: number;
  /** Content blobs that wait for the next run. */
  pending: FailedContent[];
  /** Content blobs that were given up in this run. */
  dead: FailedContent[];
  /** Up to when all content is listed and fetched, or waits for the next run. */
  listedUntil?: string;
  /** How far that is behind now. */
  behindSeconds?: number;
  /**
   * From when on something is missing: since the oldest content blob that is pending, or since where listing got to when
   * that is not now. Absent when nothing is.
   */
  oldestGap?: string;
  /** How long ago the newest content blob became available. */
  lagSeconds?: number;
  /** Content that was not collected in time and can no longer be listed. */
  lost?: { from: string; to: string };
}

/** One run. */
export interface RunSummary {
  /** Name of the tenant, where there are several. */
  tenant?: string;
  tenantId: string;
  startedAt: string;
  durationSeconds: number;
  /** Whether everything that is listed, of every wanted content type, is delivered, to every sink too. */
  isComplete: boolean;
  contentTypes: ContentTypeSummary[];
  /** Empty for a backfill, which leaves the sinks to the next run. */
  sinks: SinkSummary[];
}

export function emptySummary(contentType: ContentType): ContentTypeSummary {
  return {
    contentType,
    subscription: "enabled",
    isComplete: false,
    isCutShort: false,
    listed: 0,
    known: 0,
    fetched: 0,
    delivered: 0,
    filtered: 0,
    kept: {},
    dropped: {},
    duplicates: 0,
    eventBlobs: [],
    requests: 0,
    retried: 0,
    throttled: 0,
    pending: [],
    dead: [],
  };
}

/** The summary for a log: with numbers where the whole has lists. Whose it is, is in every line already. */
export function loggedSummary({ tenant: _, ...summary }: RunSummary): object {
  return {
    ...summary,
    contentTypes: summary.contentTypes.map(({ eventBlobs, pending, dead, ...rest }) => ({
      ...rest,
      events: storedEvents(eventBlobs),
      eventBlobs: eventBlobs.length,
      pending: pending.length,
      dead: dead.length,
    })),
    sinks: summary.sinks.map(({ refusedReasons, lost, ...rest }) => ({ ...rest, lost: lost.length })),
  };
}

export function storedEvents(eventBlobs: readonly EventBlob[]): number {
  return eventBlobs.reduce((sum, { events }) => sum + events, 0);
}

/** The summary as lines for a person. */
export function describeSummary(summary: RunSummary): string {
  const heading = summary.isComplete
    ? `Everything listed is delivered (${summary.durationSeconds.toFixed(1)} s).`
    : `Not everything is delivered (${summary.durationSeconds.toFixed(1)} s).`;
  return [
    summary.tenant === undefined ? heading : `Tenant ${summary.tenant}: ${heading}`,
    ...summary.contentTypes.flatMap(describeContentType),
    ...summary.sinks.flatMap(describeSink),
  ].join("\n");
}

function describeContentType(summary: ContentTypeSummary): string[] {
  if (summary.heldBy !== undefined)
    return [
      `${summary.contentType}: left to another poller, which is at work: ${describeHeld(summary.heldBy)}`,
    ];
  const { contentType, listed, known, fetched, kept, dropped, duplicates, eventBlobs, pending, dead } =
    summary;
  const { requests, retried, throttled, oldestGap } = summary;
  return [
    `${contentType}: ${listed} content blobs listed (and ${known} known), ${fetched} fetched`,
    `  asked    ${requests} requests, ${retried} repeated${throttled > 0 ? `; the quota was used up ${throttled} times` : ""}`,
    `  kept     ${describeCounts(kept)}${duplicates > 0 ? `, of which ${duplicates} were in the store already` : ""}`,
    `  dropped  ${describeCounts(dropped)}`,
    ...eventBlobs.map(({ name, events, bytes }) => `  stored   ${name} (${events} events, ${bytes} bytes)`),
    ...pending.map(({ contentId, reason }) => `  pending  ${contentId}: ${reason}`),
    ...dead.map(
      ({ contentId, attempts, reason }) => `  dead     ${contentId} after ${attempts} runs: ${reason}`,
    ),
    ...(oldestGap === undefined ? [] : [`  missing  something since ${oldestGap}`]),
    ...(summary.healed ? [`  healed   ${describeHealed(summary)}`] : []),
    ...(summary.lost
      ? [`  lost     content from ${summary.lost.from} to ${summary.lost.to} can no longer be listed`]
      : []),
    ...(summary.isCutShort
      ? [`  The run ended before it was through; listed until ${summary.listedUntil ?? "nothing"}.`]
      : []),
    ...(summary.error === undefined ? [] : [`  ${summary.error}`]),
  ];
}

export function describeHeld({ holder, until }: HeldLease): string {
  return `${holder}, until ${until} or longer`;
}

export function describeHealed({ subscription, healed }: ContentTypeSummary): string {
  return (
    `the subscription was ${subscription} and is enabled again. Content that became available without it cannot be ` +
    `collected: somewhere from ${healed?.from ?? "the beginning"} to ${healed?.to}`
  );
}

function describeCounts(counts: Counts): string {
  const names = Object.entries(counts).sort(([, one], [, other]) => other - one);
  if (names.length === 0) return "no events";
  return `${total(counts)} events: ${names.map(([name, number]) => `${number} ${name}`).join(", ")}`;
}
