import { Component } from "@pulumi/azure-native/applicationinsights/component.js";
import { Workbook } from "@pulumi/azure-native/applicationinsights/workbook.js";
import { ActionGroup } from "@pulumi/azure-native/monitor/actionGroup.js";
import { DiagnosticSetting } from "@pulumi/azure-native/monitor/diagnosticSetting.js";
import { ScheduledQueryRule } from "@pulumi/azure-native/monitor/scheduledQueryRule.js";
import * as pulumi from "@pulumi/pulumi";
import { functionPackage } from "../../poller/functionPackage.ts";
import { existing, resourceIdOf } from "../azure/existingResources.ts";
import { nameOwner } from "../azure/nameOwner.ts";
import { workbookName } from "../azure/naming.ts";
import { AzureRole, grantRole } from "../azure/roleAssignments.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { keepDerived } from "../pulumi/keepDerived.ts";
import { checked } from "../pulumi/validation.ts";
import { type Alert, alerts } from "./alerts.ts";
import { type AlertThresholds, DEFAULT_THRESHOLDS, readThresholds } from "./alertThresholds.ts";
import { feedWorkbook, WORKBOOK_TITLE } from "./feedWorkbook.ts";
import { createWorkspace } from "./workspace.ts";

/** A Log Analytics workspace: what `azure-native:operationalinsights:Workspace` gives. */
export interface LogAnalyticsWorkspace {
  /** Resource id in Azure. */
  id: pulumi.Input<string>;
}

export interface MonitoringArgs {
  /** Resource group that holds the alerts, the workbook and what takes the telemetry. */
  resourceGroupName: pulumi.Input<string>;
  /** Azure region. Defaults to the region of the resource group. */
  location?: pulumi.Input<string>;
  /** Object id of the identity that the poller runs as; it is the only one that may send telemetry. */
  pollerPrincipalObjectId: pulumi.Input<string>;
  /** Resource id of the storage account whose readers and writers are to be recorded. Defaults to none. */
  eventStoreAccountId?: pulumi.Input<string>;
  /** Workspace for telemetry, which is neither changed nor deleted. Defaults to a new one. */
  workspace?: LogAnalyticsWorkspace;
  /** Table of that workspace that holds the events themselves; the workbook then shows verdicts too. Defaults to none. */
  eventsTable?: pulumi.Input<string>;
  /** Whether the poller has sinks besides the event store, which then have alerts too. Plain, since it decides which alerts there are. Defaults to false. */
  hasSinks?: boolean;
  /** Names of the tenants that the poller collects, each of which then has alerts of its own. Plain, since the queries name them. Defaults to a single tenant without a name. */
  tenantNames?: string[];
  /** E-mail addresses that alerts are sent to. A plain list, since without one there is nothing that sends. Defaults to none: alerts are then seen in the portal only. */
  alertEmails?: pulumi.Input<string>[];
  /** Minutes between two runs of the poller. Defaults to 5. */
  pollIntervalMinutes?: pulumi.Input<number>;
  /** Minutes without a completed run after which the poller is said to stand still, at most two days. Defaults to 30, or three runs where that is longer. */
  stalledAfterMinutes?: pulumi.Input<number>;
  /** Age in minutes of the newest content from which on the feed is said to be silent, at most seven days. Defaults to 720. */
  lagMinutes?: pulumi.Input<number>;
  /** Tags of the Azure resources. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * What watches the poller: an Application Insights component that takes telemetry by Entra identity only, alerts, and
 * a workbook. It comes before the poller, which is handed the connection string.
 *
 * There is no delete lock on the event store here: it would refuse to let role assignments and containers below the
 * account go, so that no later `pulumi up` could replace them. Versions and soft delete keep what is deleted by mistake.
 *
 * ```ts
 * const monitoring = new Monitoring("defender", { resourceGroupName: group.name, pollerPrincipalObjectId, alertEmails });
 * ```
 */
export class Monitoring extends pulumi.ComponentResource {
  /** Resource id of the Log Analytics workspace. */
  readonly workspaceId: pulumi.Output<string>;
  /** Resource id of the Application Insights component. */
  readonly applicationInsightsId: pulumi.Output<string>;
  /** Where the poller sends its telemetry. No secret: nothing is taken without a token of the poller's identity. */
  readonly connectionString: pulumi.Output<string>;
  /** Resource id of the workbook. */
  readonly workbookId: pulumi.Output<string>;

