import { feedError } from "./errors.ts";
import type { ServiceState } from "./serviceState.ts";
import type { Subscription, SubscriptionKey } from "./subscriptions.ts";

/** @throws FeedError AF20022 when there is no subscription, AF20023 when it is disabled. */
export function enabledSubscription(state: ServiceState, key: SubscriptionKey): Subscription {
  const subscription = state.subscriptions.find(key);
  if (subscription === undefined) throw feedError("AF20022");
  if (subscription.status === "disabled") throw feedError("AF20023");
  return subscription;
}
