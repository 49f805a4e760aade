import type { ActivityApiClient } from "../../activity-api/client.ts";
import type { ContentType } from "../../activity-api/contentTypes.ts";
import { windowsSince } from "../collection/windows.ts";
import { contentOf, hourPathOf } from "../content/content.ts";
import { EMPTY_GZIP } from "../delivery/gzipBuilder.ts";
import { type ContentDay, ContentState } from "../ledger/contentDay.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { EventBlobHoldings, LedgerHead } from "../ledger/ledgerHead.ts";
import type { ReadableStore, Store } from "../store/store.ts";
import { checkEventBlob } from "./eventBlobCheck.ts";

/** Event blobs that are read at a time. */
const CONCURRENCY = 8;
const DAYS_LISTED = 7;
const DAY_MILLISECONDS = 86_400_000;

/** What became of the content blobs of one hour: listed = delivered + filtered + dead + pending, or there is a gap. */
export interface HourProof {
  /** The UTC hour in which the content blobs became available, like 2026/11/21/07. */
  hour: string;
  listed: number;
  delivered: number;
  filtered: number;
  dead: number;
  /** For the next run. */
  pending: number;
  eventBlobs: number;
  /** In these event blobs. */
  events: number;
}

/** Something that is not as it should be. */
export interface Gap {
  /** Absent when it is about no single hour. */
  hour?: string;
  problem: string;
}

export interface CompletenessProof {
  contentType: ContentType;
  /** Up to when all content is listed. Nothing is said of what came later. */
  listedUntil?: string;
  /** The hours with content, the oldest first. */
  hours: HourProof[];
  gaps: Gap[];
}

export interface CompletenessQuestion {
  contentType: ContentType;
  ledgerStore: Store;
  ledgerPrefix: string;
  eventStore: ReadableStore;
  eventPrefix: string;
  now: Date;
  /** Lists all content anew, to compare; undefined to go by what the ledger took down. */
  client: ActivityApiClient | undefined;
}

/** Proves for each hour that the ledger reaches back to what became of every content blob, while pollers may run. */
export function proveCompleteness(question: CompletenessQuestion): Promise<CompletenessProof> {
  return new Examination(question).run();
}

type Outcome = ContentState | "pending";

class Examination {
  readonly #question: CompletenessQuestion;
  readonly #hours = new Map<string, HourProof>();
  readonly #gaps: Gap[] = [];
  /** Ids of all content blobs that the ledger knows. */
  readonly #known = new Set<string>();
  /** Names of all event blobs that the ledger knows. */
  readonly #named = new Set<string>();

  constructor(question: CompletenessQuestion) {
    this.#question = question;
  }

