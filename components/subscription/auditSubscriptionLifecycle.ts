import type { Clock } from "../../activity-api/clock.ts";
import { ActivityApiError } from "../../activity-api/errors.ts";
import { ErrorAction } from "../../activity-api/errorTable.ts";
import { ensureSubscription, type WantedSubscription } from "../../activity-api/subscription.ts";
import { findSubscription, type Subscription } from "../../activity-api/subscriptionList.ts";
import { SubscriptionNotReadyError } from "../../activity-api/subscriptionNotReady.ts";
import { UNKNOWN } from "../pulumi/wireFormat.ts";
import type { ActivityApiConnection, ActivityApiConnections } from "./activityApiConnections.ts";
import { type AuditSubscriptionInputs, checkInputs } from "./auditSubscriptionInputs.ts";
import {
  type AuditSubscriptionOutputs,
  asObserved,
  compare,
  identityOf,
  subscriptionId,
} from "./auditSubscriptionState.ts";
import { isPutOut, mayBeRecorded, reasonOf, withFailure } from "./recordedFailure.ts";

/** Ids that the program of a run declares. */
export interface DeclaredIds {
  add(id: string): void;
  has(id: string): boolean;
}

export interface LifecycleOptions {
  /** Where they are kept. Defaults to this process. */
  declared?: DeclaredIds;
  /** Takes the lines that a user should see meanwhile. Defaults to standard output, which Pulumi shows. */
  report?: (line: string) => void;
  /** Where credentials are looked for. Defaults to the environment of the process. */
  env?: NodeJS.ProcessEnv;
  /** Defaults to the system's. */
  clock?: Clock;
}

/** The life of every `AuditSubscription` in one run of the engine. */
export class AuditSubscriptionLifecycle {
  readonly #env: NodeJS.ProcessEnv | undefined;
  #connections: Promise<ActivityApiConnections> | undefined;
  readonly #report: (line: string) => void;
  readonly #clock: Clock | undefined;
  /** The engine checks every resource of the program before it deletes any. */
  readonly #declared: DeclaredIds;

  constructor({ declared = new Set(), report = console.info, env, clock }: LifecycleOptions = {}) {
    this.#declared = declared;
    this.#env = env;
    this.#report = report;
    this.#clock = clock;
  }

  check(olds: Partial<AuditSubscriptionInputs>, news: AuditSubscriptionInputs) {
    const checked = checkInputs(olds, news);
    const id = subscriptionId(checked.inputs);
    if (!id.includes(UNKNOWN)) this.#declared.add(id);
    return checked;
  }

  diff(olds: AuditSubscriptionOutputs, news: AuditSubscriptionInputs) {
    return compare(olds, news);
  }

