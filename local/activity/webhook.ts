import { randomUUID } from "node:crypto";
import type { Position } from "./contentStore.ts";
import { AspNetError, feedError } from "./errors.ts";

/** What the caller of start asks for. */
export interface WantedWebhook {
  address: string;
  authId: string | null;
  /** As written by the caller; null or "" for never. */
  expiration: string | null;
}

export interface Webhook extends WantedWebhook {
  /** Set after too many failures, or from outside. */
  disabled: boolean;
  failuresInARow: number;
  nextAttemptAt: number;
  /** Everything listed up to here was delivered. */
  deliveredUpTo: Position;
}

export type WebhookStatus = "enabled" | "disabled" | "expired";

export function webhookStatus(webhook: Webhook, now: number): WebhookStatus {
  if (isPast(webhook.expiration, now)) return "expired";
  return webhook.disabled ? "disabled" : "enabled";
}

/**
 * The webhook in the body of a start request. No body, no webhook and a null webhook all mean none: the documents say
 * that start removes a webhook, but not which of the three does.
 *
 * @throws AspNetError 400 for what is not JSON; FeedError AF20001, AF20002, AF20003 or AF20021 for a wrong webhook.
 */
export function readWebhook(body: string, now: number): WantedWebhook | null {
  const webhook = body.trim() === "" ? undefined : parseBody(body).webhook;
  if (webhook === undefined || webhook === null) return null;
  const { address, authId = null, expiration = null } = webhook as Partial<WantedWebhook>;

  if (typeof address !== "string" || address === "") throw feedError("AF20001", "webhook.address");
  if (!/^https:\/\//i.test(address) || !URL.canParse(address)) {
    throw feedError("AF20021", address, "The address must begin with https.");
  }
  if (expiration !== null && typeof expiration !== "string") {
    throw feedError("AF20002", "webhook.expiration", "datetime");
  }
  if (expiration && Number.isNaN(Date.parse(expiration))) {
    throw feedError("AF20002", "webhook.expiration", "datetime");
  }
  if (isPast(expiration, now)) throw feedError("AF20003", expiration ?? "");
  return { address, authId: authId === null ? null : String(authId), expiration };
}

/** Whether start would change anything: a webhook that was disabled or has expired is enabled again by the same one. */
export function isSameWebhook(existing: Webhook | null, wanted: WantedWebhook | null, now: number): boolean {
  if (existing === null || wanted === null) return existing === wanted;
  return (
    webhookStatus(existing, now) === "enabled" &&
    existing.address === wanted.address &&
    (existing.authId ?? "") === (wanted.authId ?? "") &&
    (existing.expiration ?? "") === (wanted.expiration ?? "")
  );
}

/**
 * Asks the endpoint whether it wants the notifications. Its answer has to be HTTP 200 and nothing else is looked at.
 *
 * @throws FeedError AF20021.
 */
export async function validateWebhook(webhook: WantedWebhook, timeoutSeconds: number): Promise<void> {
  const validationCode = randomUUID();
  const accepted = await postToWebhook(webhook, JSON.stringify({ validationCode }), timeoutSeconds, {
    "Webhook-ValidationCode": validationCode,
  });
  if (!accepted) throw feedError("AF20021", webhook.address, "It did not answer with HTTP 200.");
}

/** Whether the endpoint answered 200; 202, 204 and redirects are failures like any other. */
export async function postToWebhook(
  webhook: WantedWebhook,
  body: string,
  timeoutSeconds: number,
  headers: Record<string, string> = {},
): Promise<boolean> {
  try {
    const response = await fetch(webhook.address, {
      method: "POST",
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        ...(webhook.authId ? { "Webhook-AuthID": webhook.authId } : {}),
        ...headers,
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

function parseBody(body: string): { webhook?: unknown } {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) return parsed;
  } catch {
    // Answered like any other body that is not an object.
  }
  throw new AspNetError(400, "The request is invalid.");
}

function isPast(expiration: string | null, now: number): boolean {
  return Boolean(expiration) && Date.parse(expiration!) <= now;
}
