import { type Answer, emptyAnswer, jsonAnswer } from "./answer.ts";
import { type Call, subscriptionKey } from "./call.ts";
import { feedError } from "./errors.ts";
import type { ServiceState } from "./serviceState.ts";
import { type Webhook, webhookStatus } from "./webhook.ts";

/**
 * Disables a subscription: from here on nothing can be listed or fetched, and what was not collected stays lost.
 *
 * @throws FeedError AF20022 without subscription; AF20023 for a disabled one, if the knob `stopOfDisabled` says so.
 */
export function stopSubscription(state: ServiceState, call: Call): Answer {
  const subscription = state.subscriptions.find(subscriptionKey(call));
  if (subscription === undefined) throw feedError("AF20022");
  if (subscription.status === "disabled" && state.knobs.stopOfDisabled === "fail") throw feedError("AF20023");
  subscription.status = "disabled";
  return emptyAnswer();
}

/** The subscriptions of the calling application. */
export function listSubscriptions(state: ServiceState, { tenantId, clientId }: Call): Answer {
  const listed = state.subscriptions
    .select({ tenantId, clientId })
    .filter(({ status }) => status === "enabled" || state.knobs.listDisabled === "show");
  return jsonAnswer(
    listed.map(({ spelling, status, webhook }) => ({
      contentType: spelling,
      status,
      webhook: webhook && listedWebhook(webhook, state.now()),
    })),
  );
}

/**
 * In another order than start answers, and with `expiration` as the caller wrote it, "" included
 * (https://github.com/MicrosoftDocs/office-365-management-api/issues/179).
 */
function listedWebhook(webhook: Webhook, now: number) {
  const { authId, address, expiration } = webhook;
  return { authId, address, expiration, status: webhookStatus(webhook, now) };
}
