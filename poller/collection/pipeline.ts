import type { Clock } from "../../activity-api/clock.ts";
import type { Content } from "../content/content.ts";
import { FailureKind, kindOfFailure } from "../content/contentFailure.ts";
import type { Delivery, Flushed } from "../delivery/delivery.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerHead } from "../ledger/ledgerHead.ts";
import type { ContentFetcher } from "./contentFetcher.ts";
import { Failures, settledAsDead, updateWaiting, type Verdict } from "./failures.ts";
import { Slots } from "./slots.ts";

/** What was read is stored after this time at the latest, however little it is. */
const FLUSH_MILLISECONDS = 30_000;

export interface PipelineSettings {
  fetcher: ContentFetcher;
  delivery: Delivery;
  ledger: Ledger;
  concurrency: number;
  attemptsPerBlob: number;
  clock: Clock;
  /** Tells when to take no new work. */
  stop: AbortSignal;
  /** Called with content blobs that the ledger is about to say everything of, and with the head that says it. */
  onRecord: (contentIds: readonly string[], head: LedgerHead) => void;
  /** Called with what is stored and settled for good. */
  onSettled: (flushed: Flushed, verdict: Verdict) => void;
}

/** Takes content blobs to the store, some at a time, and stores what is read while the next ones are fetched. */
export class Pipeline {
  readonly #settings: PipelineSettings;
  readonly #slots: Slots;
  readonly #failures: Failures;
  /** Content blobs that are being fetched, or whose end the ledger does not know yet. */
  readonly #inHand = new Set<string>();
  /** Content blobs that turned out to be settled already, which may still wait in the head. */
  readonly #foundSettled = new Set<string>();
  #again: Content[] = [];
  #failuresInARow = 0;
  #flushing: Promise<void> | undefined;
  #flushedAt: number;
  #canStore = true;
  /** What ends the run, since it would fail every content blob alike. */
  error: Error | undefined;

  constructor(settings: PipelineSettings) {
    this.#settings = settings;
    this.#slots = new Slots(settings.concurrency);
    this.#failures = new Failures(settings.attemptsPerBlob);
    this.#flushedAt = settings.clock.now();
  }

  get isStopping(): boolean {
    return this.error !== undefined || this.#settings.stop.aborted;
  }

  /** Whether this content blob is taken care of in this run. */
  isInHand(contentId: string): boolean {
    return this.#inHand.has(contentId);
  }

  /** Takes a content blob as soon as there is room for it. */
  async submit(content: Content): Promise<void> {
    this.#inHand.add(content.contentId);
    while (this.#settings.delivery.isFull && this.#flushing !== undefined) await this.#flushing;
    await this.#slots.start(() => this.#process(content));
  }

  /** Ends the run: nothing new is taken, but what was read is stored. */
  fail(error: unknown): void {
    this.error ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Waits until everything is read, and stores it. */
  async finish(): Promise<void> {
    do {
      await this.#fetchAgain();
      await this.#flush();
    } while (this.#again.length > 0 && !this.isStopping);
  }

  /** Not to be mixed with a flush: a poller that changes the ledger before it is through holds up the others in vain. */
  async #fetchAgain(): Promise<void> {
    do {
      const again = this.isStopping ? [] : this.#again.splice(0);
      for (const content of again) await this.submit(content);
      await this.#slots.idle();
      await this.#flushing;
    } while (this.#again.length > 0 && !this.isStopping);
  }

  async #process(content: Content): Promise<void> {
    try {
      const outcome = await this.#settings.fetcher.fetch(content);
      this.#failuresInARow = 0;
      if (outcome === "settled") {
        this.#foundSettled.add(content.contentId);
        this.#letGo([content.contentId]);
      }
    } catch (error) {
      this.#note(content, error);
    }
    const isLate = this.#settings.clock.now() - this.#flushedAt > FLUSH_MILLISECONDS;
    if (isLate || this.#settings.delivery.isDue) this.#flushInBackground();
  }

  #note(content: Content, error: unknown): void {
    const kind = kindOfFailure(error);
    if (kind === FailureKind.everything) {
      this.fail(error);
      return;
    }
    const reason = (error as Error).message;
    this.#failures.add({ content, kind, reason });
    if (kind === FailureKind.content) return;
    this.#failuresInARow += 1;
    if (this.#failuresInARow >= 2 * this.#settings.concurrency)
      this.fail(
        new Error(
          `${this.#failuresInARow} content blobs failed in a row, so the run ended. The last: ${reason}`,
        ),
      );
  }

  #flushInBackground(): void {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
  }

  async #flush(): Promise<void> {
    if (!this.#canStore) return;
    try {
      await this.#store();
    } catch (error) {
      this.#canStore = false;
      this.fail(error);
    }
    this.#flushedAt = this.#settings.clock.now();
  }

  async #store(): Promise<void> {
    const { delivery, ledger, fetcher, clock, onRecord, onSettled } = this.#settings;
    const verdict = this.#failures.verdict(ledger.head, fetcher.fetched > 0, new Date(clock.now()));
    const failedIds = [...verdict.waiting, ...verdict.dead].map(({ contentId }) => contentId);
    const flushed = await delivery.flush(verdict.dead.map(settledAsDead), (head, settled) => {
      const settledIds = [...settled.map(({ content }) => content.contentId), ...this.#foundSettled];
      updateWaiting(head, verdict, new Set(settledIds));
      onRecord([...settledIds, ...failedIds], head);
    });
    this.#again.push(...flushed.again);
    if (!flushed.isCommitted) return;
    this.#failures.remove(verdict);
    this.#letGo(flushed.settled.map(({ content }) => content.contentId));
    onSettled(flushed, verdict);
  }

  #letGo(contentIds: readonly string[]): void {
    for (const contentId of contentIds) this.#inHand.delete(contentId);
  }
}
