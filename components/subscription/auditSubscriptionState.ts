import type { Subscription, Webhook } from "../../activity-api/client.ts";
import { sameAddress, sameExpiration } from "../../activity-api/webhook.ts";
import { definedOnly } from "../pulumi/wireFormat.ts";
import type { AuditSubscriptionInputs, WebhookInputs } from "./auditSubscriptionInputs.ts";

/** What state keeps as the outputs: the inputs with what the service says in place of what was asked for. */
export interface AuditSubscriptionOutputs extends AuditSubscriptionInputs {
  /** From when on the service accepts a start, when it refused one; an ISO 8601 time. */
  nextStartAllowedAt?: string;
  /** Why the subscription could not be ensured or looked at, where that is recorded. */
  failure?: string;
}

/** Another value makes another subscription. Not the cloud: a tenant has one, so that another value corrects a mistake. */
const IDENTITY = ["tenantId", "clientId", "contentType"] as const;

const COMPARED: readonly (keyof AuditSubscriptionInputs)[] = [
  ...IDENTITY,
  "cloud",
  "publisherIdentifier",
  "webhook",
  "webhookAuthId",
  "onDestroy",
  "onFailure",
  "readyTimeoutMinutes",
  "credential",
  "grantId",
  "activityApiUrl",
  "authorityUrl",
  "status",
];

export type SubscriptionIdentity = Pick<AuditSubscriptionInputs, (typeof IDENTITY)[number]>;

export function subscriptionId({ tenantId, clientId, contentType }: SubscriptionIdentity): string {
  return `${tenantId}/${clientId}/${contentType}`;
}

export function identityOf(id: string): SubscriptionIdentity {
  const [tenantId = "", clientId = "", contentType = ""] = id.split("/");
  return { tenantId, clientId, contentType };
}

/** What differs between state and program, and what of it makes another subscription. */
export function compare(
  olds: AuditSubscriptionOutputs,
  news: AuditSubscriptionInputs,
): { changes: boolean; replaces: string[] } {
  const changed = COMPARED.filter(property => !isSame(olds[property], news[property]));
  return { changes: changed.length > 0, replaces: IDENTITY.filter(property => changed.includes(property)) };
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}

/** Neither the order of properties nor a missing one against an undefined or null one makes a difference. */
function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined && part !== null);
  return JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The declaration with the service's word on it, which is undefined when the service does not list the subscription. */
export function asObserved<Declared extends AuditSubscriptionInputs>(
  declared: Declared,
  listed: Subscription | undefined,
): Declared {
  // A list without a status (as in Microsoft's sample) says nothing new.
  const status = listed === undefined ? "absent" : (listed.status?.toLowerCase() ?? declared.status);
  const webhook = declared.webhook === undefined ? {} : observedWebhook(declared, listed?.webhook ?? null);
  return definedOnly({ ...declared, status, ...webhook });
}

function observedWebhook(
  { webhook, webhookAuthId }: AuditSubscriptionInputs,
  listed: Webhook | null,
): { webhook: WebhookInputs; webhookAuthId?: string } {
  const declared = webhook as WebhookInputs;
  if (listed === null) return { webhook: { ...declared, status: "absent" }, webhookAuthId };
  return {
    webhook: {
      address: sameAddress(listed.address, declared.address) ? declared.address : (listed.address ?? ""),
      expiration: sameExpiration(listed.expiration, declared.expiration)
        ? declared.expiration
        : listed.expiration || undefined,
      status: listed.status?.toLowerCase() ?? declared.status,
    },
    webhookAuthId: observedAuthId(listed.authId, webhookAuthId),
  };
}

/** Another authId than the declared one is somebody else's secret: that it is another is all that state has to hold. */
function observedAuthId(listed: string | undefined, declared: string | undefined): string | undefined {
  if (listed === undefined || listed === (declared ?? "")) return declared;
  return listed === "" ? undefined : "(not the declared one)";
}
