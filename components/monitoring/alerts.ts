import {
  completedRuns,
  contentTypeRuns,
  failedInvocations,
  linesNamed,
  runs,
  sinkRuns,
  TENANT_COLUMN,
} from "./telemetryQueries.ts";

/** An alert, as far as it is the same in every deployment. */
export interface Alert {
  /** Part of the rule's name. */
  name: string;
  /** What people read in the message. */
  title: string;
  /** From 0, critical, to 4. */
  severity: 0 | 1 | 2 | 3 | 4;
  /** KQL that gives one row with the number that decides, or one for each thing that is in trouble. */
  query: string;
  /** The column with that number. */
  measure: string;
  /** The columns that name the thing in trouble: each gets an alert of its own. Undefined where there is but one. */
  splitBy?: readonly ("tenant" | "contentType" | "sink")[];
  operator: "GreaterThan" | "LessThan";
  threshold: number;
  /** How far back a query looks: one of the windows that Azure has. */
  windowMinutes: number;
  frequencyMinutes: number;
  /** How many evaluations in a row must be over the threshold. */
  evaluations: number;
  /** Why somebody is to be told, and what to do; in the rule's description. */
  why: string;
}

export interface AlertSettings {
  /** Resource id of the Application Insights component that takes the poller's telemetry. */
  componentId: string;
  /** What the published code calls itself. */
  codeId: string;
  pollIntervalMinutes: number;
  /** Minutes without a completed run. */
  stalledAfterMinutes: number;
  /** Minutes since the newest content became available. */
  lagMinutes: number;
  /** Whether there are sinks besides the event store. */
  hasSinks: boolean;
  /** Names of the tenants, each of which has alerts of its own. Undefined for a single one without a name. */
  tenantNames?: readonly string[];
}

/** What each row of a query is about, beside what it would be about for a single tenant. */
interface Whose {
  /** Columns of a `by` clause, with a comma behind them. */
  by: string;
  /** The same where they are columns already. */
  columns: string;
  splitBy: readonly "tenant"[];
}

function whoseOf({ tenantNames }: AlertSettings): Whose {
  return tenantNames === undefined
    ? { by: "", columns: "", splitBy: [] }
    : { by: `${TENANT_COLUMN}, `, columns: "tenant, ", splitBy: ["tenant"] };
}

/** The distance between now and what is listed from which on `npx defender-siem status` complains, too. */
const MOST_BEHIND_MINUTES = 120;

/** How long events may wait for a sink: long enough for a restart of the SIEM. */
const MOST_SINK_LAG_MINUTES = 60;

/** How many failed runs in a row, or nearly so, are no accident. */
const FAILED_RUNS = 3;

/** https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule */
const WINDOW_MINUTES = [5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880];

/** The longest that an alert can look back, so the most that its settings may ask for. */
export const LONGEST_WINDOW_MINUTES = WINDOW_MINUTES.at(-1)!;

/** Every alert of an integration. A query finds nothing in a healthy one, but for the dead man's, which finds its runs. */
export function alerts(settings: AlertSettings): Alert[] {
  return [
    ...alertsOfRuns(settings),
    ...alertsOfTheFeed(settings),
    ...(settings.hasSinks ? alertsOfSinks(settings) : []),
  ];
}

