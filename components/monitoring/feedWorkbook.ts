import { contentTypeRuns, linesNamed, runs, sinkRuns, TENANT_COLUMN } from "./telemetryQueries.ts";
import { type QueryItem, Visualization, type WorkbookDocument, type WorkbookItem } from "./workbookItems.ts";

export interface FeedWorkbookSettings {
  /** Resource id of the Log Analytics workspace. */
  workspaceId: string;
  /** Resource id of the Application Insights component. */
  componentId: string;
  /** Table of the events themselves, when a Logs Ingestion sink writes them into the same workspace. */
  eventsTable?: string;
  /** Whether there are several tenants, which are to be told apart. Defaults to false. */
  isByTenant?: boolean;
}

/** A query of the workbook, with its title. */
export interface Panel {
  name: string;
  title: string;
  query: string;
  visualization: Visualization;
  /** Half of the page, or all of it. */
  width: 50 | 100;
  /** What stands there when the query finds nothing. */
  nothing: string;
}

export const WORKBOOK_TITLE = "Defender for Office 365 feed";

/** What of a query tells tenants apart, each with what stands between it and the next. */
interface Whose {
  by: string;
  shown: string;
  order: string;
  /** Before the place of a trouble. */
  place: string;
}

const OF_ONE: Whose = { by: "", shown: "", order: "", place: "" };
const OF_TENANTS: Whose = {
  by: `${TENANT_COLUMN}, `,
  shown: "Tenant = tenant, ",
  order: "Tenant asc, ",
  place: 'tostring(line.tenant), " ", ',
};

const WHERE = "coalesce(tostring(line.contentType), tostring(line.sink))";

const TIME_RANGE = "TimeRange";
const HOUR = 3_600_000;

/** The workbook as the portal stores it. */
export function feedWorkbook(settings: FeedWorkbookSettings): WorkbookDocument {
  const panels = feedPanels(settings).map(panel => queryItem(panel, settings.workspaceId));
  return {
    version: "Notebook/1.0",
    items: [heading(), timeRange(), ...panels],
    fallbackResourceIds: [settings.workspaceId],
    $schema: "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/workbook.json",
  };
}

/** What the workbook shows. Everything but the verdicts comes from the poller's telemetry, which knows no verdicts. */
export function feedPanels(settings: FeedWorkbookSettings): Panel[] {
  const { componentId, eventsTable, isByTenant = false } = settings;
  const whose = isByTenant ? OF_TENANTS : OF_ONE;
  return [
    ...panelsOfTheFeed(componentId, whose),
    eventsByType(componentId),
    ...panelsOfTroubles(componentId, whose),
    ...(eventsTable === undefined ? [] : [verdicts(eventsTable)]),
  ];
}

function panelsOfTheFeed(componentId: string, whose: Whose): Panel[] {
  return [
    {
      name: "subscriptions",
      title: "Subscriptions",
      visualization: Visualization.table,
      width: 50,
      nothing: "No run has completed in this time.",
      query: `${contentTypeRuns(componentId)}
| summarize (lastRun, subscription, lag, behind, waiting) = arg_max(TimeGenerated, tostring(run.subscription), todouble(run.lagSeconds), todouble(run.behindSeconds), tolong(run.pending)) by ${whose.by}contentType
| project ${whose.shown}["Content type"] = contentType, Subscription = subscription, ["Last run"] = lastRun, ["Lag (min)"] = round(lag / 60), ["Behind (min)"] = round(behind / 60), Waiting = waiting
| order by ${whose.order}["Content type"] asc`,
    },
    {
      name: "runs",
      title: "Runs by hour",
      visualization: Visualization.bars,
      width: 50,
      nothing: "No run has completed in this time.",
      query: `${runs(componentId)}
| extend outcome = iff(tobool(line.isComplete) == true, "everything delivered", "something left")
| summarize Runs = count() by bin(TimeGenerated, 1h), outcome
| order by TimeGenerated asc, outcome asc`,
    },
    {
      name: "lag",
      title: "Age of the newest content, in minutes",
      visualization: Visualization.timeChart,
      width: 50,
      nothing: "No content was listed in this time.",
      query: `${contentTypeRuns(componentId)}
| summarize Minutes = max(todouble(run.lagSeconds)) / 60 by bin(TimeGenerated, 1h), contentType
| order by TimeGenerated asc, contentType asc`,
    },
  ];
}

function eventsByType(componentId: string): Panel {
  return {
    name: "types",
    title: "Events by record type",
    visualization: Visualization.bars,
    width: 50,
    nothing: "No wanted event came in this time.",
    query: `${contentTypeRuns(componentId)}
| mv-expand kind=array kept = run.kept
| where isnotnull(kept)
| summarize Events = sum(tolong(kept[1])) by bin(TimeGenerated, 1h), recordType = tostring(kept[0])
| order by TimeGenerated asc, recordType asc`,
  };
}

