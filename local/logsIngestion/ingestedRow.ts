/** A column as a data collection rule declares it. */
export interface StreamColumn {
  name: string;
  type: string;
}

/** A row as a query shows it: what the stream declares and nothing else. */
export type IngestedRow = Record<string, unknown>;

/** https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api */
const LONGEST_VALUE_BYTES = 65_536;

/**
 * What becomes of a row. Columns that the stream does not declare are dropped without a word, values of the wrong type
 * are null, and long ones are cut off: Azure Monitor tells nobody of any of it.
 */
export function ingestedRow(sent: Record<string, unknown>, columns: readonly StreamColumn[]): IngestedRow {
  return Object.fromEntries(columns.map(({ name, type }) => [name, valueIn(type, sent[name])]));
}

function valueIn(type: string, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  switch (type.toLowerCase()) {
    case "datetime":
      return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : null;
    case "int":
    case "long":
      return Number.isInteger(value) ? value : null;
    case "string":
      return cutOff(typeof value === "string" ? value : JSON.stringify(value));
    case "dynamic": {
      const text = JSON.stringify(value);
      return text.length === cutOff(text).length ? value : cutOff(text);
    }
    default:
      throw new Error(`The local tenant has no columns of the type ${type}.`);
  }
}

function cutOff(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.length <= LONGEST_VALUE_BYTES ? text : bytes.subarray(0, LONGEST_VALUE_BYTES).toString();
}