function alertsOfRuns(settings: AlertSettings): Alert[] {
  const { componentId, codeId, pollIntervalMinutes, stalledAfterMinutes, tenantNames } = settings;
  const { splitBy } = whoseOf(settings);
  const ofTenant = splitBy.length === 0 ? {} : { splitBy };
  const fewRuns = windowOf(Math.max(30, FAILED_RUNS * pollIntervalMinutes));
  return [
    {
      name: "stalled",
      title: "The poller stands still",
      severity: 1,
      // Without rows there is still one with the number 0: a dead man does not write.
      query: completedRuns(componentId, stalledAfterMinutes, tenantNames),
      measure: "completed",
      ...ofTenant,
      operator: "LessThan",
      threshold: 1,
      windowMinutes: windowOf(stalledAfterMinutes),
      frequencyMinutes: 5,
      evaluations: 1,
      why: `No run has completed for ${stalledAfterMinutes} minutes, so no event arrives. Content can be listed for seven days: what is not collected by then is lost. Look at the invocations of the function, and at the function app in the portal.`,
    },
    {
      name: "failing",
      title: "Runs of the poller fail",
      severity: 2,
      query: failedInvocations(componentId, tenantNames !== undefined),
      measure: "failed",
      ...ofTenant,
      operator: "GreaterThan",
      threshold: FAILED_RUNS - 1,
      windowMinutes: fewRuns,
      frequencyMinutes: 15,
      evaluations: 1,
      why: `At least ${FAILED_RUNS} invocations have failed within ${fewRuns} minutes. The lines poll.failed and the exceptions of the function say why; one failure heals by itself, several do not.`,
    },
    {
      name: "old-code",
      title: "Published code does not run",
      severity: 2,
      query: `${runs(componentId)}\n| summarize (at, code) = arg_max(TimeGenerated, tostring(line.code))\n| where code != "${codeId}"\n| summarize other = countif(isnotnull(at))`,
      measure: "other",
      operator: "GreaterThan",
      threshold: 0,
      windowMinutes: fewRuns,
      frequencyMinutes: 15,
      // The first evaluation after a publication may see the last run of the old code.
      evaluations: 2,
      why: `The last run was of other code than ${codeId}, which this deployment declares. Either publishing failed, and with it pulumi up, or somebody published by hand. Run pulumi up --refresh. (Code that does not run at all is found by the alert about a poller that stands still.)`,
    },
  ];
}

function alertsOfTheFeed(settings: AlertSettings): Alert[] {
  const { componentId, lagMinutes } = settings;
  const whose = whoseOf(settings);
  const splitBy = [...whose.splitBy, "contentType"] as const;
  const everyQuarter = { windowMinutes: 15, frequencyMinutes: 15, evaluations: 1 };
  const any = { operator: "GreaterThan", threshold: 0, splitBy } as const;
  return [
    {
      name: "subscription-disabled",
      title: "The subscription is not enabled",
      severity: 1,
      query: `${linesNamed(componentId, "subscription.notEnabled", "subscription.healed")}\n| summarize reports = count() by ${whose.by}contentType = tostring(line.contentType)`,
      measure: "reports",
      ...any,
      ...everyQuarter,
      why: "A run found the subscription missing or disabled. Content that becomes available meanwhile can never be collected. Run pulumi up --refresh at once; with selfHeal it is enabled again already, and somebody should find out who disabled it.",
    },
    {
      name: "behind",
      title: "Collection is behind",
      severity: 2,
      // The best of the hour: one slow run is none.
      query: `${contentTypeRuns(componentId)}\n| summarize behindMinutes = min(todouble(run.behindSeconds)) / 60 by ${whose.by}contentType`,
      measure: "behindMinutes",
      splitBy,
      operator: "GreaterThan",
      threshold: MOST_BEHIND_MINUTES,
      windowMinutes: 60,
      frequencyMinutes: 15,
      evaluations: 1,
      why: `Runs complete, yet none within an hour has listed content up to ${MOST_BEHIND_MINUTES} minutes ago. It catches up by itself when the lag shrinks from run to run; otherwise listing fails, see the lines poll.failed.`,
    },
    {
      name: "lag",
      title: "The feed is silent",
      severity: 2,
      query: `${contentTypeRuns(componentId)}\n| summarize lagMinutes = min(todouble(run.lagSeconds)) / 60 by ${whose.by}contentType`,
      measure: "lagMinutes",
      splitBy,
      operator: "GreaterThan",
      threshold: lagMinutes,
      windowMinutes: 60,
      frequencyMinutes: 15,
      evaluations: 1,
      why: `The newest content became available more than ${lagMinutes} minutes ago. Either nothing happens in the tenant, or Microsoft's feed is late, or unified audit logging was turned off: npx defender-siem doctor tells.`,
    },
    {
      name: "content-given-up",
      title: "Content was given up or lost",
      severity: 2,
      query: `${linesNamed(componentId, "content.dead", "content.lost")}\n| summarize blobs = count() by ${whose.by}contentType = tostring(line.contentType)`,
      measure: "blobs",
      ...any,
      ...everyQuarter,
      why: "Content blobs could not be read run after run and were given up, or could not be listed in time. npx defender-siem status names them with the reason; npx defender-siem replay has them tried again as long as Microsoft keeps them.",
    },
    {
      name: "throttled",
      title: "Microsoft throttles the poller",
      severity: 3,
      query: `${contentTypeRuns(componentId)}\n| summarize throttledShare = 100.0 * countif(tolong(run.throttled) > 0) / count() by ${whose.by}contentType`,
      measure: "throttledShare",
      splitBy,
      operator: "GreaterThan",
      threshold: 50,
      windowMinutes: 60,
      frequencyMinutes: 60,
      evaluations: 1,
      why: "More than half of the runs of an hour were throttled. Another client with the same publisher identifier uses up the tenant's quota: give this one its own with publisherIdentifier.",
    },
  ];
}

