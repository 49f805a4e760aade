import { AppServiceError } from "../azureError.ts";
import { valueAt } from "../properties.ts";
import { lastSegment } from "../resourceId.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";

export const appServicePlan: ResourceType = {
  token: "azure-native:web:AppServicePlan",
  apiVersion: "2025-05-01",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web/serverfarms/{name}",
  createOnly: ["location", "reserved", "hyperV", "isXenon", "isSpot"],
  location: "regional",
  outputs: ["geoRegion", "provisioningState", "resourceGroup", "status", "subscription"],
  refuse({ name, properties }) {
    if (!/^[A-Za-z0-9_-]{1,60}$/.test(name)) {
      throw badRequest(
        `The parameter name '${name}' is invalid: a plan's name has 1 to 60 letters, digits, '-' and '_'.`,
      );
    }
    const [sku, tier = "FlexConsumption"] = [
      valueAt(properties, "sku.name"),
      valueAt(properties, "sku.tier"),
    ];
    if (sku !== "FC1" || tier !== "FlexConsumption") {
      throw badRequest(
        `The sku '${sku}' of tier '${tier}' is not available: the local subscription has Flex Consumption only, which is ` +
          "the sku 'FC1' of tier 'FlexConsumption'.",
      );
    }
    if (properties.reserved !== true) {
      throw badRequest("Flex Consumption plans run on Linux only. Set 'reserved' to true.");
    }
  },
  refuseDeletion(plan, azure) {
    const [app] = appsOn(plan.id, azure);
    if (app === undefined) return;
    throw new AppServiceError(
      409,
      "Conflict",
      `Server farm '${plan.name}' cannot be deleted because it has web app(s) ${app.name} assigned to it.`,
    );
  },
  created: ({ properties }, azure) => ({
    geoRegion: properties.location,
    provisioningState: "Succeeded",
    resourceGroup: properties.resourceGroupName,
    status: "Ready",
    subscription: azure.subscriptionId,
  }),
};

/** The function apps that run on the plan. */
export function appsOn(planId: string, azure: AzureView): ArmResource[] {
  return azure
    .list("azure-native:web:WebApp")
    .filter(({ properties }) => String(properties.serverFarmId).toLowerCase() === planId.toLowerCase());
}

/** @throws AzureError when the app names no plan, or one that already has its one app */
export function planOf(app: ArmResource, azure: AzureView): ArmResource {
  const { serverFarmId } = app.properties;
  const plan = azure.find(serverFarmId);
  if (plan?.type.token !== appServicePlan.token) {
    throw new AppServiceError(
      404,
      "NotFound",
      `Cannot find ServerFarm with name ${lastSegment(String(serverFarmId))}.`,
    );
  }
  const other = appsOn(plan.id, azure).find(({ id }) => id !== app.id);
  if (other !== undefined) {
    throw badRequest(
      `The Flex Consumption plan '${plan.name}' already has the app '${other.name}'. A plan of this kind has one app.`,
    );
  }
  return plan;
}

function badRequest(message: string): AppServiceError {
  return new AppServiceError(400, "BadRequest", message);
}
