/**
 * The parts that queries over the poller's telemetry have in common. `poller/log.ts` writes the lines: one JSON object
 * each, its name in `msg`. The host of the function passes them on as traces, and reports each invocation as a request.
 */

/** The lines of the poller. Others share the workspace, so each table is narrowed to one Application Insights component. */
export function pollerLines(componentId: string): string {
  return [
    `AppTraces`,
    ofComponent(componentId),
    `| where Message startswith "{"`,
    `| extend line = parse_json(Message)`,
  ].join("\n");
}

/** The lines of the given names. */
export function linesNamed(componentId: string, ...names: string[]): string {
  const quoted = names.map(name => `"${name}"`).join(", ");
  return `${pollerLines(componentId)}\n| where tostring(line.msg) in (${quoted})`;
}

/** The summaries of runs. A run that could not even list the subscriptions leaves none. */
export function runs(componentId: string): string {
  return linesNamed(componentId, "poll.completed");
}

/** The summaries of runs, a row for each content type. */
export function contentTypeRuns(componentId: string): string {
  return [
    runs(componentId),
    `| mv-expand run = line.contentTypes`,
    `| extend contentType = tostring(run.contentType)`,
  ].join("\n");
}

/** The summaries of runs, a row for each sink; none without sinks. */
export function sinkRuns(componentId: string): string {
  return [
    runs(componentId),
    `| mv-expand run = line.sinks`,
    `| extend sink = tostring(run.sink)`,
    `| where isnotempty(sink)`,
  ].join("\n");
}

/** The tenant of a line, where there are several. */
export const TENANT_COLUMN = "tenant = tostring(line.tenant)";

/**
 * How many runs were completed of late, in one row without any rows to count; with tenants, in a row for each, 0 for those
 * without a run: whom to expect is in the query, since a dead man does not write.
 */
export function completedRuns(componentId: string, minutes: number, tenants?: readonly string[]): string {
  const late = `${runs(componentId)}\n| where TimeGenerated > ago(${minutes}m)`;
  if (tenants === undefined) return `${late}\n| summarize completed = count()`;
  return [
    late,
    `| summarize seen = make_set(tostring(line.tenant))`,
    `| extend tenant = parse_json('${JSON.stringify(tenants)}')`,
    `| mv-expand tenant to typeof(string)`,
    `| summarize completed = countif(set_has_element(seen, tenant)) by tenant`,
  ].join("\n");
}

/** How many invocations have failed: of the one function, or of the function of each tenant. */
export function failedInvocations(componentId: string, isByTenant: boolean): string {
  const which = isByTenant ? `| where Name startswith "poll-"` : `| where Name == "poll"`;
  const by = isByTenant ? ` by tenant = substring(Name, 5)` : "";
  return [
    `AppRequests`,
    ofComponent(componentId),
    which,
    `| where Success == false`,
    `| summarize failed = count()${by}`,
  ].join("\n");
}

/** Workspaces write resource ids in lower case. */
function ofComponent(componentId: string): string {
  return `| where _ResourceId =~ "${componentId}"`;
}
