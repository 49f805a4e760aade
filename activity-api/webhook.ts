import type { Webhook } from "./subscriptionList.ts";

/** The webhook that a subscription should have. */
export interface WantedWebhook {
  /** https URL that answers the validation POST with HTTP 200. */
  address: string;
  /** Sent along with every notification as `Webhook-AuthID`, so that the endpoint knows the sender. */
  authId?: string;
  /** When notifications end, as an ISO 8601 time. Never, when it is left out. */
  expiration?: string;
}

/** Whether the service has the webhook as wanted, and sends to it. */
export function webhookIsAsWanted(listed: Webhook | null, wanted: WantedWebhook): boolean {
  return (
    listed !== null &&
    sameAddress(listed.address, wanted.address) &&
    authIdIsAsWanted(listed, wanted) &&
    sameExpiration(listed.expiration, wanted.expiration) &&
    (listed.status ?? "enabled").toLowerCase() === "enabled"
  );
}

/** A server may write a URL anew, with a slash for the empty path for instance. */
export function sameAddress(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && normalized(one) === normalized(other);
}

function normalized(address: string): string {
  return URL.parse(address)?.href ?? address;
}

/** A list that leaves the authId out says nothing about it. */
function authIdIsAsWanted(listed: Webhook, wanted: WantedWebhook): boolean {
  return listed.authId === undefined || listed.authId === (wanted.authId ?? "");
}

/** The service writes "never" as null or as an empty string, and a time not always as it was given. */
export function sameExpiration(one: string | undefined, other: string | undefined): boolean {
  return wholeSeconds(expirationTime(one)) === wholeSeconds(expirationTime(other));
}

function wholeSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

/** Milliseconds since 1970, infinity for never, NaN for what is no time. A time without a zone is UTC. */
export function expirationTime(expiration: string | undefined): number {
  if (expiration === undefined || expiration === "") return Number.POSITIVE_INFINITY;
  const hasZone = /(z|[+-]\d\d:?\d\d)$/i.test(expiration) || !expiration.includes("T");
  return Date.parse(hasZone ? expiration : `${expiration}Z`);
}

/** A listed webhook in the form in which it can be sent again, when it is in use. */
export function asListed(listed: Webhook | null): WantedWebhook | undefined {
  if (listed?.address === undefined || listed.status?.toLowerCase() !== "enabled") return undefined;
  const { address, authId, expiration } = listed;
  return { address, authId: authId || undefined, expiration: expiration || undefined };
}
