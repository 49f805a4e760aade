import type { SinkSummary } from "../sinks/sinkSummary.ts";
import { type Store, StoreConflictError } from "../store/store.ts";
import { type ContentTypeSummary, type RunSummary, storedEvents } from "./summary.ts";

const RUNS_KEPT = 20;
/** Other pollers write here too, though hardly at the same moment. */
const MOST_TRIES = 5;

/** What is kept of a run over one content type. */
export type ContentTypeRun = Pick<
  ContentTypeSummary,
  | "contentType"
  | "subscription"
  | "heldBy"
  | "isComplete"
  | "error"
  | "listed"
  | "fetched"
  | "delivered"
  | "filtered"
  | "lagSeconds"
  | "behindSeconds"
> & { events: number; pending: number; dead: number };

/** What is kept of what a run did for a sink. */
export type SinkRun = Pick<
  SinkSummary,
  "sink" | "isComplete" | "error" | "delivered" | "refused" | "pending" | "lagSeconds"
> & { lost: number };

/** What is kept of a run. */
export interface RunRecord {
  startedAt: string;
  durationSeconds: number;
  isComplete: boolean;
  /** Why there was not even a list of the subscriptions. */
  error?: string;
  contentTypes: ContentTypeRun[];
  /** Absent in the records of older versions. */
  sinks?: SinkRun[];
}

export function recordOf(summary: RunSummary): RunRecord {
  const { startedAt, durationSeconds, isComplete, contentTypes, sinks } = summary;
  return {
    startedAt,
    durationSeconds,
    isComplete,
    contentTypes: contentTypes.map(contentTypeRun),
    sinks: sinks.map(sinkRun),
  };
}

export function recordOfFailure(startedAt: Date, error: unknown, sinks: readonly SinkSummary[]): RunRecord {
  return {
    startedAt: startedAt.toISOString(),
    durationSeconds: (Date.now() - startedAt.getTime()) / 1000,
    isComplete: false,
    error: error instanceof Error ? error.message : String(error),
    contentTypes: [],
    sinks: sinks.map(sinkRun),
  };
}

/** The last runs, the newest last. They are for people: a document that cannot be read is as good as none. */
export async function readRuns(store: Store, name: string): Promise<RunRecord[]> {
  const document = await store.read(name);
  return document === undefined ? [] : parseRuns(document.bytes);
}

/** Adds a run, and lets go of the oldest. */
export async function addRun(store: Store, name: string, run: RunRecord): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const document = await store.read(name);
    const runs = [...(document === undefined ? [] : parseRuns(document.bytes)), run].slice(-RUNS_KEPT);
    try {
      await store.replace(name, Buffer.from(`${JSON.stringify(runs, undefined, 1)}\n`), document?.version);
      return;
    } catch (error) {
      if (!(error instanceof StoreConflictError) || attempt >= MOST_TRIES) throw error;
    }
  }
}

function parseRuns(document: Buffer): RunRecord[] {
  try {
    const runs = JSON.parse(document.toString());
    return Array.isArray(runs) ? runs : [];
  } catch {
    return [];
  }
}

function sinkRun({ refusedReasons, lost, ...rest }: SinkSummary): SinkRun {
  return { ...rest, lost: lost.length };
}

function contentTypeRun(summary: ContentTypeSummary): ContentTypeRun {
  const { contentType, subscription, heldBy, isComplete, error, listed, fetched, delivered, filtered } =
    summary;
  const { lagSeconds, behindSeconds, eventBlobs, pending, dead } = summary;
  return {
    contentType,
    subscription,
    heldBy,
    isComplete,
    error,
    listed,
    fetched,
    delivered,
    filtered,
    events: storedEvents(eventBlobs),
    pending: pending.length,
    dead: dead.length,
    lagSeconds,
    behindSeconds,
  };
}
