import { randomUUID } from "node:crypto";
import type { AuditSubscriptionInputs } from "../../components/subscription/auditSubscriptionInputs.ts";
import { AuditSubscriptionLifecycle } from "../../components/subscription/auditSubscriptionLifecycle.ts";
import type { SeenRequest } from "../../local/activity/requestLog.ts";
import { minutes } from "./activityApiFixture.ts";
import { type AuditSubscriptionFixture, secret } from "./auditSubscriptionFixture.ts";
import { PlayedStack } from "./playedStack.ts";

/** Enough for one wait of 15 minutes, whenever it begins. */
export const AMPLE_MINUTES = 40;
const CONTENT_TYPE = "Audit.General";

/** A stack with one subscription, of an application of its own in a tenant that it shares with other worlds. */
export class SubscriptionWorld {
  readonly stack = new PlayedStack();
  readonly #tenant: AuditSubscriptionFixture;
  readonly #clientId = randomUUID();
  readonly #processes: AuditSubscriptionLifecycle[] = [];
  #declared = new Set<string>();

  constructor(tenant: AuditSubscriptionFixture) {
    this.#tenant = tenant;
    tenant.directory.registerConsentedClient(this.#clientId, secret);
    tenant.api.service.clearFaults();
  }

  get service() {
    return this.#tenant.api.service;
  }

  program(change: Partial<AuditSubscriptionInputs> = {}): AuditSubscriptionInputs {
    const { inputs } = this.#tenant;
    return { ...inputs, clientId: this.#clientId, readyTimeoutMinutes: AMPLE_MINUTES, ...change };
  }

  /** A new run of the engine. */
  newRun(): AuditSubscriptionLifecycle {
    this.service.clearRequests();
    this.#declared = new Set();
    return this.newProcess();
  }

  /** A further provider process of the same run. */
  newProcess(): AuditSubscriptionLifecycle {
    const created = new AuditSubscriptionLifecycle({
      env: { SIEM_CLIENT_SECRET: secret },
      clock: this.#tenant.clock,
      report: () => {},
      declared: this.#declared,
    });
    this.#processes.push(created);
    return created;
  }

  /** What the service says of the subscription; undefined when it knows none. */
  status(): string | undefined {
    return this.service.subscriptions({ ...this.#whose, contentType: CONTENT_TYPE })[0]?.status;
  }

  /** What the run that began last has asked of the service. */
  requests(operation: "start" | "stop"): SeenRequest[] {
    return this.service.requests().filter(seen => seen.operation === operation);
  }

  disableBehindItsBack(): void {
    this.service.disable(CONTENT_TYPE, this.#whose);
  }

  removeBehindItsBack(): void {
    this.service.remove(CONTENT_TYPE, this.#whose);
  }

  startByHand(): void {
    const { subscriptions } = this.service.state;
    const key = { ...this.#whose, contentType: CONTENT_TYPE } as const;
    const times = { now: this.service.now(), backfillHours: 0, firstContentDelaySeconds: 0 };
    subscriptions.recordStartRequest(key, times.now);
    subscriptions.enable(key, CONTENT_TYPE.toLowerCase(), null, times);
  }

  passMinutes(count: number): void {
    this.#tenant.clock.advance(count * minutes);
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map(process => process.close()));
  }

  get #whose() {
    return { tenantId: this.#tenant.directory.tenantId, clientId: this.#clientId };
  }
}