  async create(inputs: AuditSubscriptionInputs): Promise<{ id: string; outs: AuditSubscriptionOutputs }> {
    return { id: subscriptionId(inputs), outs: await this.#ensure(inputs, {}) };
  }

  /** With `ignoreChanges` of the status, a subscription that is disabled stays so, whatever else changes. */
  async update(
    olds: AuditSubscriptionOutputs,
    news: AuditSubscriptionInputs,
  ): Promise<{ outs: AuditSubscriptionOutputs }> {
    if (news.status === "disabled") return { outs: asObserved(news, await this.#listed(news)) };
    return { outs: await this.#ensure(news, olds) };
  }

  /**
   * What the service says, as outputs and as inputs, so that a refresh shows the very property that drifted. Nothing
   * at all when a list has no such subscription; without a list it fails, since that is no proof of anything, or records
   * just that.
   */
  async read(
    id: string,
    props: AuditSubscriptionOutputs,
  ): Promise<{ id?: string; props?: AuditSubscriptionOutputs; inputs?: AuditSubscriptionInputs }> {
    const { failure: _former, ...known } = { ...props, ...identityOf(id) };
    const observed = await this.#observed(known);
    if (observed === undefined) return {};
    const { nextStartAllowedAt: _, failure: __, ...inputs } = observed;
    return { id, props: observed, inputs };
  }

  /**
   * Leaves the subscription alone, or stops it when `onDestroy` is "stop". Never when this run declares it: in a forced
   * replacement, or a rename without alias, the engine deletes the old resource after creating the new one, and both
   * are the same subscription. Switched off here, it would stay so while the run ends with success.
   */
  async delete(id: string, props: AuditSubscriptionOutputs): Promise<void> {
    if (props.onDestroy !== "stop") return;
    if (this.#declared.has(id)) return this.#say(props, "not stopped, since the program declares it still.");
    const connection = await this.#connectionTo(props);
    try {
      await connection.client.stopSubscription(props.contentType);
      this.#say(props, "stopped. Content that was not collected by now is lost, also for a later start.");
    } catch (error) {
      if (isNotStarted(error)) return;
      // Who is not let in any more would try for ever: the customer may be gone.
      if (!mayBeRecorded(props, error) || !isPutOut(error)) throw error;
      this.#say(props, `not stopped, since the application is not let in any more. ${reasonOf(error)}`);
    } finally {
      connection.forgetList();
    }
  }

  async close(): Promise<void> {
    await (await this.#connections)?.close();
  }

  /**
   * What speaks HTTP and gets tokens is loaded when a service is asked. A preview without refresh asks none, and would
   * wait for it in vain.
   */
  async #connectionTo(inputs: AuditSubscriptionInputs): Promise<ActivityApiConnection> {
    this.#connections ??= import("./activityApiConnections.ts").then(
      ({ ActivityApiConnections }) => new ActivityApiConnections({ env: this.#env, clock: this.#clock }),
    );
    return (await this.#connections).to(inputs);
  }

  async #listed(inputs: AuditSubscriptionInputs): Promise<Subscription | undefined> {
    return findSubscription(await (await this.#connectionTo(inputs)).listed(), inputs.contentType);
  }

  async #observed(known: AuditSubscriptionOutputs): Promise<AuditSubscriptionOutputs | undefined> {
    try {
      const listed = await this.#listed(known);
      if (listed === undefined) return undefined;
      if (listed.status === undefined)
        this.#say(known, `listed without a status; taken to be ${known.status}.`);
      return asObserved(known, listed);
    } catch (error) {
      if (!mayBeRecorded(known, error)) throw error;
      this.#say(known, `could not be looked at. ${reasonOf(error)}`);
      return withFailure(known, error);
    }
  }

  async #ensure(
    news: AuditSubscriptionInputs,
    olds: Partial<AuditSubscriptionOutputs>,
  ): Promise<AuditSubscriptionOutputs> {
    const connection = await this.#connectionTo(news);
    try {
      const { subscription } = await ensureSubscription(connection.client, wanted(news, olds), {
        readyTimeoutMinutes: news.readyTimeoutMinutes,
        mayStillPropagate: news.grantId !== undefined && news.grantId !== olds.grantId,
        nextStartAllowedAt:
          olds.nextStartAllowedAt === undefined ? undefined : new Date(olds.nextStartAllowedAt),
        report: this.#report,
        clock: this.#clock,
      });
      this.#mentionOtherWebhook(news, subscription);
      return asObserved(news, subscription);
    } catch (error) {
      if (!mayBeRecorded(news, error))
        throw error instanceof SubscriptionNotReadyError ? partialFailure(error, news) : error;
      this.#say(news, `could not be ensured. ${reasonOf(error)}`);
      return withFailure(withoutGrant(news), error);
    } finally {
      connection.forgetList();
    }
  }

  #mentionOtherWebhook(news: AuditSubscriptionInputs, { webhook }: Subscription): void {
    if (news.webhook !== undefined || webhook === null) return;
    const host = URL.parse(webhook.address ?? "")?.host ?? "an address that is no URL";
    this.#say(
      news,
      `another consumer has a webhook at ${host}. It is left as it is; collecting does not need it.`,
    );
  }

  #say({ contentType, tenantId }: AuditSubscriptionInputs, what: string): void {
    this.#report(`${contentType} of tenant ${tenantId}: ${what}`);
  }
}

function wanted(news: AuditSubscriptionInputs, olds: Partial<AuditSubscriptionOutputs>): WantedSubscription {
  const { contentType, webhook, webhookAuthId } = news;
  if (webhook === undefined) return { contentType, formerWebhookAddress: olds.webhook?.address };
  const { address, expiration } = webhook;
  return { contentType, webhook: { address, expiration, authId: webhookAuthId } };
}

/**
 * An error in the form that the engine records as a resource that exists and is not ready, so that the next run calls
 * `update`.
 */
function partialFailure(error: SubscriptionNotReadyError, inputs: AuditSubscriptionInputs): Error {
  const { failure: _message, ...properties } = withFailure(withoutGrant(inputs), error);
  return Object.assign(error, { id: subscriptionId(inputs), properties, reasons: [error.message] });
}

/** It is not proven yet, and stays new to the next run. */
function withoutGrant({ grantId: _notProven, ...inputs }: AuditSubscriptionInputs): AuditSubscriptionInputs {
  return inputs;
}

function isNotStarted(error: unknown): boolean {
  return error instanceof ActivityApiError && error.action === ErrorAction.startSubscription;
}
