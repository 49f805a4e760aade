import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import type { CredentialKind } from "../../activity-api/credentialKind.ts";
import { ShimmedResource } from "../pulumi/shimmedResource.ts";

/** What becomes of a subscription that is not declared any more. */
export const OnDestroy = {
  /** It stays enabled, so that no content is lost. */
  keep: "keep",
  /** It is stopped. Content that was not collected by then is lost, also for a later start. */
  stop: "stop",
} as const;
export type OnDestroy = (typeof OnDestroy)[keyof typeof OnDestroy];

/** What becomes of an update or a refresh when a subscription cannot be ensured. */
export const OnFailure = {
  /** It fails. */
  fail: "fail",
  /** It goes on; what was met is kept as the status and the failure, and differs from what is declared until it is healed. */
  record: "record",
} as const;
export type OnFailure = (typeof OnFailure)[keyof typeof OnFailure];

/** A webhook to which the service announces new content. Collecting rests on polling: a webhook is an addition. */
export interface SubscriptionWebhookArgs {
  /** https URL, which answers the service's validation POST with HTTP 200 when the subscription is started. */
  address: pulumi.Input<string>;
  /** Sent with every notification as `Webhook-AuthID`, so that the endpoint knows the sender. A secret in state. Defaults to none. */
  authId?: pulumi.Input<string>;
  /** When notifications end, as an ISO 8601 time in UTC such as 2027-06-30T00:00:00Z. Defaults to never. */
  expiration?: pulumi.Input<string>;
}

export interface AuditSubscriptionArgs {
  /** Tenant id (a GUID) of the tenant whose audit feed is wanted. */
  tenantId: pulumi.Input<string>;
  /** Client id (a GUID) of the application that owns the subscription: the one that will collect its content. */
  clientId: pulumi.Input<string>;
  /** Audit.General (with Defender for Office 365), Audit.AzureActiveDirectory, Audit.Exchange, Audit.SharePoint or DLP.All. */
  contentType: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** Webhook of the subscription. Defaults to none, and then one of another consumer stays as it is. */
  webhook?: SubscriptionWebhookArgs;
  /** What a destroy does to the subscription: `keep` or `stop`, which loses content that was not collected. Defaults to keep. */
  onDestroy?: pulumi.Input<OnDestroy>;
  /** What a refusal does to the update or refresh that meets it, by Entra (as without consent) or by the service: `fail` or `record`, which lets the rest go on, shows as drift and is tried again by the next update. Defaults to fail. */
  onFailure?: pulumi.Input<OnFailure>;
  /** Minutes that the service and Entra may take until the subscription is enabled; 0 for no wait. Defaults to 20. */
  readyTimeoutMinutes?: pulumi.Input<number>;
  /** How the deployer proves to be the application. Defaults to `auto`: the first that is there, in the documented order. */
  credential?: pulumi.Input<CredentialKind | "auto">;
  /** Id of the grant that the application got its role by. While it is new here, refusals for want of the role are waited out, since Entra takes minutes to spread it. Defaults to none: such a refusal fails at once. */
  grantId?: pulumi.Input<string>;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
}

/** The webhook as the service lists it. */
export interface SubscriptionWebhook {
  /** Where the service announces new content. */
  address: string;
  /** When notifications end, in ISO 8601; left out by the service for never. */
  expiration?: string;
  /** `enabled`, `disabled` (the endpoint failed too often), `expired` or `absent`. */
  status: string;
}

/**
 * Keeps the subscription of one application to one content type enabled.
 *
 * A subscription that exists already, made by hand or by another tool with the same application, needs no
 * `pulumi import` (which cannot import dynamic resources): creating this resource adopts it as it is, without a start.
 * A destroy leaves it enabled unless `onDestroy` is `stop`.
 *
 * The id is `<tenantId>/<clientId>/<contentType>`; another value of one of these makes another subscription. Nothing
 * ever stops and starts one: `pulumi up --refresh` heals what was disabled by starting it, and only that.
 *
 * ```ts
 * new AuditSubscription("threats", { tenantId, clientId, contentType: "Audit.General" });
 * ```
 */
export class AuditSubscription extends ShimmedResource {
  /** Tenant id. */
  declare readonly tenantId: pulumi.Output<string>;
  /** Client id of the application that owns the subscription. */
  declare readonly clientId: pulumi.Output<string>;
  /** Content type in Microsoft's letter case. */
  declare readonly contentType: pulumi.Output<string>;
  /** `enabled` or `disabled` as the service lists it; `absent` when a start did not take hold; `unknown` when the service could not be asked, which only `onFailure: record` allows. */
  declare readonly status: pulumi.Output<string>;
  /** Why the subscription could not be ensured, with `onFailure: record`; undefined when it is as declared. */
  declare readonly failure: pulumi.Output<string | undefined>;
  /** The declared webhook as the service lists it; undefined when none is declared. */
  declare readonly webhook: pulumi.Output<SubscriptionWebhook | undefined>;

  constructor(name: string, args: AuditSubscriptionArgs, opts?: pulumi.CustomResourceOptions) {
    const { webhook, ...others } = args;
    super(
      "AuditSubscription",
      "audit-subscription-provider",
      name,
      // Undefined: the provider's answer fills it in.
      { status: undefined, failure: undefined, ...others, ...webhookProperties(webhook) },
      pulumi.mergeOptions(opts, { additionalSecretOutputs: ["webhookAuthId"] }),
    );
  }
}

/** The authId is apart from the rest: a secret hides all of the property that it is in, and drift should be readable. */
function webhookProperties(webhook: SubscriptionWebhookArgs | undefined): pulumi.Inputs {
  if (webhook === undefined) return { webhook: undefined };
  const { authId, ...others } = webhook;
  return authId === undefined
    ? { webhook: others }
    : { webhook: others, webhookAuthId: pulumi.secret(authId) };
}
