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

/** The invocations of the function, failed ones too. */
export function invocations(componentId: string): string {
  return [`AppRequests`, ofComponent(componentId), `| where Name == "poll"`].join("\n");
}

/** Workspaces write resource ids in lower case. */
function ofComponent(componentId: string): string {
  return `| where _ResourceId =~ "${componentId}"`;
}
