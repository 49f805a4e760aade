import { ContentState, type SettledContent, type StoredEventBlob } from "../ledger/contentDay.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerHead, PlannedBatch } from "../ledger/ledgerHead.ts";

/**
 * Enters plans whose event blobs are in the store into the days of the ledger, and the event blobs into the outboxes of
 * sinks. Doing it twice does no harm.
 */
export async function recordPlans(ledger: Ledger, plans: readonly PlannedBatch[]): Promise<void> {
  await ledger.recordEvents(plans);
  await ledger.recordContents(plans.flatMap(plan => [...delivered(plan), stored(plan)]));
  await ledger.recordForSinks(plans);
}

/** Takes plans out of the head, which are recorded or called off. */
export function dropPlans(head: LedgerHead, plans: readonly PlannedBatch[]): void {
  const names = new Set(plans.map(plan => plan.eventBlob));
  head.planned = head.planned.filter(plan => !names.has(plan.eventBlob));
}

function delivered(plan: PlannedBatch): SettledContent[] {
  return plan.contents.map(({ contentId, contentCreated }) => ({
    contentId,
    created: new Date(contentCreated),
    state: ContentState.delivered,
    detail: plan.eventBlob,
  }));
}

function stored({ eventBlob, contents, holds }: PlannedBatch): StoredEventBlob {
  return { name: eventBlob, created: new Date(contents[0]!.contentCreated), holds };
}
