import { DataCollectionEndpoint } from "@pulumi/azure-native/monitor/dataCollectionEndpoint.js";
import { DataCollectionRule } from "@pulumi/azure-native/monitor/dataCollectionRule.js";
import { Table } from "@pulumi/azure-native/operationalinsights/table.js";
import * as pulumi from "@pulumi/pulumi";
import {
  LOGS_INGESTION_COLUMNS,
  LOGS_INGESTION_STREAM,
  LOGS_INGESTION_TABLE,
} from "../../poller/sinks/logsIngestionTable.ts";
import { existing } from "../azure/existingResources.ts";
import { AzureRole, grantRole } from "../azure/roleAssignments.ts";
import { type ExistingWorkspace, type LocatedWorkspace, locateWorkspace } from "../monitoring/workspace.ts";
import { checked, parseOrRefuse, wholeNumberBetween } from "../pulumi/validation.ts";
import { type DeclaredSink, refuseUnknownProperties, type SinkSurroundings } from "./sink.ts";

/** A Log Analytics workspace, and with it Microsoft Sentinel, by the Logs Ingestion API. */
export interface LogsIngestionSinkArgs {
  /** `logsIngestion`, which tells this sink from the others. */
  kind: "logsIngestion";
  /** A workspace that exists: it gets the table and is left as it is otherwise. Defaults to that of the integration. */
  workspace?: ExistingWorkspace;
  /** How many days the table keeps events, from 4 to 730. Defaults to 90. */
  retentionDays?: pulumi.Input<number>;
}

const WORKSPACE = { required: ["id"], optional: ["location"] };

/** What the rule calls its only destination. */
const DESTINATION = "workspace";

/** A table in the workspace, an endpoint and a rule that leads from one to the other, and the right to use that rule. */
export function declareLogsIngestionSink(
  name: string,
  args: LogsIngestionSinkArgs,
  surroundings: SinkSurroundings,
): DeclaredSink {
  const { component, parent } = surroundings;
  parseOrRefuse(parent, `sinks.${name}`, args, given =>
    refuseUnknownProperties(given, ["kind", "workspace", "retentionDays"]),
  );
  const workspace = workspaceOf(name, args, surroundings);
  const table = createTable(name, workspace, args, surroundings);
  const endpoint = createEndpoint(name, workspace, surroundings);
  const rule = createRule(name, workspace, endpoint, table, surroundings);
  const grant = grantRole(
    `${component}-sends-to-${name}`,
    {
      scope: rule.id,
      role: AzureRole.monitoringMetricsPublisher,
      principalObjectId: surroundings.principalObjectId,
    },
    { parent },
  );
  return {
    setting: pulumi.jsonStringify({
      kind: args.kind,
      endpoint: ingestionUrl(endpoint),
      ruleId: rule.immutableId,
      stream: LOGS_INGESTION_STREAM,
    }),
    ready: [grant],
    output: { kind: args.kind, workspaceId: workspace.id, table: LOGS_INGESTION_TABLE },
  };
}

function workspaceOf(
  name: string,
  args: LogsIngestionSinkArgs,
  surroundings: SinkSurroundings,
): LocatedWorkspace {
  const argument = `sinks.${name}.workspace`;
  const workspace =
    existing(surroundings.parent, argument, args.workspace, WORKSPACE) ?? surroundings.workspace;
  if (workspace !== undefined) return locateWorkspace(argument, workspace, surroundings);
  throw new pulumi.ResourceError(
    `${argument}: is missing, and so is a workspace of the poller. Give one as { id }.`,
    surroundings.parent,
    true,
  );
}

function createTable(
  name: string,
  workspace: LocatedWorkspace,
  args: LogsIngestionSinkArgs,
  { component, parent }: SinkSurroundings,
): Table {
  const retentionDays = checked(
    parent,
    `sinks.${name}.retentionDays`,
    args.retentionDays ?? 90,
    wholeNumberBetween(4, 730, "days", "Log Analytics keeps a table's rows for two years at most."),
  );
  return new Table(
    `${component}-${name}`,
    {
      resourceGroupName: workspace.resourceGroupName,
      workspaceName: workspace.name,
      tableName: LOGS_INGESTION_TABLE,
      plan: "Analytics",
      retentionInDays: retentionDays,
      totalRetentionInDays: retentionDays,
      schema: { name: LOGS_INGESTION_TABLE, columns: tableColumns() },
    },
    { parent },
  );
}

/** A table writes `dateTime` where a rule writes `datetime`. */
function tableColumns() {
  return LOGS_INGESTION_COLUMNS.map(({ name, type, description }) => ({
    name,
    type: type === "datetime" ? "dateTime" : type,
    description,
  }));
}

/** The rule's API has no endpoint of its own in its default version, so one is needed beside it. */
function createEndpoint(
  name: string,
  workspace: LocatedWorkspace,
  { component, parent, resourceGroupName, tags }: SinkSurroundings,
): DataCollectionEndpoint {
  return new DataCollectionEndpoint(
    `${component}-${name}`,
    {
      resourceGroupName,
      location: workspace.location,
      tags,
      networkAcls: { publicNetworkAccess: "Enabled" },
    },
    { parent },
  );
}

/** Endpoint, rule and workspace have to be in one region. */
function createRule(
  name: string,
  workspace: LocatedWorkspace,
  endpoint: DataCollectionEndpoint,
  table: Table,
  { component, parent, resourceGroupName, tags }: SinkSurroundings,
): DataCollectionRule {
  return new DataCollectionRule(
    `${component}-${name}`,
    {
      resourceGroupName,
      location: workspace.location,
      tags,
      dataCollectionEndpointId: endpoint.id,
      streamDeclarations: {
        [LOGS_INGESTION_STREAM]: {
          columns: LOGS_INGESTION_COLUMNS.map(({ name: column, type }) => ({ name: column, type })),
        },
      },
      destinations: { logAnalytics: [{ name: DESTINATION, workspaceResourceId: workspace.id }] },
      dataFlows: [
        {
          streams: [LOGS_INGESTION_STREAM],
          destinations: [DESTINATION],
          transformKql: "source",
          outputStream: `Custom-${LOGS_INGESTION_TABLE}`,
        },
      ],
    },
    // Azure checks that the table is there, which no input of the rule says.
    { parent, dependsOn: [table] },
  );
}

function ingestionUrl(endpoint: DataCollectionEndpoint): pulumi.Output<string> {
  return endpoint.logsIngestion.apply(ingestion => {
    if (ingestion?.endpoint) return ingestion.endpoint;
    throw new pulumi.ResourceError(
      "The data collection endpoint has no URL for logs to send events to.",
      endpoint,
      true,
    );
  });
}
