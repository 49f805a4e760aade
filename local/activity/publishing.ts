import type { ContentBlob, EventSource } from "./contentStore.ts";
import type { ContentType } from "./contentTypes.ts";
import type { Knobs } from "./knobs.ts";
import { SeededRandom } from "./random.ts";
import type { ServiceState } from "./serviceState.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const DEFAULT_EVENTS_PER_BLOB = 50;

export interface BlobOptions {
  /** Defaults to the first tenant of the service. */
  tenantId?: string;
  /** When the blob came into being, by which content is listed. Defaults to now on the service's clock. */
  created?: Date | number;
  /** When the blob appears in listings. Defaults to its creation, or later for the share that is listed late. */
  listedAt?: Date | number;
}

export interface PublishOptions extends BlobOptions {
  /** Defaults to 50. */
  eventsPerBlob?: number;
  /** Share of the events, 0 to 1, that a second blob repeats. Defaults to the knob `duplicateShare`. */
  duplicateShare?: number;
  /** Whether the events change places. Defaults to the knob `shuffleEvents`. */
  shuffle?: boolean;
}

/** Audit logging is off: a state of the tenant, which the admin endpoint reports as a conflict. */
export class AuditingOffError extends Error {
  readonly statusCode = 409;

  constructor(tenantId: string) {
    super(
      `Audit logging is off in tenant ${tenantId}, so that it records nothing. ` +
        `Turn the knob auditingEnabled on before publishing.`,
    );
  }
}

/** Publishes content for one service; what is left to chance depends on nothing but the order of the calls. */
export class Publisher {
  readonly #state: ServiceState;
  readonly #random = new SeededRandom("publisher");

  constructor(state: ServiceState) {
    this.#state = state;
  }

  /** @throws TypeError for an unknown tenant or an impossible size; AuditingOffError. */
  publish(contentType: ContentType, events: readonly string[], options: PublishOptions): ContentBlob[] {
    const { knobs } = this.#state;
    const { eventsPerBlob = DEFAULT_EVENTS_PER_BLOB } = options;
    if (!Number.isInteger(eventsPerBlob) || eventsPerBlob < 1) {
      throw new TypeError(`eventsPerBlob cannot be ${eventsPerBlob}; use a whole number from 1.`);
    }
    const shuffle = options.shuffle ?? knobs.shuffleEvents;
    const duplicateShare = options.duplicateShare ?? knobs.duplicateShare;
    const duplicates = this.#random.shuffled(events).slice(0, Math.floor(events.length * duplicateShare));
    const ordered = shuffle ? this.#random.shuffled(events) : events;
    const bundles = bundled(ordered, duplicates, eventsPerBlob);
    return bundles.map(bundle => this.publishBody(contentType, jsonArray(bundle), options));
  }

  /** @throws TypeError for an unknown tenant; AuditingOffError. */
  publishBody(contentType: ContentType, body: Buffer | EventSource, options: BlobOptions): ContentBlob {
    const { knobs, content } = this.#state;
    const tenantId = this.#tenantId(options.tenantId);
    if (!knobs.auditingEnabled) throw new AuditingOffError(tenantId);
    const created = Number(options.created ?? this.#state.now());
    const listedAt = Number(options.listedAt ?? created + this.#delay(knobs));
    const expires = created + knobs.contentTtlDays * DAY;
    return content.add({ tenantId, contentType, created, expires, listedAt, body });
  }

  #tenantId(wanted: string | undefined): string {
    const known = this.#state.tenantIds;
    const tenantId = wanted === undefined ? known[0] : known.find(candidate => candidate === wanted);
    if (tenantId !== undefined) return tenantId;
    throw new TypeError(`There is no tenant ${wanted} here. The tenants are ${known.join(", ")}.`);
  }

  #delay({ lateListingShare, lateListingMaxMinutes }: Readonly<Knobs>): number {
    if (this.#random.next() >= lateListingShare) return 0;
    return Math.round(this.#random.next() * lateListingMaxMinutes * MINUTE);
  }
}

/** Events in bundles, each duplicate in another bundle than the first of its kind: in one that is added at the end. */
function bundled(events: readonly string[], duplicates: readonly string[], size: number): string[][] {
  const bundles: string[][] = [];
  for (const run of [events, duplicates]) {
    for (let start = 0; start < run.length; start += size) bundles.push(run.slice(start, start + size));
  }
  return bundles;
}

function jsonArray(events: readonly string[]): Buffer {
  return Buffer.from(`[${events.join(",")}]`);
}
