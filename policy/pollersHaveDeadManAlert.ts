import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";
import { isAzureType } from "./azureTypes.ts";
import { type DeclaredPoller, declaredPollers } from "./pollers.ts";

/** The line of the log that every run ends with. */
const END_OF_RUN = "poll.completed";

export const pollersHaveDeadManAlert: StackValidationPolicy = {
  name: "pollers-have-dead-man-alert",
  description: "Somebody is told when a poller completes no run any more.",
  validateStack({ resources }, reportViolation) {
    const alerts = resources.filter(isDeadManAlert);
    for (const poller of declaredPollers(resources))
      if (!alerts.some(alert => sharesTelemetry(alert, poller, resources)))
        reportViolation(
          `No enabled alert of the stack fires when its runs stop. Content that is not collected within seven days is ` +
            `lost: leave monitoring enabled.`,
          poller.resource.urn,
        );
  },
};

/** A rule that fires when less of something happens than it should, and that something is the end of runs. */
function isDeadManAlert({ type, props }: PolicyResource): boolean {
  if (!isAzureType(type, "monitor:ScheduledQueryRule") || props.enabled === false) return false;
  const conditions: { operator?: string; query?: string }[] = props.criteria?.allOf ?? [];
  return conditions.some(
    ({ operator, query }) => operator?.startsWith("LessThan") && query?.includes(END_OF_RUN),
  );
}

/** Whether the alert looks at the component that the poller sends its telemetry to. */
function sharesTelemetry(
  alert: PolicyResource,
  { functionApp }: DeclaredPoller,
  resources: readonly PolicyResource[],
): boolean {
  const components = resources.filter(({ type }) => isAzureType(type, "applicationinsights:Component"));
  return components.some(
    ({ urn }) => urnsBehind(alert, "criteria").has(urn) && urnsBehind(functionApp, "siteConfig").has(urn),
  );
}

function urnsBehind(resource: PolicyResource | undefined, property: string): Set<string> {
  return new Set((resource?.propertyDependencies[property] ?? []).map(({ urn }) => urn));
}
