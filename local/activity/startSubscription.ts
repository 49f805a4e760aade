import { randomUUID } from "node:crypto";
import { type Answer, jsonAnswer } from "./answer.ts";
import { type Call, subscriptionKey } from "./call.ts";
import { auditingOff, feedError, startThrottled } from "./errors.ts";
import { NO_PUBLISHER } from "./requestParameters.ts";
import type { ServiceState } from "./serviceState.ts";
import type { SubscriptionKey } from "./subscriptions.ts";
import { isSameWebhook, readWebhook, validateWebhook, type WantedWebhook, type Webhook } from "./webhook.ts";

/**
 * Creates a subscription, enables a disabled one, or sets or removes the webhook of an enabled one.
 *
 * A start that fails counts for the throttle too. Microsoft does not say so; assuming it keeps clients careful.
 */
export async function startSubscription(state: ServiceState, call: Call): Promise<Answer> {
  const key = subscriptionKey(call);
  refuseFrequentStart(state, key);
  state.subscriptions.recordStartRequest(key, state.now());
  if (!state.auditingWorks()) throw auditingOff(refusedStart(call));

  const wanted = readWebhook(call.body, state.now());
  const existing = state.subscriptions.find(key);
  if (existing?.status === "enabled" && isSameWebhook(existing.webhook, wanted, state.now())) {
    throw feedError("AF20024");
  }
  if (wanted !== null) await validateWebhook(wanted, state.knobs.webhookTimeoutSeconds);
  return enable(state, key, call.parameters.contentType ?? key.contentType, wanted);
}

function refuseFrequentStart(state: ServiceState, key: SubscriptionKey): void {
  const { startThrottleMinutes, retryAfterHeader } = state.knobs;
  const before = state.subscriptions.startRequestedAt(key) ?? -Infinity;
  const remainingSeconds = Math.ceil((before + startThrottleMinutes * 60_000 - state.now()) / 1000);
  if (remainingSeconds > 0) throw startThrottled(remainingSeconds, retryAfterHeader);
}

function enable(
  state: ServiceState,
  key: SubscriptionKey,
  spelling: string,
  wanted: WantedWebhook | null,
): Answer {
  const { backfillHours, firstContentDelaySeconds } = state.knobs;
  const times = { now: state.now(), backfillHours, firstContentDelaySeconds };
  const webhook = wanted === null ? null : newWebhook(wanted, state.now());
  const subscription = state.subscriptions.enable(key, spelling, webhook, times);
  return jsonAnswer({
    contentType: subscription.spelling,
    status: subscription.status,
    webhook: wanted && {
      status: "enabled",
      address: wanted.address,
      authId: wanted.authId,
      expiration: wanted.expiration || null,
    },
  });
}

/** Only what is listed from now on is notified. */
function newWebhook(wanted: WantedWebhook, now: number): Webhook {
  return {
    ...wanted,
    disabled: false,
    failuresInARow: 0,
    nextAttemptAt: now,
    deliveredUpTo: { listedAt: now - 1, sequence: Infinity },
  };
}

function refusedStart({ tenantId, clientId, contentType, parameters }: Call) {
  return {
    correlationId: randomUUID(),
    tenantId,
    clientId,
    contentType: contentType ?? "",
    publisherIdentifier: parameters.publisherIdentifier ?? NO_PUBLISHER,
  };
}
