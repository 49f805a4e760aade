/** What the service says of a webhook. Values are as they came; `expiration` may be empty for "never". */
export interface Webhook {
  address: string | undefined;
  /** Empty for none; undefined when the list leaves it out. */
  authId: string | undefined;
  expiration: string | undefined;
  /** `enabled`, `disabled` (the endpoint failed too often) or `expired`. */
  status: string | undefined;
}

/** What the service says of the subscription to one content type. */
export interface Subscription {
  contentType: string;
  /** `enabled` or `disabled`. Undefined when the service leaves it out, as Microsoft's own sample does. */
  status: string | undefined;
  webhook: Webhook | null;
}

/** Reads the answer to a list, or undefined when it is none. */
export function readSubscriptions(value: unknown): Subscription[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const subscriptions = value.map(readSubscription);
  return subscriptions.includes(undefined) ? undefined : (subscriptions as Subscription[]);
}

/** Reads one subscription, as the answer to a start holds it, or undefined when it is none. */
export function readSubscription(value: unknown): Subscription | undefined {
  const { contentType, status, webhook } = fieldsOf(value);
  if (typeof contentType !== "string") return undefined;
  return { contentType, status: text(status), webhook: readWebhook(webhook) };
}

function readWebhook(value: unknown): Webhook | null {
  if (typeof value !== "object" || value === null) return null;
  const { address, authId, expiration, status } = fieldsOf(value);
  return {
    address: text(address),
    authId: authId === null ? "" : text(authId),
    expiration: text(expiration),
    status: text(status),
  };
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The subscription to `contentType`, which the service echoes in the letter case that a client once used. */
export function findSubscription(
  subscriptions: readonly Subscription[],
  contentType: string,
): Subscription | undefined {
  return subscriptions.find(listed => listed.contentType.toLowerCase() === contentType.toLowerCase());
}
