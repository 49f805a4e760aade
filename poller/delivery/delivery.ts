import { randomBytes } from "node:crypto";
import type { Clock } from "../../activity-api/clock.ts";
import { type Content, hourPathOf } from "../content/content.ts";
import { ContentEvents } from "../content/contentEvents.ts";
import type { EventCounts } from "../content/readContent.ts";
import { ContentState, type SettledContent } from "../ledger/contentDay.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerHead, PlannedBatch } from "../ledger/ledgerHead.ts";
import type { Store } from "../store/store.ts";
import type { Batch, UnwrittenEventBlob } from "./batch.ts";
import { BATCH_LIMITS, Batches, type BatchLimits, type ReadContent } from "./batches.ts";
import { createEventBlob, isCalledOff } from "./eventBlobCreation.ts";
import { LargeEventBlobs } from "./largeEventBlobs.ts";
import { OpenPlans } from "./openPlans.ts";
import { dropPlans, recordPlans } from "./planRecords.ts";

export interface DeliverySettings {
  ledger: Ledger;
  events: Store;
  /** What the names of event blobs begin with, up to a slash. */
  prefix: string;
  /** By the service's time. */
  clock: Clock;
  /** Defaults to what suits a SIEM and a small function. */
  batchLimits?: BatchLimits;
}

/** What a flush stored and settled. */
export interface Flushed {
  /** Whether the change of the head took place. Not when another poller came in between. */
  isCommitted: boolean;
  /** The content blobs that are settled. */
  settled: readonly ReadContent[];
  eventBlobs: readonly EventBlob[];
  /** The content blobs to fetch again. */
  again: readonly Content[];
}

export interface EventBlob {
  name: string;
  events: number;
  bytes: number;
}

interface Planned {
  batch: Batch;
  plan: PlannedBatch;
  eventBlob: UnwrittenEventBlob;
}

/**
 * Puts events into the store and content blobs into the ledger, so that each event is in the store exactly once, however
 * often the poller is killed and however many pollers run. A flush takes four steps:
 *
 * 1. **Plan**: the ledger's head takes down the name of each event blob, the content blobs it empties and the keys of its
 *    events. The head changes only from the version that was read, so no content blob and no event is ever in two plans:
 *    who plans second finds another version, reads the ledger anew and fetches again what is still to be had.
 * 2. **Write**: the event blob is created under its name. That is atomic and fails when the name is taken; no name is used
 *    for two plans.
 * 3. **Record**: its content blobs and events are entered into the days of the ledger, and the event blob into the outbox
 *    of every sink, which does no harm twice.
 * 4. **Commit**: the plan leaves the head.
 *
 * Killed before the plan is there: nothing has happened; what was read is listed and fetched again. Killed after it: the
 * next run finds the plan and tries to create an *empty* event blob under its name. If the name is taken, the batch is in
 * the store, and steps 3 and 4 are made up for. If not, the batch is not in the store and never will be, since whoever is
 * still about to write it finds the name taken; the plan is dropped and its content blobs are fetched again. The name of
 * an event blob thus decides, once and for all pollers, whether its plan took effect. All that such a crash leaves behind
 * is an event blob without events.
 *
 * A batch need not come out the same after a crash, so many content blobs can make one event blob, by size and time. One
 * event blob for each content blob would need no plan; but a SIEM would fetch thousands of files with one event each, and
 * an event that comes in two content blobs would be stored twice whenever the crash was between them.
 *
 * Events are recognized by their `Id` for as long as the ledger keeps days, which is longer than the service lists
 * content; if there are more than 500,000, the last of these. One without an `Id` counts as new. And an event blob must
 * not be removed from the store within the minutes in which its plan may still be open.
 */
export class Delivery {
  readonly #ledger: Ledger;
  readonly #events: Store;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #batchLimits: BatchLimits;
  readonly #large: LargeEventBlobs;
  readonly #openPlans: OpenPlans;
  #batches: Batches;
  /** What is being flushed: claimed, and not in the ledger yet. */
  #flushing: Batches | undefined;

  constructor({ ledger, events, prefix, clock, batchLimits = BATCH_LIMITS }: DeliverySettings) {
    this.#ledger = ledger;
    this.#events = events;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#batchLimits = batchLimits;
    this.#large = new LargeEventBlobs(events);
    this.#openPlans = new OpenPlans(ledger, events, clock);
    this.#batches = this.#newBatches();
  }

  /** What the events of a content blob are added to while it is read. */
  newEvents({ created }: Content): ContentEvents {
    return new ContentEvents(
      key => this.#isStored(key) || this.#batches.hasClaimed(key),
      () => this.#large.begin(() => this.#newName(created)),
      this.#batchLimits.plainBytes,
    );
  }