/** Where the verdict is depends on the record type: https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema */
function verdicts(eventsTable: string): Panel {
  return {
    name: "verdicts",
    title: "Events by type and verdict",
    visualization: Visualization.table,
    width: 100,
    nothing: "No event came in this time.",
    query: `${eventsTable}
| extend Type = case(RecordType == 28, "Mail", RecordType == 41, "Click", RecordType == 47, "File", RecordType == 64, "Investigation", "Other")
| extend Verdict = case(RecordType == 28, tostring(Raw.Verdict), RecordType == 41, case(toint(Raw.UrlClickAction) in (4, 5), "went on in spite of the warning", "stopped"), RecordType == 47, case(toint(Raw.FileData.FileVerdict) == 1, "Malware", "not decided"), RecordType == 64, tostring(Raw.Status), tostring(Raw.Operation))
| summarize Events = count(), Latest = max(TimeGenerated) by Type, Verdict
| order by Events desc, Type asc, Verdict asc`,
  };
}

function panelsOfTroubles(componentId: string, whose: Whose): Panel[] {
  return [
    {
      name: "completeness",
      title: "Completeness: content blobs by hour",
      visualization: Visualization.table,
      width: 50,
      nothing: "No run has completed in this time.",
      query: `${contentTypeRuns(componentId)}
| summarize Listed = sum(tolong(run.listed)), Delivered = sum(tolong(run.delivered)), Filtered = sum(tolong(run.filtered)), ["Given up"] = sum(tolong(run.dead)), (at, Waiting) = arg_max(TimeGenerated, tolong(run.pending)) by Hour = bin(TimeGenerated, 1h), ["Content type"] = contentType
| project Hour, ["Content type"], Listed, Delivered, Filtered, ["Given up"], Waiting
| order by Hour desc, ["Content type"] asc`,
    },
    {
      name: "sinks",
      title: "Sinks",
      visualization: Visualization.table,
      width: 50,
      nothing: "There is no sink besides the event store.",
      query: `${sinkRuns(componentId)}
| summarize Delivered = sum(tolong(run.delivered)), Refused = sum(tolong(run.refused)), (at, Waiting, lag, Error) = arg_max(TimeGenerated, tolong(run.pending), todouble(run.lagSeconds), tostring(run.error)) by ${whose.by}Sink = sink
| project ${whose.shown}Sink, Delivered, Waiting, Refused, ["Lag (min)"] = round(lag / 60), Error
| order by ${whose.order}Sink asc`,
    },
    {
      name: "troubles",
      title: "What somebody should look at",
      visualization: Visualization.table,
      width: 100,
      nothing: "Nothing.",
      query: `${linesNamed(componentId, "poll.failed", "content.dead", "content.lost", "subscription.notEnabled", "subscription.healed", "sink.failed", "sink.refused", "sink.lost")}
| summarize Times = count(), (Latest, Detail) = arg_max(TimeGenerated, coalesce(tostring(line.reason), tostring(line.error), tostring(line.subscription), tostring(line.from))) by What = tostring(line.msg), Where = ${whose.place === "" ? WHERE : `strcat(${whose.place}${WHERE})`}
| order by Latest desc
| take 50`,
    },
  ];
}

function heading(): WorkbookItem {
  return {
    type: 1,
    name: "heading",
    content: {
      json: `# ${WORKBOOK_TITLE}\n\nWhat the poller tells of its runs. Whether an hour is complete, blob by blob, is proven by \`npx defender-siem verify\`.`,
    },
  };
}

function timeRange(): WorkbookItem {
  const choices = [4 * HOUR, 24 * HOUR, 3 * 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR];
  return {
    type: 9,
    name: "parameters",
    content: {
      version: "KqlParameterItem/1.0",
      style: "pills",
      queryType: 0,
      parameters: [
        {
          id: "5b0e8f1c-6a43-4f2e-9d0a-3b7f6f1f2c41",
          version: "KqlParameterItem/1.0",
          name: TIME_RANGE,
          label: "Time",
          type: 4,
          isRequired: true,
          value: { durationMs: 24 * HOUR },
          typeSettings: { selectableValues: choices.map(durationMs => ({ durationMs })) },
        },
      ],
    },
  };
}

function queryItem(panel: Panel, workspaceId: string): QueryItem {
  const { name, title, query, visualization, width, nothing } = panel;
  return {
    type: 3,
    name,
    customWidth: String(width),
    content: {
      version: "KqlItem/1.0",
      title,
      query,
      size: 0,
      timeContextFromParameter: TIME_RANGE,
      queryType: 0,
      resourceType: "microsoft.operationalinsights/workspaces",
      crossComponentResources: [workspaceId],
      visualization,
      noDataMessage: nothing,
    },
  };
}
