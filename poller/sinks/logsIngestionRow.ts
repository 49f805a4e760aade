import { LOGS_INGESTION_COLUMNS } from "./logsIngestionTable.ts";
import type { SinkEvent } from "./sink.ts";

/**
 * Longer values are cut off without a word, which leaves of an event something that is no JSON.
 * https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api
 */
const LONGEST_VALUE_BYTES = 65_536;

type Column = (typeof LOGS_INGESTION_COLUMNS)[number]["name"];

/** An event as a row in JSON, or the reason why Azure Monitor would not take it as it is. */
export type LogsIngestionRow = { json: Buffer } | { reason: string };

/**
 * The row of an event. The event itself is in it as it was served: parsed and written anew it would lose what JavaScript
 * cannot hold, such as long numbers and the second of two properties of one name.
 *
 * @param now what stands in for the time of an event without one, in milliseconds.
 */
export function logsIngestionRow(event: SinkEvent, now: number): LogsIngestionRow {
  const { line } = event;
  if (line.length > LONGEST_VALUE_BYTES)
    return {
      reason:
        `The event has ${line.length} bytes. Azure Monitor cuts values off after ${LONGEST_VALUE_BYTES}. It is in the event ` +
        "store, and Event Hubs or Splunk take it.",
    };
  const properties = parsed(line);
  if (properties === undefined)
    return { reason: "The event is not a JSON object. It is in the event store." };
  const values: Record<Column, string | Buffer> = {
    TimeGenerated: JSON.stringify(timeGenerated(event.creationTime, now)),
    RecordType: JSON.stringify(event.recordType ?? null),
    Operation: textOf(properties.Operation),
    UserId: textOf(properties.UserId),
    EventId: textOf(event.id),
    Workload: textOf(properties.Workload),
    Raw: line,
  };
  const parts = LOGS_INGESTION_COLUMNS.flatMap(({ name }, index) => [
    Buffer.from(`${index === 0 ? "{" : ","}"${name}":`),
    Buffer.from(values[name]),
  ]);
  return { json: Buffer.concat([...parts, Buffer.from("}")]) };
}

/** `CreationTime` is UTC and does not say so, while a time without a zone may be read as anything. */
function timeGenerated(creationTime: string | undefined, now: number): string {
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(creationTime ?? "") ? creationTime : `${creationTime}Z`;
  const milliseconds = Date.parse(zoned ?? "");
  return new Date(Number.isNaN(milliseconds) ? now : milliseconds).toISOString();
}

function parsed(line: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What is not text is not forced into a column of text; it is in `Raw`. */
function textOf(value: unknown): string {
  return JSON.stringify(typeof value === "string" ? value : null);
}