  constructor(name: string, args: MonitoringArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:Monitoring", name, componentInputs(args), opts);
    const thresholds = readThresholds(args, this);
    const { resourceGroupName, location, tags } = args;
    const workspace =
      passedWorkspace(args, this) ??
      createWorkspace(`${name}-logs`, { resourceGroupName, location, tags }, { parent: this });
    const component = createComponent(name, workspace, args, this);
    const grant = letPollerPublish(name, component, args, this);
    const workbook = createWorkbook(name, workspace, component, args, this);
    createAlerts(name, workspace, component, thresholds, args, this);
    recordAccess(name, workspace, args, this);

    this.workspaceId = pulumi.output(workspace.id);
    this.applicationInsightsId = component.id;
    // Who sends before the grant is refused, and remembers that for as long as the token is cached.
    this.connectionString = pulumi
      .all([component.connectionString, grant.urn])
      .apply(([connectionString]) => connectionString);
    this.workbookId = workbook.id;
    this.registerOutputs({
      workspaceId: this.workspaceId,
      applicationInsightsId: this.applicationInsightsId,
      connectionString: this.connectionString,
      workbookId: this.workbookId,
    });
  }
}

function parseEmail(value: string): string {
  if (/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is no e-mail address. Write one such as soc@contoso.com.`);
}

const WORKSPACE = { required: ["id"], optional: [] };
const parseWorkspaceId = resourceIdOf("Microsoft.OperationalInsights/workspaces");

function passedWorkspace(args: MonitoringArgs, parent: Monitoring): LogAnalyticsWorkspace | undefined {
  const workspace = existing(parent, "workspace", args.workspace, WORKSPACE);
  return workspace && { id: checked(parent, "workspace.id", workspace.id, parseWorkspaceId) };
}

function createComponent(
  name: string,
  workspace: LogAnalyticsWorkspace,
  args: MonitoringArgs,
  parent: Monitoring,
) {
  const { resourceGroupName, location, tags } = args;
  return new Component(
    name,
    {
      resourceGroupName,
      location,
      tags,
      kind: "web",
      applicationType: "web",
      ingestionMode: "LogAnalytics",
      workspaceResourceId: workspace.id,
      // The key in the connection string is in every application setting and log; alone it must be good for nothing.
      disableLocalAuth: true,
    },
    { parent },
  );
}

function letPollerPublish(name: string, component: Component, args: MonitoringArgs, parent: Monitoring) {
  return grantRole(
    `${name}-publishes-telemetry`,
    {
      scope: component.id,
      role: AzureRole.monitoringMetricsPublisher,
      principalObjectId: args.pollerPrincipalObjectId,
    },
    { parent },
  );
}

function createWorkbook(
  name: string,
  workspace: LogAnalyticsWorkspace,
  component: Component,
  args: MonitoringArgs,
  parent: Monitoring,
) {
  const { resourceGroupName, location, tags, eventsTable } = args;
  const isByTenant = args.tenantNames !== undefined;
  return new Workbook(
    `${name}-workbook`,
    {
      resourceName: nameOwner(name, parent).apply(workbookName),
      resourceGroupName,
      location,
      tags,
      displayName: WORKBOOK_TITLE,
      kind: "shared",
      category: "workbook",
      sourceId: workspace.id,
      serializedData: pulumi
        .all([workspace.id, component.id, eventsTable])
        .apply(([workspaceId, componentId, table]) =>
          JSON.stringify(feedWorkbook({ workspaceId, componentId, eventsTable: table, isByTenant })),
        ),
    },
    // The name is fixed, so the old one has to go before a new one comes.
    keepDerived("resourceName", undefined, { parent, deleteBeforeReplace: true }),
  );
}

function createAlerts(
  name: string,
  workspace: LogAnalyticsWorkspace,
  component: Component,
  thresholds: pulumi.Output<AlertThresholds>,
  args: MonitoringArgs,
  parent: Monitoring,
) {
  const { hasSinks = false, tenantNames } = args;
  const same = { hasSinks, tenantNames, codeId: functionPackage().codeId };
  const group = createActionGroup(name, args, parent);
  // How many there are, and their names, must not depend on what is known only once other resources exist.
  const names = alerts({ ...DEFAULT_THRESHOLDS, ...same, componentId: "" }).map(alert => alert.name);
  for (const alertName of names) {
    const alert = pulumi
      .all([thresholds, component.id])
      .apply(
        ([known, componentId]) =>
          alerts({ ...known, ...same, componentId }).find(({ name }) => name === alertName)!,
      );
    createRule(`${name}-${alertName}`, alert, workspace, group, args, parent);
  }
}

/** Nobody to tell, no group: alerts are seen in the portal, and other groups can be attached to them there. */
function createActionGroup(name: string, args: MonitoringArgs, parent: Monitoring) {
  const { alertEmails = [] } = args;
  const emails = alertEmails.map((value, index) =>
    checked(parent, `alertEmails[${index}]`, value, parseEmail),
  );
  if (emails.length === 0) return undefined;
  return new ActionGroup(
    `${name}-people`,
    {
      resourceGroupName: args.resourceGroupName,
      location: "Global",
      tags: args.tags,
      enabled: true,
      // In the subject of every mail; Azure allows 12 characters.
      groupShortName: name.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 12) || "defender",
      emailReceivers: emails.map(emailAddress => ({
        name: emailAddress,
        emailAddress,
        useCommonAlertSchema: true,
      })),
    },
    { parent },
  );
}

function createRule(
  name: string,
  alert: pulumi.Output<Alert>,
  workspace: LogAnalyticsWorkspace,
  group: ActionGroup | undefined,
  args: MonitoringArgs,
  parent: Monitoring,
) {
  const { resourceGroupName, location, tags } = args;
  return new ScheduledQueryRule(
    name,
    {
      resourceGroupName,
      location,
      tags,
      kind: "LogAlert",
      enabled: true,
      displayName: alert.title,
      description: alert.why,
      severity: alert.severity,
      scopes: [workspace.id],
      evaluationFrequency: alert.frequencyMinutes.apply(isoMinutes),
      windowSize: alert.windowMinutes.apply(isoMinutes),
      // It resolves by itself once the query says so.
      autoMitigate: true,
      // A workspace that is minutes old may not know its tables yet.
      skipQueryValidation: true,
      criteria: { allOf: [alert.apply(conditionOf)] },
      actions: group && { actionGroups: [group.id] },
    },
    { parent },
  );
}

function conditionOf({ query, measure, operator, threshold, evaluations, splitBy }: Alert) {
  return {
    query,
    metricMeasureColumn: measure,
    timeAggregation: "Maximum",
    operator,
    threshold,
    dimensions: (splitBy ?? []).map(name => ({ name, operator: "Include", values: ["*"] })),
    failingPeriods: { numberOfEvaluationPeriods: evaluations, minFailingPeriodsToAlert: evaluations },
  };
}

/** ISO 8601, in the unit that Azure writes it back with: another spelling of the same time would be drift. */
function isoMinutes(minutes: number): string {
  if (minutes % 1440 === 0) return `P${minutes / 1440}D`;
  return minutes % 60 === 0 ? `PT${minutes / 60}H` : `PT${minutes}M`;
}

/** Who read, wrote or deleted events, as records that the poller cannot change. */
function recordAccess(
  name: string,
  workspace: LogAnalyticsWorkspace,
  args: MonitoringArgs,
  parent: Monitoring,
) {
  if (args.eventStoreAccountId === undefined) return;
  new DiagnosticSetting(
    `${name}-access`,
    {
      resourceUri: pulumi.interpolate`${args.eventStoreAccountId}/blobServices/default`,
      workspaceId: workspace.id,
      logs: [{ categoryGroup: "audit", enabled: true }],
    },
    { parent },
  );
}
