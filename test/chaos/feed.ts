import type { SeededRandom } from "../../local/activity/random.ts";
import { sampleEvents } from "../../local/activity/sampleEvents.ts";
import type { ChaosTenant } from "./chaosTenant.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Spelled out once more: what is wanted must not be read from the code that is tested. */
const WANTED = [28, 41, 47, 64];

/** What is published in the course of the chaos, and what must come of it. */
export class Feed {
  readonly #tenant: ChaosTenant;
  readonly #random: SeededRandom;
  /** Every event that must be in the store, byte for byte. */
  readonly wanted: string[] = [];
  /** The content blobs of the chapter. */
  readonly contentIds = new Set<string>();
  /** Of these, those that had expired before anybody could fetch them. */
  readonly expired = new Set<string>();
  expiredContents = 0;
  /** By when everything that is published is listed. */
  listedBy = 0;
  published = 0;
  #ofChapter: string[] = [];

  constructor(tenant: ChaosTenant, random: SeededRandom) {
    this.#tenant = tenant;
    this.#random = random;
  }

  /** The poller knows content blobs and events for eight days: what comes from now on repeats nothing of before. */
  beginChapter(): void {
    this.#ofChapter = [];
    this.contentIds.clear();
    this.expired.clear();
    this.#publishExpired();
  }

  /**
   * Some content blobs of the last hours, with some events in two of them. Some are listed hours or days later. A few are
   * too long for the poller to hold in plain form.
   */
  publish(): void {
    const random = this.#random;
    const now = this.#tenant.clock.now();
    const isLarge = random.next() < 0.05;
    const lines = isLarge ? this.#newEvents(60, 250_000) : this.#newEvents(random.integer(4, 30), 0);
    this.wanted.push(...lines.filter(isWanted));
    const again = random.shuffled(this.#ofChapter).slice(0, random.integer(0, 4));
    this.#ofChapter.push(...lines);
    const created = now - random.integer(0, 5 * HOUR);
    this.#publish([...lines, ...again], {
      created,
      listedAt: random.next() < 0.2 ? now + random.integer(MINUTE, 2 * DAY) : created,
      eventsPerBlob: isLarge ? lines.length : random.integer(2, 12),
    });
  }

  /** A content blob that is still listed, and can no longer be fetched. */
  #publishExpired(): void {
    const { service, clock } = this.#tenant;
    const { contentTtlDays } = service.knobs;
    service.turnKnobs({ contentTtlDays: 1 });
    const created = clock.now() - 25 * HOUR;
    const contentIds = this.#publish(this.#newEvents(8, 0), { created, listedAt: created, eventsPerBlob: 8 });
    for (const contentId of contentIds) this.expired.add(contentId);
    this.expiredContents += contentIds.length;
    service.turnKnobs({ contentTtlDays });
  }

  #newEvents(count: number, minimumBytes: number): string[] {
    this.published += count;
    const { SIEM_TENANT_ID: tenantId } = this.#tenant.environment;
    const seed = this.#random.guid();
    const at = this.#tenant.clock.now();
    return sampleEvents({ count, seed, tenantId: tenantId!, at, wantedShare: 0.4, minimumBytes }).lines;
  }

  #publish(
    lines: readonly string[],
    options: { created: number; listedAt: number; eventsPerBlob: number },
  ): string[] {
    this.listedBy = Math.max(this.listedBy, options.listedAt);
    const blobs = this.#tenant.service.publish("Audit.General", lines, { ...options, duplicateShare: 0.15 });
    const contentIds = blobs.map(({ contentId }) => contentId);
    for (const contentId of contentIds) this.contentIds.add(contentId);
    return contentIds;
  }
}

function isWanted(line: string): boolean {
  return WANTED.includes(JSON.parse(line).RecordType);
}
