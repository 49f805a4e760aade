import type { Ledger } from "../ledger/ledger.ts";
import type { RunRecord } from "../reports/runHistory.ts";
import type { Store } from "../store/store.ts";
import { Outbox, plannedAt } from "./outbox.ts";
import { RefusedEvents } from "./refusedEvents.ts";

/** Documents of refused events that are read for their reasons. */
const DOCUMENTS_READ = 5;

/** How one sink stands, over all content types. */
export interface SinkStatus {
  sink: string;
  /** Whether the last run sent to it. One that no run sends to any more is dropped after eight days. */
  isConfigured: boolean;
  /** Event blobs that wait. */
  pending: number;
  /** When the oldest of them was stored. */
  pendingSince?: string;
  /** How long ago that was. */
  lagSeconds?: number;
  /** Events that the sink has refused, and nobody had sent again. */
  refused: number;
  /** Why, each reason once; of the first few. */
  refusedReasons: string[];
}

export interface SinkStatusQuestion {
  ledgerStore: Store;
  ledgers: readonly { ledger: Ledger; prefix: string }[];
  lastRun: RunRecord | undefined;
  now: Date;
}

/** Reads how every registered sink stands. */
export async function readSinkStatus(question: SinkStatusQuestion): Promise<SinkStatus[]> {
  const names = new Set(question.ledgers.flatMap(({ ledger }) => Object.keys(ledger.head.sinks ?? {})));
  return Promise.all([...names].sort().map(name => statusOf(name, question)));
}

/** What somebody should look at. */
export function problemsOfSink(status: SinkStatus, mostBehindMinutes: number): string[] {
  const { sink, isConfigured, pending, pendingSince, lagSeconds = 0, refused } = status;
  const problems: string[] = [];
  if (isConfigured && lagSeconds > mostBehindMinutes * 60)
    problems.push(
      `The sink ${sink} lacks ${pending} event blobs, the oldest since ${pendingSince}, more than ${mostBehindMinutes} minutes ago.`,
    );
  if (refused > 0)
    problems.push(
      `The sink ${sink} has refused ${refused} events. Have them sent again with "replay --sink ${sink}".`,
    );
  return problems;
}

/** What the last run says of the sinks. */
export function problemsOfSinkRuns(lastRun: RunRecord | undefined): string[] {
  return (lastRun?.sinks ?? []).flatMap(({ sink, error, lost }) => [
    ...(error === undefined ? [] : [`The last run could not deliver to the sink ${sink}: ${error}`]),
    ...(lost === 0 ? [] : [`${lost} event blobs were deleted or damaged before the sink ${sink} had them.`]),
  ]);
}

/** The status as lines for a person. */
export function describeSinkStatus(status: SinkStatus): string[] {
  const { sink, isConfigured, pending, pendingSince, refused, refusedReasons } = status;
  return [
    `Sink ${sink}${isConfigured ? "" : " (the last run did not send to it)"}`,
    `  pending  ${pending} event blobs${pendingSince === undefined ? "" : `, the oldest since ${pendingSince}`}`,
    `  refused  ${refused} events`,
    ...refusedReasons.map(reason => `    ${reason}`),
  ];
}

async function statusOf(sink: string, question: SinkStatusQuestion): Promise<SinkStatus> {
  const { ledgerStore, ledgers, lastRun, now } = question;
  const waiting: Date[] = [];
  const reasons = new Set<string>();
  let refused = 0;
  for (const { prefix } of ledgers) {
    for (const marker of await new Outbox(ledgerStore, prefix, sink).pending())
      waiting.push(plannedAt(marker));
    const kept = new RefusedEvents(ledgerStore, prefix, sink);
    const documents = await kept.refused();
    refused += documents.reduce((sum, { events }) => sum + events, 0);
    for (const document of documents.slice(0, DOCUMENTS_READ))
      for (const { reason } of (await kept.read(document)) ?? []) reasons.add(reason);
  }
  const oldest = waiting.toSorted((one, other) => one.getTime() - other.getTime())[0];
  return {
    sink,
    isConfigured: lastRun?.sinks?.some(run => run.sink === sink) ?? false,
    pending: waiting.length,
    pendingSince: oldest?.toISOString(),
    lagSeconds: oldest && Math.max(0, Math.round((now.getTime() - oldest.getTime()) / 1000)),
    refused,
    refusedReasons: [...reasons].slice(0, DOCUMENTS_READ),
  };
}
