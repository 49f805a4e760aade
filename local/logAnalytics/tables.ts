import type { TableSchemas } from "./kustoLanguage.ts";

/**
 * The columns that Azure Monitor documents for the tables of a workspace, as far as a query here may use them.
 *
 * - https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces
 * - https://learn.microsoft.com/azure/azure-monitor/reference/tables/apprequests
 * - https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics
 */
export const WORKSPACE_TABLES: TableSchemas = {
  AppTraces:
    "(TimeGenerated: datetime, Message: string, SeverityLevel: int, Properties: dynamic, OperationName: string, " +
    "OperationId: string, AppRoleName: string, AppRoleInstance: string, ItemCount: int, _ResourceId: string)",
  AppRequests:
    "(TimeGenerated: datetime, Id: string, Name: string, Success: bool, ResultCode: string, DurationMs: real, " +
    "Properties: dynamic, OperationId: string, AppRoleName: string, ItemCount: int, _ResourceId: string)",
  AppMetrics:
    "(TimeGenerated: datetime, Name: string, Sum: real, Min: real, Max: real, ItemCount: int, Properties: dynamic, " +
    "AppRoleName: string, AppRoleInstance: string, _ResourceId: string)",
  // The table of a Logs Ingestion sink.
  DefenderEvents_CL:
    "(TimeGenerated: datetime, RecordType: int, Operation: string, UserId: string, EventId: string, Workload: string, " +
    "Raw: dynamic)",
};
