import type { AuditSubscriptionArgs, AuditSubscriptionsArgs } from "../../components/index.ts";

/** The variable in which a test tells the program what to declare, as JSON: declarations by resource name. */
export const DECLARED = "DECLARED_SUBSCRIPTIONS";

/** One `AuditSubscription`, or with `contentTypes` one `AuditSubscriptions`, and how Pulumi is to treat it. */
export type Declaration = (AuditSubscriptionArgs | AuditSubscriptionsArgs) & { options?: ResourceOptions };

export interface ResourceOptions {
  protect?: boolean;
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
  ignoreChanges?: string[];
}
