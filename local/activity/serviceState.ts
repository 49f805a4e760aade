import { ContentStore } from "./contentStore.ts";
import { Faults } from "./faults.ts";
import { DOCUMENTED_KNOBS, type Knobs, turnKnobs } from "./knobs.ts";
import { Notifications } from "./notifications.ts";
import { Quota } from "./quota.ts";
import { RequestLog } from "./requestLog.ts";
import { Subscriptions } from "./subscriptions.ts";

const MINUTE = 60_000;

/** All that the operations of the API read and change. */
export class ServiceState {
  readonly tenantIds: readonly string[];
  readonly subscriptions = new Subscriptions();
  readonly content = new ContentStore();
  readonly faults = new Faults();
  readonly quota = new Quota();
  readonly requests = new RequestLog();
  readonly notifications: Notifications;
  /** Scheme, host and port of the server, for links that no request asked for: those in notifications. */
  origin = "https://manage.office.com";
  readonly #clock: () => number;
  #knobs: Knobs;
  #auditingEnabledAt = -Infinity;

  constructor(tenantIds: readonly string[], knobs: Partial<Knobs>, clock: () => number) {
    this.tenantIds = tenantIds;
    this.#knobs = turnKnobs(DOCUMENTED_KNOBS, knobs);
    this.#clock = clock;
    this.notifications = new Notifications({
      subscriptions: this.subscriptions,
      content: this.content,
      now: () => this.now(),
      knobs: () => this.knobs,
      origin: () => this.origin,
    });
  }

  get knobs(): Readonly<Knobs> {
    return this.#knobs;
  }

  /** @throws TypeError when a knob or its value does not exist. */
  turnKnobs(changes: object): void {
    const before = this.#knobs;
    this.#knobs = turnKnobs(before, changes);
    if (!before.auditingEnabled && this.#knobs.auditingEnabled) this.#auditingEnabledAt = this.now();
  }

  /** Milliseconds since 1970 on the service's clock. */
  now(): number {
    return this.#clock() + this.#knobs.clockSkewMilliseconds;
  }

  /** Whether starts work: they go on failing for a while after audit logging was switched on. */
  auditingWorks(): boolean {
    const propagatedAt = this.#auditingEnabledAt + this.#knobs.auditingPropagationMinutes * MINUTE;
    return this.#knobs.auditingEnabled && this.now() >= propagatedAt;
  }
}
