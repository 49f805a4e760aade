import * as pulumi from "@pulumi/pulumi";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { AuditSubscription, type AuditSubscriptionArgs } from "./auditSubscription.ts";
import { readContentTypes } from "./wantedContentTypes.ts";

export interface AuditSubscriptionsArgs extends Omit<AuditSubscriptionArgs, "contentType" | "webhook"> {
  /** Content types to subscribe to, each once. Plain, since each has a subscription of its own. */
  contentTypes: string[];
}

/**
 * The subscriptions of one application to several content types. Each stands for itself: one that the service refuses,
 * as DLP.All without its own role, does not hold up the others.
 *
 * ```ts
 * new AuditSubscriptions("feed", { tenantId, clientId, contentTypes: ["Audit.General", "Audit.Exchange"] });
 * ```
 */
export class AuditSubscriptions extends pulumi.ComponentResource {
  /** Content type to the status of its subscription, as the service lists it. */
  readonly statuses: pulumi.Output<Record<string, string>>;
  /** Content type to the reason why its subscription could not be ensured; empty unless `onFailure` is `record`. */
  readonly failures: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: AuditSubscriptionsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:AuditSubscriptions", name, componentInputs(args), opts);
    const { contentTypes, ...shared } = args;
    const subscriptions = readContentTypes(contentTypes, this).map(
      contentType =>
        new AuditSubscription(`${name}-${contentType}`, { ...shared, contentType }, { parent: this }),
    );
    this.statuses = statusByContentType(subscriptions);
    this.failures = failureByContentType(subscriptions);
    this.registerOutputs({ statuses: this.statuses, failures: this.failures });
  }
}

function statusByContentType(subscriptions: AuditSubscription[]): pulumi.Output<Record<string, string>> {
  return pulumi
    .all(subscriptions.map(({ contentType, status }) => pulumi.all([contentType, status])))
    .apply(entries => Object.fromEntries(entries));
}

function failureByContentType(subscriptions: AuditSubscription[]): pulumi.Output<Record<string, string>> {
  return pulumi
    .all(subscriptions.map(({ contentType, failure }) => pulumi.all([contentType, failure])))
    .apply(entries =>
      Object.fromEntries(
        entries.flatMap(([contentType, failure]) => (failure ? [[contentType, failure]] : [])),
      ),
    );
}