  async run(): Promise<CompletenessProof> {
    const { contentType, ledgerStore, ledgerPrefix } = this.#question;
    // In this order: an event blob is planned before it is written, and settled before its plan goes.
    const inStore = await this.#listStore();
    const ledger = await Ledger.open(ledgerStore, ledgerPrefix);
    for await (const day of ledger.settledDays()) await this.#examineDay(day, ledger.head);
    this.#addUnsettled(ledger.head);
    await this.#findStrangers(inStore);
    const { listedUntil } = ledger.head;
    if (listedUntil === undefined) this.#gaps.push({ problem: "the content was never listed to its end" });
    else await this.#compareWithService(new Date(listedUntil));
    const hours = [...this.#hours.values()].sort((one, other) => one.hour.localeCompare(other.hour));
    return { contentType, listedUntil, hours, gaps: this.#gaps };
  }

  async #listStore(): Promise<string[]> {
    const { eventStore, eventPrefix, now } = this.#question;
    const names: string[] = [];
    for (let daysAgo = DAYS_LISTED; daysAgo >= 0; daysAgo -= 1) {
      const day = hourPathOf(new Date(now.getTime() - daysAgo * DAY_MILLISECONDS)).slice(
        0,
        "2026/11/21".length,
      );
      names.push(...(await eventStore.list(`${eventPrefix}${day}/`)));
    }
    return names;
  }

  async #examineDay(day: ContentDay, head: Readonly<LedgerHead>): Promise<void> {
    const recorded = new Map([...day.eventBlobs()].map(({ name, holds }) => [name, holds]));
    for (const { contentId, created, state, detail } of day.contents()) {
      const isReplayed =
        state === ContentState.dead && head.waiting.some(each => each.contentId === contentId);
      if (!isReplayed) this.#add(contentId, created, state);
      if (state === ContentState.delivered && !recorded.has(String(detail)))
        this.#gaps.push({
          hour: hourPathOf(created),
          problem: `${contentId} is recorded as delivered in ${detail}, and the ledger does not say what that holds`,
        });
    }
    await this.#examineEventBlobs(recorded);
  }

  async #examineEventBlobs(recorded: ReadonlyMap<string, EventBlobHoldings>): Promise<void> {
    const all = [...recorded];
    for (let at = 0; at < all.length; at += CONCURRENCY)
      await Promise.all(
        all.slice(at, at + CONCURRENCY).map(async ([name, holds]) => {
          const hour = this.#hourInName(name);
          this.#named.add(name);
          this.#hour(hour).eventBlobs += 1;
          this.#hour(hour).events += holds.events;
          const problem = await checkEventBlob(this.#question.eventStore, name, holds);
          if (problem !== undefined) this.#gaps.push({ hour, problem });
        }),
      );
  }

  /** What waits, and what is in the plans of a poller that is at work, or died and will be followed by another. */
  #addUnsettled({ waiting, planned }: Readonly<LedgerHead>): void {
    for (const { contentId, contentCreated } of [...waiting, ...planned.flatMap(({ contents }) => contents)])
      if (!this.#known.has(contentId)) this.#add(contentId, new Date(contentCreated), "pending");
    for (const { eventBlob } of planned) this.#named.add(eventBlob);
  }

  /** Event blobs with events that the ledger does not know: what is in them may be stored twice. */
  async #findStrangers(inStore: readonly string[]): Promise<void> {
    for (const name of inStore.filter(each => !this.#named.has(each)))
      if ((await this.#question.eventStore.size(name)) !== EMPTY_GZIP.length)
        this.#gaps.push({
          hour: this.#hourInName(name),
          problem: `${name} is in the store, and the ledger does not know it`,
        });
  }

  /** Content that is listed only since then is not missing yet. */
  async #compareWithService(listedUntil: Date): Promise<void> {
    const { client, contentType, now } = this.#question;
    if (client === undefined) return;
    for (const window of windowsSince(undefined, now))
      for await (const items of client.listContent(contentType, window))
        for (const item of items) {
          const { contentId, created } = contentOf(item, window.start);
          if (created >= listedUntil || this.#known.has(contentId)) continue;
          this.#known.add(contentId);
          const hour = hourPathOf(created);
          this.#hour(hour).listed += 1;
          this.#gaps.push({
            hour,
            problem: `${contentId} is listed by the service, and the ledger does not know it: "backfill" collects it`,
          });
        }
  }

  #add(contentId: string, created: Date, outcome: Outcome): void {
    this.#known.add(contentId);
    const hour = this.#hour(hourPathOf(created));
    hour.listed += 1;
    hour[outcome] += 1;
  }

  #hour(hour: string): HourProof {
    const none = { listed: 0, delivered: 0, filtered: 0, dead: 0, pending: 0, eventBlobs: 0, events: 0 };
    const proof = this.#hours.get(hour) ?? { hour, ...none };
    this.#hours.set(hour, proof);
    return proof;
  }

  #hourInName(eventBlob: string): string {
    const { length } = this.#question.eventPrefix;
    return eventBlob.slice(length, length + "2026/11/21/07".length);
  }
}
