import type { ActivityApiClient, ContentItem, Usage } from "../../activity-api/client.ts";
import type { Clock } from "../../activity-api/clock.ts";
import type { ContentType } from "../../activity-api/contentTypes.ts";
import { ActivityApiError } from "../../activity-api/errors.ts";
import { ErrorAction } from "../../activity-api/errorTable.ts";
import { contentOf, dayOf } from "../content/content.ts";
import type { RecordTypeFilter } from "../content/recordTypeFilter.ts";
import type { Delivery, Flushed } from "../delivery/delivery.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerHead } from "../ledger/ledgerHead.ts";
import { type ContentTypeSummary, emptySummary } from "../reports/summary.ts";
import type { PollerSettings } from "../settings.ts";
import { ContentFetcher } from "./contentFetcher.ts";
import { addCounts, total } from "./counts.ts";
import { type Verdict, waitingContents } from "./failures.ts";
import { ListingProgress } from "./listingProgress.ts";
import { Pipeline } from "./pipeline.ts";
import { readAhead } from "./readAhead.ts";
import { earliestListed, lostSince, type Window, windowsSince, windowsWithin } from "./windows.ts";

/** How often a window is listed in one run when its pages change while they are read. */
const MOST_LISTINGS = 3;

export interface CollectionSettings {
  contentType: ContentType;
  client: ActivityApiClient;
  ledger: Ledger;
  delivery: Delivery;
  filter: RecordTypeFilter;
  limits: Pick<PollerSettings, "overlapMinutes" | "sweepIntervalHours" | "concurrency" | "attemptsPerBlob">;
  /** By the service's time. */
  clock: Clock;
  /** Tells when to take no new work. */
  stop: AbortSignal;
  /** Lists this span only, which moves no position; undefined for what is new. */
  span: Window | undefined;
}

/** Collects what there is of one content type. The summary says what went wrong; nothing is thrown. */
export function collect(settings: CollectionSettings): Promise<ContentTypeSummary> {
  return new Collection(settings).run();
}

/**
 * One run over one content type: first what is new, the oldest first; then what failed in earlier runs; then, at an
 * interval, all seven days anew, for content that was listed late. The next page is listed while content blobs are
 * fetched. One that fails is noted and holds up no other. Or, instead of all this, what a given span still lacks.
 */
class Collection {
  readonly #settings: CollectionSettings;
  readonly #ledger: Ledger;
  readonly #fetcher: ContentFetcher;
  readonly #pipeline: Pipeline;
  readonly #summary: ContentTypeSummary;
  readonly #startedAt: Date;
  readonly #usageBefore: Usage;
  readonly #recent = new ListingProgress();
  readonly #sweep = new ListingProgress();
  readonly #backfill = new ListingProgress();
  #newest: Date | undefined;
  #hasRemovedOldDays = false;

