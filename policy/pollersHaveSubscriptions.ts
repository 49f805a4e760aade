import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { type DeclaredPoller, declaredPollers } from "./pollers.ts";

const AUDIT_SUBSCRIPTION = "pulumi-nodejs:dynamic/defender-siem:AuditSubscription";

export const pollersHaveSubscriptions: StackValidationPolicy = {
  name: "pollers-have-subscriptions",
  description: "Every content type that a poller collects has a subscription that somebody keeps enabled.",
  validateStack({ resources }, reportViolation) {
    const subscriptions = resources.filter(({ type }) => type === AUDIT_SUBSCRIPTION);
    for (const poller of declaredPollers(resources))
      for (const contentType of missingContentTypes(poller, subscriptions))
        reportViolation(
          `It collects ${contentType}, for which the stack declares no AuditSubscription: nobody would notice when it is ` +
            `disabled. Declare one for the same tenant, or set selfHeal, with which the poller keeps it enabled.`,
          poller.resource.urn,
        );
  },
};

/** A poller that heals by itself keeps its subscriptions, and reports each time that it had to. */
function missingContentTypes(
  { selfHeal, tenants }: DeclaredPoller,
  subscriptions: readonly PolicyResource[],
): string[] {
  if (selfHeal) return [];
  return tenants.flatMap(({ tenantId, contentTypes }) => {
    const ofTenant = subscriptions.filter(({ props }) => props.tenantId === tenantId);
    return contentTypes.filter(
      contentType => !ofTenant.some(({ props }) => props.contentType === contentType),
    );
  });
}
