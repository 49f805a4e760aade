import { type NotifiedItem, notifiedItem } from "./contentItems.ts";
import type { ContentBlob, ContentStore } from "./contentStore.ts";
import type { Knobs } from "./knobs.ts";
import type { Subscription, Subscriptions } from "./subscriptions.ts";
import { postToWebhook, type Webhook, webhookStatus } from "./webhook.ts";

const MINUTE = 60_000;
const LONGEST_GAP_MINUTES = 60;

/** One attempt to tell a webhook about one content blob. */
export interface NotificationAttempt {
  sequence: number;
  tenantId: string;
  clientId: string;
  blob: ContentBlob;
  sentAt: number;
  status: "success" | "failed";
}

export interface NotificationsEnvironment {
  subscriptions: Subscriptions;
  content: ContentStore;
  now(): number;
  knobs(): Readonly<Knobs>;
  /** Scheme, host and port that content URIs begin with. */
  origin(): string;
}

/** Tells webhooks about new content, and remembers every attempt. */
export class Notifications {
  readonly #environment: NotificationsEnvironment;
  readonly #attempts: NotificationAttempt[] = [];
  #delivering: Promise<void> | undefined;

  constructor(environment: NotificationsEnvironment) {
    this.#environment = environment;
  }

  attempts(): readonly NotificationAttempt[] {
    return this.#attempts;
  }

  /** Delivers to every webhook what is due for it. A call while another one runs waits for that one. */
  async deliverDue(): Promise<void> {
    this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = undefined;
    });
    await this.#delivering;
  }

  async #deliverAll(): Promise<void> {
    const enabled = this.#environment.subscriptions.select().filter(({ status }) => status === "enabled");
    await Promise.all(
      enabled.map(subscription =>
        subscription.webhook === null ? undefined : this.#deliverTo(subscription, subscription.webhook),
      ),
    );
  }

  async #deliverTo(subscription: Subscription, webhook: Webhook): Promise<void> {
    for (;;) {
      const now = this.#environment.now();
      if (webhookStatus(webhook, now) !== "enabled" || webhook.nextAttemptAt > now) return;
      const blobs = this.#dueBlobs(subscription, webhook, now);
      if (blobs.length === 0) return;
      await this.#deliverBatch(subscription, webhook, blobs);
    }
  }

  #dueBlobs(subscription: Subscription, webhook: Webhook, now: number): ContentBlob[] {
    if (subscription.listableFrom > now) return [];
    const filter = {
      createdFrom: subscription.visibleFrom,
      createdBefore: Infinity,
      listedBy: now,
      after: webhook.deliveredUpTo,
    };
    const { tenantId, contentType } = subscription;
    return this.#environment.content.page(
      tenantId,
      contentType,
      filter,
      this.#environment.knobs().webhookBatchSize,
    ).blobs;
  }

  async #deliverBatch(subscription: Subscription, webhook: Webhook, blobs: ContentBlob[]): Promise<void> {
    const items: NotifiedItem[] = blobs.map(blob =>
      notifiedItem(blob, subscription.clientId, this.#environment.origin()),
    );
    const knobs = this.#environment.knobs();
    const accepted = await postToWebhook(webhook, JSON.stringify(items), knobs.webhookTimeoutSeconds);
    this.#record(subscription, blobs, accepted);
    if (accepted) {
      webhook.failuresInARow = 0;
      webhook.deliveredUpTo = blobs.at(-1)!;
    } else {
      this.#postpone(webhook, knobs.webhookFailuresUntilDisabled);
    }
  }

  /** Gaps of 1, 2, 4, 8 ... minutes. Microsoft speaks of exponential gaps without giving numbers. */
  #postpone(webhook: Webhook, failuresUntilDisabled: number): void {
    const gapMinutes = Math.min(2 ** webhook.failuresInARow, LONGEST_GAP_MINUTES);
    webhook.failuresInARow += 1;
    webhook.nextAttemptAt = this.#environment.now() + gapMinutes * MINUTE;
    webhook.disabled = webhook.failuresInARow >= failuresUntilDisabled;
  }

  #record({ tenantId, clientId }: Subscription, blobs: ContentBlob[], accepted: boolean): void {
    const sentAt = this.#environment.now();
    for (const blob of blobs) {
      const status = accepted ? "success" : "failed";
      this.#attempts.push({ sequence: this.#attempts.length + 1, tenantId, clientId, blob, sentAt, status });
    }
  }
}
