import { randomUUID } from "node:crypto";
import { AzureError } from "../azureError.ts";
import type { ResourceType } from "../resourceType.ts";
import { findWorkspace } from "./logAnalytics.ts";

export const component: ResourceType = {
  token: "azure-native:applicationinsights:Component",
  apiVersion: "2020-02-02",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights/components/{resourceName}",
  required: ["applicationType", "kind"],
  createOnly: ["location"],
  location: "regional",
  outputs: [
    "appId",
    "applicationId",
    "connectionString",
    "creationDate",
    "instrumentationKey",
    "provisioningState",
    "tenantId",
  ],
  refuse({ properties }, azure) {
    const { workspaceResourceId } = properties;
    if (workspaceResourceId === undefined) {
      throw new AzureError(
        400,
        "BadRequest",
        "Classic Application Insights resources can no longer be created. Give 'workspaceResourceId'.",
      );
    }
    if (findWorkspace(azure, workspaceResourceId) !== undefined) return;
    throw new AzureError(
      404,
      "ResourceNotFound",
      `The Log Analytics workspace '${workspaceResourceId}' of the component was not found.`,
    );
  },
  created({ name }, azure) {
    const [appId, instrumentationKey] = [randomUUID(), randomUUID()];
    return {
      appId,
      applicationId: name,
      connectionString:
        `InstrumentationKey=${instrumentationKey};IngestionEndpoint=${azure.ingestionUrl};` +
        `LiveEndpoint=${azure.ingestionUrl};ApplicationId=${appId}`,
      creationDate: new Date().toISOString(),
      instrumentationKey,
      provisioningState: "Succeeded",
      tenantId: azure.subscriptionId,
    };
  },
};

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const workbook: ResourceType = {
  token: "azure-native:applicationinsights:Workbook",
  apiVersion: "2023-06-01",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Insights/workbooks/{resourceName}",
  required: ["displayName", "serializedData"],
  createOnly: ["location"],
  location: "regional",
  outputs: ["revision", "timeModified", "userId"],
  refuse({ name, properties }, azure) {
    if (!GUID.test(name)) throw invalid(`The workbook's resource name '${name}' is not a GUID.`);
    if (!isJson(properties.serializedData)) {
      throw invalid(`The serializedData of the workbook '${properties.displayName}' is not JSON.`);
    }
    const { sourceId } = properties;
    if (sourceId !== undefined && sourceId !== "Azure Monitor" && !azure.exists(String(sourceId))) {
      throw invalid(`The sourceId '${sourceId}' of the workbook was not found.`);
    }
  },
  created: (_, azure) => ({
    revision: randomUUID().replaceAll("-", ""),
    timeModified: new Date().toISOString(),
    userId: azure.deployerObjectId,
  }),
};

function isJson(text: unknown): boolean {
  try {
    JSON.parse(String(text));
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string): AzureError {
  return new AzureError(400, "BadRequest", message);
}