  constructor(settings: CollectionSettings) {
    const { contentType, client, ledger, delivery, filter, limits, clock, stop } = settings;
    this.#settings = settings;
    this.#ledger = ledger;
    this.#fetcher = new ContentFetcher(client, filter, delivery, clock);
    this.#pipeline = new Pipeline({
      fetcher: this.#fetcher,
      delivery,
      ledger,
      concurrency: limits.concurrency,
      attemptsPerBlob: limits.attemptsPerBlob,
      clock,
      stop,
      onRecord: (contentIds, head) => this.#record(contentIds, head),
      onSettled: (flushed, verdict) => this.#count(flushed, verdict),
    });
    this.#summary = emptySummary(contentType);
    this.#startedAt = new Date(clock.now());
    this.#usageBefore = client.usage;
  }

  async run(): Promise<ContentTypeSummary> {
    try {
      await this.#settings.delivery.finishOpenPlans();
      await (this.#settings.span === undefined ? this.#collect() : this.#collectSpan(this.#settings.span));
    } catch (error) {
      this.#pipeline.fail(error);
    }
    await this.#pipeline.finish();
    await this.#settings.delivery.discard();
    return this.#conclude();
  }

  async #collect(): Promise<void> {
    const waiting = waitingContents(this.#ledger.head);
    const position = this.#position();
    if (position !== undefined) this.#reportLoss(position.listedUntil);
    await this.#list(windowsSince(position?.start, this.#startedAt), this.#recent);
    for (const content of waiting) {
      if (this.#pipeline.isStopping) return;
      await this.#pipeline.submit(content);
    }
    if (this.#isSweepDue()) await this.#list(windowsSince(undefined, this.#startedAt), this.#sweep);
    await this.#removeOldDays();
  }

  #collectSpan(span: Window): Promise<void> {
    return this.#list(windowsWithin(span), this.#backfill);
  }

  /** Where listing begins; undefined for all seven days. A position from a clock that was ahead counts as now. */
  #position(): { listedUntil: Date; start: Date } | undefined {
    const { listedUntil } = this.#ledger.head;
    if (listedUntil === undefined) return undefined;
    const until = Math.min(Date.parse(listedUntil), this.#startedAt.getTime());
    const start = until - this.#settings.limits.overlapMinutes * 60_000;
    return { listedUntil: new Date(until), start: new Date(start) };
  }

  #reportLoss(listedUntil: Date): void {
    const lost = lostSince(listedUntil, this.#startedAt);
    if (lost !== undefined)
      this.#summary.lost = { from: lost.start.toISOString(), to: lost.end.toISOString() };
  }

  /** Not in the first run, which lists all seven days anyway. */
  #isSweepDue(): boolean {
    const { listedUntil, sweptAt } = this.#ledger.head;
    if (listedUntil === undefined) return false;
    const age = this.#startedAt.getTime() - Date.parse(sweptAt ?? listedUntil);
    return age < 0 || age >= this.#settings.limits.sweepIntervalHours * 3_600_000;
  }

  async #list(windows: readonly Window[], progress: ListingProgress): Promise<void> {
    for (const window of windows) progress.plan(window);
    for (const window of windows) {
      if (this.#pipeline.isStopping || !(await this.#listWindow(window, progress))) return;
      progress.complete(window);
    }
  }

  /** Says whether all pages were read. */
  async #listWindow(window: Window, progress: ListingProgress): Promise<boolean> {
    for (let listing = 1; ; listing += 1) {
      try {
        const pages = this.#settings.client.listContent(this.#settings.contentType, window);
        for await (const items of readAhead(pages))
          for (const item of items) {
            if (this.#pipeline.isStopping) return false;
            await this.#take(item, window, progress);
          }
        return true;
      } catch (error) {
        const isWorthAnother = error instanceof ActivityApiError && error.action === ErrorAction.listAgain;
        if (!isWorthAnother || listing >= MOST_LISTINGS) throw error;
      }
    }
  }

  async #take(item: ContentItem, window: Window, progress: ListingProgress): Promise<void> {
    const content = contentOf(item, window.start);
    if (this.#newest === undefined || content.created > this.#newest) this.#newest = content.created;
    while (!this.#ledger.isReady(content, false)) await this.#ledger.prepare(content, false);
    if (this.#ledger.isSettled(content)) {
      this.#summary.known += 1;
      return;
    }
    const waits = this.#ledger.head.waiting.some(({ contentId }) => contentId === content.contentId);
    if (waits || this.#pipeline.isInHand(content.contentId)) return;
    this.#summary.listed += 1;
    progress.listed(window, content.contentId);
    await this.#pipeline.submit(content);
  }

  /** Brings the head up to date with content blobs that are settled, or wait. */
  #record(contentIds: readonly string[], head: LedgerHead): void {
    this.#recent.recorded(contentIds);
    this.#sweep.recorded(contentIds);
    this.#backfill.recorded(contentIds);
    const now = this.#startedAt.toISOString();
    const listedUntil = this.#recent.listedUntil?.toISOString();
    // Neither a window that looks ahead nor a clock that was ahead may move the position beyond now.
    if (listedUntil !== undefined) head.listedUntil = earlier(later(head.listedUntil, listedUntil), now);
    if (this.#newest !== undefined)
      head.newestContent = later(head.newestContent, this.#newest.toISOString());
    if (this.#sweep.isComplete) head.sweptAt = now;
    if (this.#hasRemovedOldDays) head.prunedOn = dayOf(this.#startedAt);
  }

  #count({ settled, eventBlobs }: Flushed, { dead }: Verdict): void {
    const summary = this.#summary;
    for (const { counts, stored } of settled) {
      if (stored > 0) summary.delivered += 1;
      else summary.filtered += 1;
      addCounts(summary.kept, counts.kept);
      addCounts(summary.dropped, counts.dropped);
      summary.duplicates += total(counts.kept) - stored;
    }
    summary.eventBlobs.push(...eventBlobs);
    summary.dead.push(...dead);
  }

  async #removeOldDays(): Promise<void> {
    if (this.#ledger.head.prunedOn === dayOf(this.#startedAt)) return;
    await this.#ledger.removeOldDays(this.#startedAt);
    await this.#ledger.removeDroppedSinks();
    this.#hasRemovedOldDays = true;
  }

  #conclude(): ContentTypeSummary {
    const summary = this.#summary;
    const { listedUntil, newestContent, waiting } = this.#ledger.head;
    const { error } = this.#pipeline;
    summary.fetched = this.#fetcher.fetched;
    const { requests, retried, throttled } = this.#settings.client.usage;
    summary.requests = requests - this.#usageBefore.requests;
    summary.retried = this.#fetcher.retried + retried - this.#usageBefore.retried;
    summary.throttled = throttled - this.#usageBefore.throttled;
    summary.pending = waiting;
    summary.listedUntil = listedUntil;
    summary.behindSeconds = this.#secondsSince(listedUntil);
    summary.oldestGap = this.#oldestGap();
    summary.lagSeconds = this.#secondsSince(newestContent);
    const progress = this.#settings.span === undefined ? this.#recent : this.#backfill;
    summary.isCutShort = error === undefined && !progress.isComplete;
    if (error !== undefined) summary.error = error.message;
    const isMissingSome = waiting.length > 0 || summary.dead.length > 0 || summary.lost !== undefined;
    summary.isComplete = error === undefined && !summary.isCutShort && !isMissingSome;
    return summary;
  }

  /** A span that was listed by command tells nothing of where the rest got to. */
  #oldestGap(): string | undefined {
    const { waiting, listedUntil } = this.#ledger.head;
    const gaps = waiting.map(({ contentCreated }) => contentCreated);
    const isListed = this.#settings.span !== undefined || this.#recent.isComplete;
    if (!isListed) gaps.push(listedUntil ?? earliestListed(this.#startedAt).toISOString());
    return gaps.sort()[0];
  }

  #secondsSince(time: string | undefined): number | undefined {
    if (time === undefined) return undefined;
    return Math.max(0, Math.round((this.#settings.clock.now() - Date.parse(time)) / 1000));
  }
}

/** Times in ISO form and UTC have the order of their letters. */
function later(one: string | undefined, other: string): string {
  return one === undefined || one < other ? other : one;
}

function earlier(one: string, other: string): string {
  return one < other ? one : other;
}
