import { parseCloud } from "../../activity-api/clouds.ts";
import { parseContentType } from "../../activity-api/contentTypes.ts";
import { parseCredential } from "../../activity-api/credentialKind.ts";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "../../activity-api/identifiers.ts";
import { expirationTime, sameExpiration } from "../../activity-api/webhook.ts";
import { type CheckFailure, InputCheck } from "../pulumi/inputCheck.ts";
import { definedOnly } from "../pulumi/wireFormat.ts";

/** What `AuditSubscription` hands to its provider, and what state keeps as its inputs. */
export interface AuditSubscriptionInputs {
  tenantId: string;
  clientId: string;
  contentType: string;
  cloud?: string;
  publisherIdentifier?: string;
  webhook?: WebhookInputs;
  webhookAuthId?: string;
  onDestroy?: string;
  onFailure?: string;
  readyTimeoutMinutes?: number;
  credential?: string;
  grantId?: string;
  activityApiUrl?: string;
  authorityUrl?: string;
  /**
   * Declared it is always "enabled"; a refresh writes what the service says, so that a preview shows the difference.
   * With `ignoreChanges` Pulumi hands that back as declared.
   */
  status?: string;
}

export interface WebhookInputs {
  address: string;
  expiration?: string;
  /** As with the status of the subscription. */
  status?: string;
}

/**
 * The declared inputs in one spelling each, with the states that they ask for, and everything that is wrong with them.
 * Defaults are not written down: an upgrade that changes one must not change every resource.
 */
export function checkInputs(
  olds: Partial<AuditSubscriptionInputs>,
  news: AuditSubscriptionInputs,
): { inputs: AuditSubscriptionInputs; failures: CheckFailure[] } {
  const check = new InputCheck();
  check.require(news, ["tenantId", "clientId", "contentType"]);
  const inputs: AuditSubscriptionInputs = {
    ...news,
    tenantId: check.parse("tenantId", news.tenantId, parseTenantId),
    clientId: check.parse("clientId", news.clientId, parseClientId),
    contentType: check.parse("contentType", news.contentType, parseContentType),
    cloud: check.parse("cloud", news.cloud, parseCloud),
    publisherIdentifier: check.parse(
      "publisherIdentifier",
      news.publisherIdentifier,
      parsePublisherIdentifier,
    ),
    webhook: checkWebhook(olds.webhook, news.webhook, check),
    webhookAuthId: check.parse("webhook.authId", news.webhookAuthId, parseAuthId),
    onDestroy: check.parse("onDestroy", news.onDestroy, parseOnDestroy),
    onFailure: check.parse("onFailure", news.onFailure, parseOnFailure),
    readyTimeoutMinutes: check.parse("readyTimeoutMinutes", news.readyTimeoutMinutes, parseReadyTimeout),
    credential: check.parse("credential", news.credential, parseCredential),
    activityApiUrl: check.parse("activityApiUrl", news.activityApiUrl, url =>
      parseEndpoint("activityApiUrl", url),
    ),
    authorityUrl: check.parse("authorityUrl", news.authorityUrl, url => parseEndpoint("authorityUrl", url)),
    status: news.status ?? "enabled",
  };
  return { inputs: definedOnly(inputs), failures: check.failures };
}

function checkWebhook(
  old: WebhookInputs | undefined,
  webhook: WebhookInputs | undefined,
  check: InputCheck,
): WebhookInputs | undefined {
  if (webhook === undefined || webhook === null) return undefined;
  const { address, expiration, status } = webhook;
  return {
    address: check.parse("webhook.address", address, parseAddress),
    expiration: check.parse("webhook.expiration", expiration, value =>
      parseExpiration(value, old?.expiration),
    ),
    status: status ?? "enabled",
  };
}

function parseAddress(value: string): string {
  const url = URL.parse(value);
  if (url?.protocol === "https:") return value;
  // The rest of the URL may hold a key.
  const shown = url === null ? "is not a URL" : `begins with ${url.protocol}//${url.host}`;
  throw new Error(
    `The webhook's address ${shown}. Use an https URL: the service refuses any other with AF20021.`,
  );
}

/** An expiration that has passed since it was declared is drift to be shown, not a mistake in the program. */
function parseExpiration(value: string, old: string | undefined): string {
  const time = expirationTime(value);
  if (Number.isNaN(time))
    throw new Error(
      `The webhook's expiration "${value}" is not a time. Write it like 2027-06-30T00:00:00Z, or leave it out for never.`,
    );
  if (time <= Date.now() && !sameExpiration(value, old))
    throw new Error(
      `The webhook's expiration "${value}" lies in the past, which the service refuses with AF20003. ` +
        `Declare a later one, or leave it out for never.`,
    );
  return value;
}

/** It travels in a header. The value is a secret and is not shown. */
function parseAuthId(value: string): string {
  if (/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return value;
  throw new Error(
    "The webhook's authId cannot be sent in a header. Use one to many printable ASCII characters, with no blank at " +
      "either end.",
  );
}

function parseOnDestroy(value: string): string {
  if (value === "keep" || value === "stop") return value;
  throw new Error(
    `"${value}" is nothing to do on destroy. Use "keep" (the subscription stays enabled) or "stop" (content that was ` +
      `not collected is lost).`,
  );
}

function parseOnFailure(value: string): string {
  if (value === "fail" || value === "record") return value;
  throw new Error(
    `"${value}" is nothing to do on failure. Use "fail" (the update fails) or "record" (it goes on, and the subscription ` +
      `shows as drift).`,
  );
}

function parseReadyTimeout(value: number): number {
  if (typeof value === "number" && value >= 0 && value <= 1440) return value;
  throw new Error(
    `${JSON.stringify(value)} is not a time-out. Use a number of minutes from 0 (no wait) to 1440; after a start the ` +
      `service wants 15 minutes until the next, so that 20 is the default.`,
  );
}
