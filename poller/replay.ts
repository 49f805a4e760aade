import type { ContentType } from "../activity-api/contentTypes.ts";
import { type DeadLetter, deadLetters } from "./ledger/deadLetters.ts";
import { Ledger } from "./ledger/ledger.ts";
import type { LedgerHead } from "./ledger/ledgerHead.ts";
import type { PollerSettings } from "./settings.ts";
import type { Store } from "./store/store.ts";
import { StoreLayout } from "./store/storeLayout.ts";

/** The service keeps a content blob this long; `contentExpiration` says the same. */
const CONTENT_LIFETIME_MILLISECONDS = 7 * 86_400_000;

export interface ReplayedContent extends DeadLetter {
  contentType: ContentType;
}

/** What became of the wish to have dead content tried again. */
export interface Replay {
  /** Pending again, with all their runs before them. */
  replayed: ReplayedContent[];
  /** The service does not keep these any more: they stay dead. */
  expired: ReplayedContent[];
  /** Of the given ids, those of no content that is dead. */
  notDead: string[];
}

export interface ReplayQuestion {
  settings: Pick<PollerSettings, "tenantId" | "contentTypes" | "store" | "ledger">;
  ledgerStore: Store;
  /** Which content blobs; none for all that are dead. */
  contentIds: readonly string[];
  now: Date;
}

/** Has content blobs that were given up tried again by the next run. Pollers may be at work. */
export async function replay({ settings, ledgerStore, contentIds, now }: ReplayQuestion): Promise<Replay> {
  const layout = new StoreLayout(settings);
  const replayed: ReplayedContent[] = [];
  const expired: ReplayedContent[] = [];
  for (const contentType of settings.contentTypes) {
    const ledger = await Ledger.open(ledgerStore, layout.ledgerPrefix(contentType));
    const asked = (await deadLetters(ledger))
      .filter(({ contentId }) => contentIds.length === 0 || contentIds.includes(contentId))
      .map(letter => ({ ...letter, contentType }));
    const fetchable = asked.filter(letter => !isExpired(letter, now));
    expired.push(...asked.filter(letter => isExpired(letter, now)));
    replayed.push(...fetchable);
    if (fetchable.length > 0) await ledger.commit(head => letWait(head, fetchable, now));
  }
  const found = new Set([...replayed, ...expired].map(({ contentId }) => contentId));
  return { replayed, expired, notDead: contentIds.filter(contentId => !found.has(contentId)) };
}

export function describeReplay({ replayed, expired, notDead }: Replay): string {
  const isOne = replayed.length === 1;
  return [
    ...replayed.map(
      ({ contentType, contentId, reason }) => `  pending  ${contentType} ${contentId}: ${reason}`,
    ),
    ...expired.map(
      ({ contentType, contentId, contentCreated }) =>
        `  expired  ${contentType} ${contentId}: it became available at ${contentCreated}, and the service keeps content for seven days`,
    ),
    ...notDead.map(contentId => `  not dead ${contentId}: see "status" for the ids of what is dead`),
    replayed.length === 0
      ? "Nothing is tried again."
      : `The next run tries ${replayed.length} content ${isOne ? "blob" : "blobs"} again.`,
  ].join("\n");
}

function isExpired({ contentCreated }: DeadLetter, now: Date): boolean {
  return Date.parse(contentCreated) + CONTENT_LIFETIME_MILLISECONDS <= now.getTime();
}

/** That it waits makes it unsettled, whatever its day says. */
function letWait(head: LedgerHead, letters: readonly DeadLetter[], now: Date): void {
  const waiting = new Set(head.waiting.map(({ contentId }) => contentId));
  for (const { contentId, contentUri, contentCreated, reason } of letters)
    if (!waiting.has(contentId))
      head.waiting.push({
        contentId,
        contentUri,
        contentCreated,
        attempts: 0,
        since: now.toISOString(),
        reason,
      });
}
