/**
 * What of an event lands in the Log Analytics table, one row an event. The table, the data collection rule's stream and
 * the rows that the poller sends are all made from this list, so that they cannot differ.
 *
 * Types are those of a data collection rule; the table's own API writes `dateTime` for `datetime`.
 * https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure
 */
export const LOGS_INGESTION_COLUMNS = [
  {
    name: "TimeGenerated",
    type: "datetime",
    description: "When the event happened (CreationTime); when it was sent, for an event without.",
  },
  { name: "RecordType", type: "int", description: "Type of the audit record, 28 for ThreatIntelligence." },
  { name: "Operation", type: "string", description: "What happened, in Microsoft's word." },
  { name: "UserId", type: "string", description: "Whom it happened to, or who did it." },
  {
    name: "EventId",
    type: "string",
    description: "Id of the event: the key to recognize one that came twice.",
  },
  { name: "Workload", type: "string", description: "The Office 365 service that it happened in." },
  { name: "Raw", type: "dynamic", description: "The event, with every property that Microsoft served." },
] as const satisfies readonly LogsIngestionColumn[];

export interface LogsIngestionColumn {
  name: string;
  type: "datetime" | "dynamic" | "int" | "string";
  description: string;
}

/** The stream of the data collection rule. Azure wants `Custom-` before the name of a stream that a program declares. */
export const LOGS_INGESTION_STREAM = "Custom-DefenderEvents";

/** The table that the rule writes to. Azure wants `_CL` behind the name of a table that is not its own. */
export const LOGS_INGESTION_TABLE = "DefenderEvents_CL";
