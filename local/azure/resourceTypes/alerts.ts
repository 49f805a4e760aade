import { AzureError } from "../azureError.ts";
import { isObject, type Properties, valueAt } from "../properties.ts";
import type { AzureView, ResourceType } from "../resourceType.ts";

const GROUP_PATH = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers";

export const actionGroup: ResourceType = {
  token: "azure-native:monitor:ActionGroup",
  apiVersion: "2024-10-01-preview",
  path: `${GROUP_PATH}/Microsoft.Insights/actionGroups/{actionGroupName}`,
  required: ["enabled", "groupShortName"],
  limits: { groupShortName: { maxLength: 12 } },
  location: "regionalOrGlobal",
  outputs: [],
};

const OPERATORS = ["Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual"];
const AGGREGATIONS = ["Average", "Count", "Maximum", "Minimum", "Total"];
const FREQUENCIES = "PT1M PT5M PT10M PT15M PT30M PT45M PT1H PT2H PT3H PT4H PT5H PT6H P1D".split(" ");
const WINDOWS = [...FREQUENCIES, "P2D"];

export const scheduledQueryRule: ResourceType = {
  token: "azure-native:monitor:ScheduledQueryRule",
  apiVersion: "2025-01-01-preview",
  path: `${GROUP_PATH}/Microsoft.Insights/scheduledQueryRules/{ruleName}`,
  required: ["criteria", "scopes"],
  createOnly: ["location"],
  location: "regional",
  outputs: ["createdWithApiVersion", "isLegacyLogAnalyticsRule", "isWorkspaceAlertsStorageConfigured"],
  refuse({ properties }, azure) {
    refuseScopes(properties, azure);
    refuseSeverity(properties);
    refuseOneOf("evaluationFrequency", properties.evaluationFrequency, FREQUENCIES);
    refuseOneOf("windowSize", properties.windowSize, WINDOWS);
    refuseCriteria(valueAt(properties, "criteria.allOf"));
    const groups = valueAt(properties, "actions.actionGroups");
    refuseMissingActionGroups(Array.isArray(groups) ? groups : [], azure);
  },
  created: () => ({
    createdWithApiVersion: "2025-01-01-preview",
    isLegacyLogAnalyticsRule: false,
    isWorkspaceAlertsStorageConfigured: false,
  }),
};

function refuseCriteria(conditions: unknown): void {
  if (!Array.isArray(conditions) || conditions.length === 0) {
    throw invalid("The alert rule has no condition: 'criteria.allOf' is empty.");
  }
  for (const condition of conditions.filter(isObject)) {
    if (typeof condition.query !== "string" || condition.query.trim() === "") {
      throw invalid("A condition of the alert rule has no 'query'.");
    }
    refuseOneOf("operator", condition.operator, OPERATORS);
    refuseOneOf("timeAggregation", condition.timeAggregation, AGGREGATIONS);
    if (condition.timeAggregation !== "Count" && condition.metricMeasureColumn === undefined) {
      throw invalid(
        `The time aggregation '${condition.timeAggregation}' needs 'metricMeasureColumn', the column that it aggregates.`,
      );
    }
    refusePeriods(condition.failingPeriods);
  }
}

function refusePeriods(periods: unknown): void {
  if (!isObject(periods)) return;
  const { numberOfEvaluationPeriods = 1, minFailingPeriodsToAlert = 1 } = periods;
  if (Number(minFailingPeriodsToAlert) <= Number(numberOfEvaluationPeriods)) return;
  throw invalid(
    `'minFailingPeriodsToAlert' (${minFailingPeriodsToAlert}) is above 'numberOfEvaluationPeriods' ` +
      `(${numberOfEvaluationPeriods}).`,
  );
}

export const metricAlert: ResourceType = {
  token: "azure-native:monitor:MetricAlert",
  apiVersion: "2018-03-01",
  path: `${GROUP_PATH}/Microsoft.Insights/metricAlerts/{ruleName}`,
  required: ["criteria", "enabled", "evaluationFrequency", "scopes", "severity", "windowSize"],
  location: "regionalOrGlobal",
  outputs: ["isMigrated", "lastUpdatedTime"],
  refuse({ properties }, azure) {
    refuseScopes(properties, azure);
    refuseSeverity(properties);
    const actions = Array.isArray(properties.actions) ? properties.actions.filter(isObject) : [];
    refuseMissingActionGroups(
      actions.map(({ actionGroupId }) => actionGroupId),
      azure,
    );
  },
  created: () => ({ isMigrated: false, lastUpdatedTime: new Date().toISOString() }),
};

function refuseScopes({ scopes }: Properties, azure: AzureView): void {
  if (!Array.isArray(scopes) || scopes.length === 0) throw invalid("The alert rule has no scope.");
  for (const scope of scopes) {
    if (azure.exists(String(scope))) continue;
    throw new AzureError(404, "ResourceNotFound", `The scope '${scope}' of the alert rule was not found.`);
  }
}

function refuseSeverity({ severity }: Properties): void {
  if (severity === undefined || [0, 1, 2, 3, 4].includes(Number(severity))) return;
  throw invalid(`The severity '${severity}' is not a whole number from 0 to 4.`);
}

function refuseMissingActionGroups(ids: unknown[], azure: AzureView): void {
  for (const id of ids) {
    if (azure.find(id)?.type.token === actionGroup.token) continue;
    throw new AzureError(404, "ActionGroupNotFound", `The action group '${id}' was not found.`);
  }
}

function refuseOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(String(value))) return;
  throw invalid(`The ${name} '${value}' is invalid. Use one of ${allowed.join(", ")}.`);
}

function invalid(message: string): AzureError {
  return new AzureError(400, "BadRequest", message);
}
