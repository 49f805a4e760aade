import { AzureError } from "../azureError.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { table } from "./logAnalytics.ts";

const SENTINEL_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}" +
  "/providers/Microsoft.SecurityInsights";

/** Microsoft Sentinel on a workspace: there is one, by the name of default. */
export const sentinelOnboardingState: ResourceType = {
  token: "azure-native:securityinsights:SentinelOnboardingState",
  apiVersion: "2024-09-01",
  path: `${SENTINEL_PATH}/onboardingStates/{sentinelOnboardingStateName}`,
  outputs: ["etag", "systemData"],
  refuse({ name }) {
    if (name === "default") return;
    throw badRequest(`The onboarding state '${name}' is invalid: its name has to be 'default'.`);
  },
};

/** Limits: https://learn.microsoft.com/azure/sentinel/create-analytics-rules#query-scheduling-and-alert-threshold */
export const scheduledAlertRule: ResourceType = {
  token: "azure-native:securityinsights:ScheduledAlertRule",
  apiVersion: "2024-09-01",
  path: `${SENTINEL_PATH}/alertRules/{ruleId}`,
  required: [
    "displayName",
    "enabled",
    "kind",
    "query",
    "queryFrequency",
    "queryPeriod",
    "severity",
    "suppressionDuration",
    "suppressionEnabled",
    "triggerOperator",
    "triggerThreshold",
  ],
  outputs: ["etag", "lastModifiedUtc", "systemData"],
  refuse(rule, azure) {
    const workspaceId = rule.id.slice(0, rule.id.indexOf("/providers/Microsoft.SecurityInsights"));
    if (!azure.exists(`${workspaceId}/providers/Microsoft.SecurityInsights/onboardingStates/default`))
      throw badRequest(`Workspace '${workspaceId}' is not onboarded to Microsoft Sentinel.`);
    refuseSchedule(rule);
    refuseUnknownTables(rule, workspaceId, azure);
  },
  created: () => ({ lastModifiedUtc: new Date().toISOString() }),
};

function refuseSchedule({ properties }: ArmResource): void {
  const [frequency, period] = [minutesOf(properties.queryFrequency), minutesOf(properties.queryPeriod)];
  if (period < frequency) throw badRequest("'queryPeriod' is shorter than 'queryFrequency'.");
  if (period >= 2 * 1440 && frequency < 60)
    throw badRequest("A rule that looks back two days or more may run once an hour at most.");
}

/** Of an ISO 8601 duration between 5 minutes and 14 days. */
function minutesOf(duration: unknown): number {
  const [, days = 0, hours = 0, minutes = 0] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(String(duration)) ?? [];
  const total = Number(days) * 1440 + Number(hours) * 60 + Number(minutes);
  if (total >= 5 && total <= 14 * 1440) return total;
  throw badRequest(`The duration '${duration}' is not between PT5M and P14D.`);
}

/** Custom tables by their ending; those of Azure's own are there in every workspace. */
function refuseUnknownTables({ properties }: ArmResource, workspaceId: string, azure: AzureView): void {
  for (const [name] of String(properties.query).matchAll(/\b\w+_CL\b/g)) {
    if (azure.find(`${workspaceId}/tables/${name}`)?.type === table) continue;
    throw badRequest(`Failed to run the analytics rule query: the table '${name}' does not exist.`);
  }
}

function badRequest(message: string): AzureError {
  return new AzureError(400, "BadRequest", message);
}
