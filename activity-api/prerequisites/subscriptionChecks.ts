import type { ContentType } from "../contentTypes.ts";
import { findSubscription, type Subscription } from "../subscriptionList.ts";
import type { PrerequisiteCheck } from "./check.ts";
import type { Listing } from "./listing.ts";

/**
 * One check per content type.
 *
 * @param beforeDeployment whether they are still to be started: then one that is not enabled is in nobody's way.
 */
export function checkSubscriptions(
  contentTypes: readonly ContentType[],
  listing: Listing,
  beforeDeployment: boolean,
): PrerequisiteCheck[] {
  return contentTypes.map(contentType => {
    const name = `subscription ${contentType}`;
    if ("failure" in listing)
      return { name, state: "unknown", finding: "The subscriptions could not be listed." };
    return { name, ...judge(findSubscription(listing.subscriptions, contentType), beforeDeployment) };
  });
}

function judge(
  subscription: Subscription | undefined,
  beforeDeployment: boolean,
): Omit<PrerequisiteCheck, "name"> {
  if (subscription !== undefined && subscription.status === undefined)
    return { state: "unknown", finding: "It is listed without a status." };
  if (isEnabled(subscription)) return { state: "ok", finding: "It is enabled." };
  const found =
    subscription === undefined
      ? "This application has never started it."
      : `It is ${subscription.status}, so that nothing is collected.`;
  if (beforeDeployment) return { state: "ok", finding: `${found} The deployment starts it.` };
  return {
    state: "failed",
    finding: found,
    fix: "Run `pulumi up --refresh`, which starts it. Content of the time without it is lost.",
  };
}

export function isEnabled(subscription: Subscription | undefined): boolean {
  return subscription?.status?.toLowerCase() === "enabled";
}
