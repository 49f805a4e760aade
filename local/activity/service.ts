import type { ContentBlob, EventSource } from "./contentStore.ts";
import type { ContentType } from "./contentTypes.ts";
import type { Fault } from "./faultDefinition.ts";
import type { Knobs } from "./knobs.ts";
import { type BlobOptions, Publisher, type PublishOptions } from "./publishing.ts";
import type { SeenRequest } from "./requestLog.ts";
import { ServiceState } from "./serviceState.ts";
import type { Subscription, SubscriptionSelector } from "./subscriptions.ts";
import { type WantedWebhook, type WebhookStatus, webhookStatus } from "./webhook.ts";

export interface ActivityServiceSettings {
  /** The tenants whose audit log this is. */
  tenantId: string | readonly string[];
  /** What differs from `DOCUMENTED_KNOBS`. */
  knobs?: Partial<Knobs>;
  /** Milliseconds since 1970. Defaults to the real clock. */
  now?: () => number;
}

/** A subscription as seen from inside the service. */
export interface SubscriptionView {
  tenantId: string;
  clientId: string;
  contentType: ContentType;
  status: "enabled" | "disabled";
  /** ISO time of the start that enabled it. */
  startedAt: string;
  webhook: (WantedWebhook & { status: WebhookStatus }) | null;
}

/** Narrows an operation to one tenant or one application. */
export type Whose = Pick<SubscriptionSelector, "tenantId" | "clientId">;

/** Microsoft's side of the API, with what tests and demonstrations do behind the back of its clients. */
export class ActivityService {
  /** For the server; everybody else uses the methods. */
  readonly state: ServiceState;
  readonly #publisher: Publisher;

  /** @throws TypeError when a knob or its value does not exist. */
  constructor({ tenantId, knobs = {}, now = Date.now }: ActivityServiceSettings) {
    this.state = new ServiceState(typeof tenantId === "string" ? [tenantId] : tenantId, knobs, now);
    this.#publisher = new Publisher(this.state);
  }

  /** Milliseconds since 1970 on the service's clock, which a knob can put wrong. */
  now(): number {
    return this.state.now();
  }

  get knobs(): Readonly<Knobs> {
    return this.state.knobs;
  }

  /** @throws TypeError when a knob or its value does not exist; nothing is changed then. */
  turnKnobs(changes: Partial<Knobs>): void {
    this.state.turnKnobs(changes);
  }

  /**
   * Publishes events, given as JSON texts, in content blobs that serve every text byte for byte.
   *
   * @throws TypeError when the tenant is unknown, AuditingOffError when its audit logging is off.
   */
  publish(contentType: ContentType, events: readonly string[], options: PublishOptions = {}): ContentBlob[] {
    return this.#publisher.publish(contentType, events, options);
  }

  /**
   * Publishes one blob whose events are produced anew for every reader, so that its size costs no memory.
   *
   * @throws TypeError when the tenant is unknown, AuditingOffError when its audit logging is off.
   */
  publishStream(contentType: ContentType, events: EventSource, options: BlobOptions = {}): ContentBlob {
    return this.#publisher.publishBody(contentType, events, options);
  }

  subscriptions(selector: SubscriptionSelector = {}): SubscriptionView[] {
    return this.state.subscriptions.select(selector).map(subscription => this.#view(subscription));
  }

  /** Disables subscriptions as an administrator at Microsoft could. Returns how many there were. */
  disable(contentType: ContentType, whose: Whose = {}): number {
    return this.#each(contentType, whose, subscription => {
      subscription.status = "disabled";
    });
  }

  /** Makes the service forget subscriptions. Returns how many there were. */
  remove(contentType: ContentType, whose: Whose = {}): number {
    return this.#each(contentType, whose, subscription => this.state.subscriptions.remove(subscription));
  }

  /** Disables webhooks as after too many failures. Returns how many there were. */
  disableWebhook(contentType: ContentType, whose: Whose = {}): number {
    return this.#eachWebhook(contentType, whose, subscription => {
      subscription.webhook!.disabled = true;
    });
  }

  /**
   * Drops webhooks, as was seen to happen silently
   * (https://github.com/MicrosoftDocs/office-365-management-api/issues/179). Returns how many there were.
   */
  removeWebhook(contentType: ContentType, whose: Whose = {}): number {
    return this.#eachWebhook(contentType, whose, subscription => {
      subscription.webhook = null;
    });
  }

  /** Sends webhooks what is due for them; the server does this every second. */
  deliverNotifications(): Promise<void> {
    return this.state.notifications.deliverDue();
  }

  /** @throws TypeError when the fault is not complete or could never do anything. */
  setFault(fault: Fault): void {
    this.state.faults.set(fault);
  }

  /** The faults that are still to come. */
  faults(): Fault[] {
    return this.state.faults.all();
  }

  clearFaults(): void {
    this.state.faults.clear();
  }

  /** The requests seen, in order of arrival. */
  requests(): readonly SeenRequest[] {
    return this.state.requests.all();
  }

  clearRequests(): void {
    this.state.requests.clear();
  }

  #view({ tenantId, clientId, contentType, status, startedAt, webhook }: Subscription): SubscriptionView {
    return {
      tenantId,
      clientId,
      contentType,
      status,
      startedAt: new Date(startedAt).toISOString(),
      webhook: webhook && {
        address: webhook.address,
        authId: webhook.authId,
        expiration: webhook.expiration,
        status: webhookStatus(webhook, this.now()),
      },
    };
  }

  #each(contentType: ContentType, whose: Whose, change: (subscription: Subscription) => void): number {
    const selected = this.state.subscriptions.select({ ...whose, contentType });
    selected.forEach(change);
    return selected.length;
  }

  #eachWebhook(contentType: ContentType, whose: Whose, change: (subscription: Subscription) => void): number {
    const selected = this.state.subscriptions
      .select({ ...whose, contentType })
      .filter(({ webhook }) => webhook !== null);
    selected.forEach(change);
    return selected.length;
  }
}
