import type { Content } from "../content/content.ts";
import { FailureKind } from "../content/contentFailure.ts";
import { ContentState, type SettledContent } from "../ledger/contentDay.ts";
import type { LedgerHead, WaitingContent } from "../ledger/ledgerHead.ts";

interface Failure {
  content: Content;
  kind: FailureKind;
  reason: string;
}

/** The content blobs of a run that could not be fetched or read, until the ledger knows them. */
export class Failures {
  readonly #attemptsPerBlob: number;
  readonly #failures = new Map<string, Failure>();

  constructor(attemptsPerBlob: number) {
    this.#attemptsPerBlob = attemptsPerBlob;
  }

  add(failure: Failure): void {
    this.#failures.set(failure.content.contentId, failure);
  }

  /**
   * What the ledger is to say of them now.
   *
   * @param head the ledger's head as it is.
   * @param isServiceWell whether other content blobs could be fetched. While the service as a whole fails, that says
   * nothing about a content blob, and must not lead to its being given up.
   */
  verdict(head: Readonly<LedgerHead>, isServiceWell: boolean, now: Date): Verdict {
    const known = new Map(head.waiting.map(waiting => [waiting.contentId, waiting]));
    const all = [...this.#failures.values()].map(({ content, kind, reason }): WaitingContent => {
      const before = known.get(content.contentId);
      const counts = kind === FailureKind.content || isServiceWell;
      return {
        contentId: content.contentId,
        contentUri: content.contentUri,
        contentCreated: content.created.toISOString(),
        attempts: (before?.attempts ?? 0) + (counts ? 1 : 0),
        since: before?.since ?? now.toISOString(),
        reason,
      };
    });
    const isDead = ({ attempts }: WaitingContent) => attempts >= this.#attemptsPerBlob;
    return { waiting: all.filter(content => !isDead(content)), dead: all.filter(isDead) };
  }

  /** Forgets those that the ledger knows. */
  remove({ waiting, dead }: Verdict): void {
    for (const { contentId } of [...waiting, ...dead]) this.#failures.delete(contentId);
  }
}

export interface Verdict {
  /** For another try in the next run. */
  waiting: WaitingContent[];
  /** Given up. */
  dead: WaitingContent[];
}

export function settledAsDead({
  contentId,
  contentUri,
  contentCreated,
  reason,
}: WaitingContent): SettledContent {
  const created = new Date(contentCreated);
  return { contentId, created, state: ContentState.dead, detail: { contentUri, reason } };
}

/** Enters what waits, and takes out what does not any more. */
export function updateWaiting(head: LedgerHead, verdict: Verdict, settledIds: ReadonlySet<string>): void {
  const changed = new Set([...verdict.waiting, ...verdict.dead].map(({ contentId }) => contentId));
  const others = head.waiting.filter(
    ({ contentId }) => !changed.has(contentId) && !settledIds.has(contentId),
  );
  head.waiting = [...others, ...verdict.waiting];
}

/** What waits, the content blobs with the fewest failures and the oldest of them first. */
export function waitingContents(head: Readonly<LedgerHead>): Content[] {
  return head.waiting
    .toSorted(
      (one, other) => one.attempts - other.attempts || one.contentCreated.localeCompare(other.contentCreated),
    )
    .map(({ contentId, contentUri, contentCreated }) => ({
      contentId,
      contentUri,
      created: new Date(contentCreated),
    }));
}