function alertsOfSinks(settings: AlertSettings): Alert[] {
  const { componentId, pollIntervalMinutes } = settings;
  const whose = whoseOf(settings);
  const splitBy = [...whose.splitBy, "sink"] as const;
  const window = windowOf(Math.max(60, FAILED_RUNS * pollIntervalMinutes));
  return [
    {
      name: "sink-failing",
      title: "A sink takes nothing",
      severity: 2,
      query: `${sinkRuns(componentId)}\n| summarize failed = countif(isnotempty(tostring(run.error))), all = count() by ${whose.by}sink\n| where failed == all\n| project ${whose.columns}sink, failed`,
      measure: "failed",
      splitBy,
      operator: "GreaterThan",
      threshold: FAILED_RUNS - 1,
      windowMinutes: window,
      frequencyMinutes: 15,
      evaluations: 1,
      why: `Every run within ${window} minutes failed to deliver to it, for the reason in the lines sink.failed. Events wait for it and are in the event store; delivery goes on by itself once it takes them.`,
    },
    {
      name: "sink-behind",
      title: "A sink is behind",
      severity: 3,
      query: `${sinkRuns(componentId)}\n| summarize behindMinutes = min(todouble(run.lagSeconds)) / 60 by ${whose.by}sink`,
      measure: "behindMinutes",
      splitBy,
      operator: "GreaterThan",
      threshold: MOST_SINK_LAG_MINUTES,
      windowMinutes: window,
      frequencyMinutes: 15,
      evaluations: 1,
      why: `Events wait for it for more than ${MOST_SINK_LAG_MINUTES} minutes, since it is down or takes fewer than arrive.`,
    },
    {
      name: "events-refused",
      title: "A sink refused events",
      severity: 2,
      query: `${linesNamed(componentId, "sink.refused", "sink.lost")}\n| summarize lines = count() by ${whose.by}sink = tostring(line.sink)`,
      measure: "lines",
      splitBy,
      operator: "GreaterThan",
      threshold: 0,
      windowMinutes: 15,
      frequencyMinutes: 15,
      evaluations: 1,
      why: "Events that the sink will never take as they are were set aside, with its reason. They are in the event store; npx defender-siem replay --sink sends them again once the reason is gone.",
    },
  ];
}

/** The shortest of Azure's windows that is as long. */
function windowOf(minutes: number): number {
  return WINDOW_MINUTES.find(window => window >= minutes) ?? LONGEST_WINDOW_MINUTES;
}
