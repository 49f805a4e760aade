/** A row of a table of the workspace, by the names of its columns. */
export type TelemetryRow = Readonly<Record<string, unknown>>;

/** https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics and its neighbours. */
export const TelemetryTable = {
  metrics: "AppMetrics",
  traces: "AppTraces",
  requests: "AppRequests",
  exceptions: "AppExceptions",
} as const;
export type TelemetryTable = (typeof TelemetryTable)[keyof typeof TelemetryTable];

/** One item as a client sends it; https://github.com/microsoft/ApplicationInsights-Home/tree/master/EndpointSpecs/Schemas */
export interface Envelope {
  name: string;
  time: string;
  iKey: string;
  tags?: Record<string, string>;
  data: { baseType: string; baseData: Record<string, unknown> };
}

const LONGEST_MESSAGE = 32_768;
const LONGEST_PROPERTY = 8192;

/** The row that an item becomes, or undefined for a kind of item that the local tenant does not keep. */
export function rowOf(
  { time, iKey, tags = {}, data: { baseType, baseData } }: Envelope,
  resourceId: string,
): { table: TelemetryTable; row: TelemetryRow } | undefined {
  const kind = KINDS[baseType];
  if (kind === undefined) return undefined;
  const row = {
    TimeGenerated: time,
    ...kind.columns(baseData),
    Properties: propertiesOf(baseData.properties),
    OperationId: tags["ai.operation.id"] ?? "",
    OperationName: tags["ai.operation.name"] ?? "",
    AppRoleName: tags["ai.cloud.role"] ?? "",
    AppRoleInstance: tags["ai.cloud.roleInstance"] ?? "",
    SDKVersion: tags["ai.internal.sdkVersion"] ?? "",
    IKey: iKey,
    Type: kind.table,
    _ResourceId: resourceId.toLowerCase(),
  };
  return { table: kind.table, row };
}

interface Kind {
  table: TelemetryTable;
  columns(data: Record<string, unknown>): Record<string, unknown>;
}

const KINDS: Readonly<Record<string, Kind | undefined>> = {
  MetricData: { table: TelemetryTable.metrics, columns: metricColumns },
  MessageData: {
    table: TelemetryTable.traces,
    columns: ({ message, severityLevel }) => ({
      Message: String(message).slice(0, LONGEST_MESSAGE),
      SeverityLevel: severity(severityLevel),
      ItemCount: 1,
    }),
  },
  RequestData: {
    table: TelemetryTable.requests,
    columns: ({ id, name, duration, success, responseCode }) => ({
      Id: id,
      Name: name,
      DurationMs: milliseconds(String(duration)),
      Success: success,
      ResultCode: String(responseCode),
      ItemCount: 1,
    }),
  },
  ExceptionData: {
    table: TelemetryTable.exceptions,
    columns: ({ exceptions, severityLevel }) => ({
      ExceptionType: first(exceptions).typeName,
      OuterMessage: first(exceptions).message,
      SeverityLevel: severity(severityLevel),
      ItemCount: 1,
    }),
  },
};

/** Of several metrics in one item, the service keeps the first. */
function metricColumns({ metrics }: Record<string, unknown>) {
  const { name, value, count = 1, min = value, max = value } = first(metrics);
  return { Name: name, Sum: value, ItemCount: count, Min: min, Max: max };
}

function first(list: unknown): Record<string, unknown> {
  return (Array.isArray(list) ? list[0] : undefined) ?? {};
}

/** By name or by number, as clients send it. */
function severity(level: unknown): number {
  const names = ["Verbose", "Information", "Warning", "Error", "Critical"];
  return typeof level === "number" ? level : Math.max(0, names.indexOf(String(level)));
}

/** A dynamic column whose values are all text. */
function propertiesOf(properties: unknown): Record<string, string> {
  const entries = Object.entries((properties ?? {}) as Record<string, unknown>);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value).slice(0, LONGEST_PROPERTY)]));
}

/** Of a .NET TimeSpan, `[days.]hours:minutes:seconds.fraction`. */
function milliseconds(timeSpan: string): number {
  const [, days = "0", hours, minutes, seconds] =
    /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(timeSpan) ?? [];
  return ((Number(days) * 24 + Number(hours)) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
}
