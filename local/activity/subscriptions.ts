import type { ContentType } from "./contentTypes.ts";
import type { Webhook } from "./webhook.ts";

const HOUR = 3_600_000;

/** Subscriptions are independent per tenant, calling application and content type. */
export interface SubscriptionKey {
  tenantId: string;
  clientId: string;
  contentType: ContentType;
}

export interface Subscription extends SubscriptionKey {
  /** The content type as the caller of start spelled it, which the service echoes. */
  spelling: string;
  status: "enabled" | "disabled";
  startedAt: number;
  /** Content created before is out of reach of this subscription for good. */
  visibleFrom: number;
  /** Until then nothing is listed. */
  listableFrom: number;
  webhook: Webhook | null;
}

/** Which subscriptions an operation from outside the API is about; what is left out matches any. */
export type SubscriptionSelector = Partial<SubscriptionKey>;

export interface EnableTimes {
  now: number;
  backfillHours: number;
  firstContentDelaySeconds: number;
}

/** Every application's subscriptions, and when each was last asked to start. */
export class Subscriptions {
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #startRequestedAt = new Map<string, number>();

  find(key: SubscriptionKey): Subscription | undefined {
    return this.#subscriptions.get(text(key));
  }

  select(selector: SubscriptionSelector = {}): Subscription[] {
    return [...this.#subscriptions.values()].filter(
      subscription =>
        (selector.tenantId ?? subscription.tenantId) === subscription.tenantId &&
        (selector.clientId ?? subscription.clientId) === subscription.clientId &&
        (selector.contentType ?? subscription.contentType) === subscription.contentType,
    );
  }

  remove(key: SubscriptionKey): void {
    this.#subscriptions.delete(text(key));
  }

  startRequestedAt(key: SubscriptionKey): number | undefined {
    return this.#startRequestedAt.get(text(key));
  }

  recordStartRequest(key: SubscriptionKey, now: number): void {
    this.#startRequestedAt.set(text(key), now);
  }

  /** Creates, enables again, or gives an enabled subscription another webhook. */
  enable(key: SubscriptionKey, spelling: string, webhook: Webhook | null, times: EnableTimes): Subscription {
    const existing = this.find(key);
    if (existing === undefined) return this.#create(key, spelling, webhook, times);
    if (existing.status === "disabled") reopen(existing, times.now);
    existing.spelling = spelling;
    existing.webhook = webhook;
    return existing;
  }

  #create(key: SubscriptionKey, spelling: string, webhook: Webhook | null, times: EnableTimes): Subscription {
    const created: Subscription = {
      ...key,
      spelling,
      status: "enabled",
      startedAt: times.now,
      visibleFrom: times.now - times.backfillHours * HOUR,
      listableFrom: times.now + times.firstContentDelaySeconds * 1000,
      webhook,
    };
    this.#subscriptions.set(text(key), created);
    return created;
  }
}

/** Content from before the stop and from the gap stays lost, whatever a new subscription would be filled with. */
function reopen(subscription: Subscription, now: number): void {
  subscription.status = "enabled";
  subscription.startedAt = now;
  subscription.visibleFrom = now;
}

function text(key: SubscriptionKey): string {
  return `${key.tenantId} ${key.clientId} ${key.contentType}`;
}
