import { AzureError } from "../azureError.ts";
import { isObject, type Properties } from "../properties.ts";
import type { AzureView, ResourceType } from "../resourceType.ts";

const DESTINATIONS = [
  "workspaceId",
  "storageAccountId",
  "eventHubAuthorizationRuleId",
  "marketplacePartnerId",
];

export const diagnosticSetting: ResourceType = {
  token: "azure-native:monitor:DiagnosticSetting",
  apiVersion: "2021-05-01-preview",
  path: "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
  outputs: ["systemData"],
  refuse({ properties }, azure) {
    refuseDestinations(properties, azure);
    const categories = [...listOf(properties.logs), ...listOf(properties.metrics)];
    if (categories.length === 0) throw badRequest("At least one log or metric category must be given.");
    for (const { category, categoryGroup, retentionPolicy } of categories) {
      if (category !== undefined && categoryGroup !== undefined) {
        throw badRequest(
          `The category '${category}' and the category group '${categoryGroup}' exclude each other.`,
        );
      }
      if (isObject(retentionPolicy) && retentionPolicy.enabled === true) {
        throw badRequest("Diagnostic settings does not support retention for new diagnostic settings.");
      }
    }
  },
};

function refuseDestinations(properties: Properties, azure: AzureView): void {
  const given = DESTINATIONS.filter(name => properties[name] !== undefined);
  if (given.length === 0) {
    throw badRequest("At least one data sink needs to be specified.");
  }
  for (const name of given) {
    if (azure.exists(String(properties[name]))) continue;
    throw new AzureError(
      404,
      "ResourceNotFound",
      `The resource '${properties[name]}' that ${name} names was not found.`,
    );
  }
}

function listOf(value: unknown): Properties[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function badRequest(message: string): AzureError {
  return new AzureError(400, "BadRequest", message);
}
