import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import type { Row } from "../../local/logAnalytics/kqlValues.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";
import type { LocalTenant } from "../../local/tenant.ts";

interface Condition {
  query: string;
  metricMeasureColumn: string;
  operator: "GreaterThan" | "LessThan";
  threshold: number;
}

/** The titles of the declared alert rules whose condition holds now, by the telemetry that has arrived. */
export function firingAlerts({ resourceManager, applicationInsights }: LocalTenant): string[] {
  const rows = Object.fromEntries(
    (["AppTraces", "AppRequests"] as const).map(table => [
      table,
      applicationInsights
        .rows(table)
        .map(row => ({ ...row, TimeGenerated: new Date(String(row.TimeGenerated)) })),
    ]),
  );
  const rules = resourceManager.list("azure-native:monitor:ScheduledQueryRule");
  return rules
    .filter(({ properties }) => {
      const [condition] = (properties.criteria as { allOf: [Condition] }).allOf;
      const found = runKql(condition.query, { schemas: WORKSPACE_TABLES, rows }, new Date());
      return found.some(row => isMet(condition, row));
    })
    .map(({ properties }) => String(properties.displayName))
    .sort();
}

function isMet({ metricMeasureColumn, operator, threshold }: Condition, row: Row): boolean {
  const value = row[metricMeasureColumn];
  if (typeof value !== "number") return false;
  return operator === "LessThan" ? value < threshold : value > threshold;
}