  /**
   * Adds a content blob that was read to its end.
   *
   * @returns what became of it: `settled` when another poller was faster, `again` when it must be read again, since
   * some of its events turned up in another one meanwhile.
   */
  async add(
    content: Content,
    events: ContentEvents,
    counts: EventCounts,
  ): Promise<"added" | "settled" | "again"> {
    // Only what follows the last wait is safe from what happens in between.
    try {
      while (!this.#ledger.isReady(content, !events.isEmpty))
        await this.#ledger.prepare(content, !events.isEmpty);
    } catch (error) {
      await events.discard();
      throw error;
    }
    const isSettled = this.#ledger.isSettled(content);
    if (!isSettled && this.#batches.add(content, events, counts)) {
      // One that has nothing new is in no batch.
      if (events.large?.count === 0) await events.discard();
      return "added";
    }
    await events.discard();
    return isSettled ? "settled" : "again";
  }

  /** Whether it is time for a flush. */
  get isDue(): boolean {
    return this.#batches.isDue;
  }

  /** Whether nothing should be added until a flush is over. */
  get isFull(): boolean {
    return this.#batches.isFull;
  }

  /**
   * Stores what was added and settles it in the ledger. One flush at a time; adding may go on meanwhile.
   *
   * @param alsoSettled content blobs that are settled without having been read.
   * @param change what else changes in the head, once `settled` and `alsoSettled` are recorded. It may be called again on
   * top of another poller's changes.
   */
  async flush(
    alsoSettled: readonly SettledContent[],
    change: (head: LedgerHead, settled: readonly ReadContent[]) => void,
  ): Promise<Flushed> {
    const flushing = this.#batches;
    this.#flushing = flushing;
    this.#batches = this.#newBatches();
    try {
      return await this.#flush(flushing, alsoSettled, change);
    } finally {
      this.#flushing = undefined;
      await flushing.discard();
    }
  }

  /** Lets go of what was added and will not be flushed, since the run has failed. */
  async discard(): Promise<void> {
    await this.#batches.discard();
  }

  /** Ends the plans that a crash, or another poller, has left open. */
  async finishOpenPlans(): Promise<void> {
    await this.#openPlans.finish();
    if (this.#batches.isEmpty) this.#batches = this.#newBatches();
  }

  async #flush(
    batches: Batches,
    alsoSettled: readonly SettledContent[],
    change: (head: LedgerHead, settled: readonly ReadContent[]) => void,
  ): Promise<Flushed> {
    const planned = await Promise.all(batches.all.map(batch => this.#prepare(batch)));
    if (!(await this.#plan(batches, planned))) return this.#giveUp(batches);
    const written = await this.#write(planned);
    const lost = new Set(
      planned.filter(item => !written.includes(item)).flatMap(({ batch }) => batch.contents),
    );
    const settled = batches.read.filter(({ content }) => !lost.has(content));
    await recordPlans(
      this.#ledger,
      written.map(({ plan }) => plan),
    );
    await this.#ledger.recordContents([
      ...settled.filter(({ stored }) => stored === 0).map(filtered),
      ...alsoSettled,
    ]);
    await this.#ledger.commit(head => {
      dropPlans(
        head,
        planned.map(({ plan }) => plan),
      );
      change(head, settled);
    });
    const eventBlobs = written.map(({ eventBlob: { name, holds } }) => ({
      name,
      events: holds.events,
      bytes: holds.bytes,
    }));
    return { isCommitted: true, settled, eventBlobs, again: [...lost] };
  }

  async #prepare(batch: Batch): Promise<Planned> {
    const eventBlob = await batch.finish(this.#events, created => this.#newName(created));
    const { name, holds } = eventBlob;
    const contents = batch.contents.map(({ contentId, created }) => ({
      contentId,
      contentCreated: created.toISOString(),
    }));
    const plannedAt = new Date(this.#clock.now()).toISOString();
    const plan = { eventBlob: name, plannedAt, contents, eventKeys: batch.eventKeys, holds };
    return { batch, eventBlob, plan };
  }

  /** For one plan, ever. */
  #newName(created: Date): string {
    const now = new Date(this.#clock.now()).toISOString().replaceAll(/[-:.]/g, "");
    return `${this.#prefix}${hourPathOf(created)}/${now}-${randomBytes(6).toString("hex")}.ndjson.gz`;
  }

  /** Says whether the batches are right as things stand, and theirs is what they hold. */
  async #plan(batches: Batches, planned: readonly Planned[]): Promise<boolean> {
    // Another poller's plan claims what may be in these batches too.
    if (batches.epoch !== this.#ledger.epoch || this.#ledger.head.planned.length > 0) return false;
    return planned.length === 0 || this.#ledger.plan(planned.map(({ plan }) => plan));
  }

  /** What was read without knowing what another poller did is of no use. */
  async #giveUp(flushing: Batches): Promise<Flushed> {
    const open = this.#batches;
    // These build upon the state of before the reload, and are given up in their turn: what comes into them until the
    // open plans have ended may be in one of those.
    this.#batches = this.#newBatches();
    await open.discard();
    this.#flushing = undefined;
    await this.#ledger.reload();
    await this.finishOpenPlans();
    const again = [...flushing.read, ...open.read].map(({ content }) => content);
    return { isCommitted: false, settled: [], eventBlobs: [], again };
  }

  /** The batches that are in the store now. The others were called off by another poller. */
  async #write(planned: readonly Planned[]): Promise<Planned[]> {
    const outcomes = await Promise.all(
      planned.map(async ({ eventBlob: { name, create } }) => {
        if (await createEventBlob(this.#events, name, create)) return true;
        const isOff = await isCalledOff(this.#events, name);
        if (isOff) this.#openPlans.becomePatient();
        return !isOff;
      }),
    );
    return planned.filter((_, index) => outcomes[index]);
  }

  #newBatches(): Batches {
    return new Batches(this.#ledger.epoch, key => this.#isStored(key), this.#batchLimits);
  }

  #isStored(eventKey: string): boolean {
    return this.#ledger.isStored(eventKey) || this.#flushing?.hasClaimed(eventKey) === true;
  }
}

function filtered({ content: { contentId, created } }: ReadContent): SettledContent {
  return { contentId, created, state: ContentState.filtered };
}
