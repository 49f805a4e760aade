import { randomUUID } from "node:crypto";
import { AzureError } from "../azureError.ts";
import { isObject, type Properties, valueAt } from "../properties.ts";
import { normalizedLocation } from "../propertyDiff.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { findWorkspace } from "./logAnalytics.ts";

const INSIGHTS_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights";

export const dataCollectionEndpoint: ResourceType = {
  token: "azure-native:monitor:DataCollectionEndpoint",
  apiVersion: "2022-06-01",
  path: `${INSIGHTS_PATH}/dataCollectionEndpoints/{dataCollectionEndpointName}`,
  createOnly: ["location"],
  location: "regional",
  outputs: ["configurationAccess", "immutableId", "logsIngestion", "metricsIngestion", "provisioningState"],
  created: (_, azure) => ({
    configurationAccess: { endpoint: azure.logsIngestionUrl },
    immutableId: immutableId("dce"),
    logsIngestion: { endpoint: azure.logsIngestionUrl },
    metricsIngestion: { endpoint: azure.logsIngestionUrl },
    provisioningState: "Succeeded",
  }),
};

/** https://learn.microsoft.com/azure/azure-monitor/essentials/data-collection-rule-structure */
const COLUMN_TYPES = ["string", "int", "long", "real", "boolean", "dynamic", "datetime"];

/** Only rules for the Logs Ingestion API: streams declared by the program, sent to Log Analytics workspaces. */
export const dataCollectionRule: ResourceType = {
  token: "azure-native:monitor:DataCollectionRule",
  apiVersion: "2022-06-01",
  path: `${INSIGHTS_PATH}/dataCollectionRules/{dataCollectionRuleName}`,
  required: ["dataFlows", "destinations"],
  createOnly: ["location"],
  location: "regional",
  outputs: ["immutableId", "provisioningState"],
  refuse(rule, azure) {
    const { properties } = rule;
    const endpoint = azure.find(properties.dataCollectionEndpointId);
    if (endpoint?.type.token !== dataCollectionEndpoint.token) {
      throw invalid(
        "InvalidDataCollectionEndpoint",
        `The data collection endpoint '${properties.dataCollectionEndpointId}' was not found.`,
      );
    }
    refuseOtherRegion(rule, endpoint);
    refuseStreams(properties.streamDeclarations);
    const workspaces = destinationsOf(rule, azure);
    for (const flow of listOf(properties.dataFlows)) refuseFlow(flow, properties, workspaces, azure);
  },
  created: () => ({ immutableId: immutableId("dcr"), provisioningState: "Succeeded" }),
};

function refuseStreams(streams: unknown): void {
  for (const [name, declaration] of Object.entries(isObject(streams) ? streams : {})) {
    if (!name.startsWith("Custom-")) {
      throw invalid("InvalidStream", `The stream '${name}' is not named 'Custom-...'.`);
    }
    for (const { name: column, type } of listOf(valueAt(declaration, "columns"))) {
      if (COLUMN_TYPES.includes(String(type))) continue;
      throw invalid(
        "InvalidStreamDeclaration",
        `Column '${column}' of stream '${name}' has the type '${type}'. Use one of ${COLUMN_TYPES.join(", ")}.`,
      );
    }
  }
}

function destinationsOf(rule: ArmResource, azure: AzureView): Map<unknown, ArmResource> {
  const destinations = listOf(valueAt(rule.properties, "destinations.logAnalytics"));
  return new Map(
    destinations.map(({ name, workspaceResourceId }) => {
      const workspace = findWorkspace(azure, workspaceResourceId);
      if (workspace === undefined) {
        throw invalid(
          "InvalidDestination",
          `The workspace '${workspaceResourceId}' of destination '${name}' was not found.`,
        );
      }
      refuseOtherRegion(rule, workspace);
      return [name, workspace];
    }),
  );
}

function refuseFlow(
  { streams, destinations, outputStream }: Properties,
  { streamDeclarations }: Properties,
  workspaces: Map<unknown, ArmResource>,
  azure: AzureView,
): void {
  const declared = Object.keys(isObject(streamDeclarations) ? streamDeclarations : {});
  for (const stream of Array.isArray(streams) ? streams : []) {
    if (!declared.includes(stream)) {
      throw invalid("InvalidDataFlow", `The data flow reads stream '${stream}', which is not declared.`);
    }
  }
  for (const destination of Array.isArray(destinations) ? destinations : []) {
    const workspace = workspaces.get(destination);
    if (workspace === undefined) {
      throw invalid(
        "InvalidDataFlow",
        `The data flow writes to destination '${destination}', which is not declared.`,
      );
    }
    const table = /^Custom-(.+)$/.exec(String(outputStream))?.[1];
    if (table === undefined || !azure.exists(`${workspace.id}/tables/${table}`)) {
      throw invalid(
        "InvalidOutputTable",
        `Table for output stream '${outputStream}' is not available for destination '${destination}'.`,
      );
    }
  }
}

function refuseOtherRegion(rule: ArmResource, other: ArmResource): void {
  const [own, others] = [rule, other].map(({ properties }) =>
    normalizedLocation(String(properties.location)),
  );
  if (own === others) return;
  throw invalid(
    "InvalidLocation",
    `The rule is in '${own}' and '${other.name}' in '${others}'. Both have to be in one region.`,
  );
}

function listOf(value: unknown): Properties[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function immutableId(prefix: string): string {
  return `${prefix}-${randomUUID().replaceAll("-", "")}`;
}

/** Azure says what is wrong in the details of an error that is always called InvalidPayload. */
function invalid(code: string, message: string): AzureError {
  return new AzureError(400, "InvalidPayload", `Data collection rule is invalid: ${code}: ${message}`);
}
