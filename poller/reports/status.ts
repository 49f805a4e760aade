import type { ContentType } from "../../activity-api/contentTypes.ts";
import { type DeadLetter, deadLetters } from "../ledger/deadLetters.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { WaitingContent } from "../ledger/ledgerHead.ts";
import type { PollerSettings } from "../settings.ts";
import { problemsOfSink, problemsOfSinkRuns, readSinkStatus, type SinkStatus } from "../sinks/sinkStatus.ts";
import type { Store } from "../store/store.ts";
import { StoreLayout } from "../store/storeLayout.ts";
import { type RunRecord, readRuns } from "./runHistory.ts";

/** How one content type stands. */
export interface ContentTypeStatus {
  contentType: ContentType;
  /** Up to when all content is listed and fetched, or pending. Absent before the first run. */
  listedUntil?: string;
  /** How far that is behind now. */
  behindSeconds?: number;
  /** When the newest content blob became available. */
  newestContent?: string;
  /** How long ago that was. */
  lagSeconds?: number;
  /** Content blobs that the next run tries again. */
  pending: WaitingContent[];
  /** Content blobs that were given up. */
  dead: DeadLetter[];
}

/** How the poller of one tenant stands. */
export interface Status {
  /** Name of the tenant, where there are several. */
  tenant?: string;
  tenantId: string;
  at: string;
  isWell: boolean;
  /** What somebody should look at. */
  problems: string[];
  contentTypes: ContentTypeStatus[];
  /** Those that a run has named in the last eight days. */
  sinks: SinkStatus[];
  /** The last runs, the newest first. */
  runs: RunRecord[];
}

export interface StatusQuestion {
  settings: Pick<PollerSettings, "tenantId" | "contentTypes" | "store" | "ledger"> &
    Partial<Pick<PollerSettings, "tenant">>;
  ledgerStore: Store;
  now: Date;
  /** From which distance on between now and what is listed the poller is thought to stand still. */
  mostBehindMinutes: number;
}

/** Reads how things stand from the ledger: the service is not asked. */
export async function readStatus(question: StatusQuestion): Promise<Status> {
  const { settings, ledgerStore, now, mostBehindMinutes } = question;
  const layout = new StoreLayout(settings);
  const contentTypes: ContentTypeStatus[] = [];
  const ledgers: { ledger: Ledger; prefix: string }[] = [];
  for (const contentType of settings.contentTypes) {
    const prefix = layout.ledgerPrefix(contentType);
    const ledger = await Ledger.open(ledgerStore, prefix);
    ledgers.push({ ledger, prefix });
    contentTypes.push(await contentTypeStatus(contentType, ledger, now));
  }
  const runs = (await readRuns(ledgerStore, layout.runsName)).reverse();
  const sinks = await readSinkStatus({ ledgerStore, ledgers, lastRun: runs[0], now });
  const problems = [
    ...problemsOfRun(runs[0]),
    ...problemsOfSinkRuns(runs[0]),
    ...contentTypes.flatMap(status => problemsOf(status, mostBehindMinutes)),
    ...sinks.flatMap(status => problemsOfSink(status, mostBehindMinutes)),
  ];
  const { tenant, tenantId } = settings;
  return {
    ...(tenant === undefined ? {} : { tenant }),
    tenantId,
    at: now.toISOString(),
    isWell: problems.length === 0,
    problems,
    contentTypes,
    sinks,
    runs,
  };
}

async function contentTypeStatus(
  contentType: ContentType,
  ledger: Ledger,
  now: Date,
): Promise<ContentTypeStatus> {
  const { listedUntil, newestContent, waiting } = ledger.head;
  return {
    contentType,
    listedUntil,
    behindSeconds: secondsSince(listedUntil, now),
    newestContent,
    lagSeconds: secondsSince(newestContent, now),
    pending: waiting,
    dead: await deadLetters(ledger),
  };
}

function problemsOfRun(last: RunRecord | undefined): string[] {
  if (last === undefined) return ["No run has ended yet."];
  const errors = [last.error, ...last.contentTypes.map(({ error }) => error)];
  return errors.flatMap(error => (error === undefined ? [] : [`The last run failed: ${error}`]));
}

function problemsOf(status: ContentTypeStatus, mostBehindMinutes: number): string[] {
  const { contentType, listedUntil, behindSeconds, dead } = status;
  const problems: string[] = [];
  if (behindSeconds === undefined) problems.push(`${contentType} was never listed to its end.`);
  else if (behindSeconds > mostBehindMinutes * 60)
    problems.push(
      `${contentType} is listed until ${listedUntil} only, more than ${mostBehindMinutes} minutes ago.`,
    );
  if (dead.length > 0)
    problems.push(
      `${dead.length} content blobs of ${contentType} were given up. Have them tried again with "replay".`,
    );
  return problems;
}

function secondsSince(time: string | undefined, now: Date): number | undefined {
  if (time === undefined) return undefined;
  return Math.max(0, Math.round((now.getTime() - Date.parse(time)) / 1000));
}
