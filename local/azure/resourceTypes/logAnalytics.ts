import { randomUUID } from "node:crypto";
import { AzureError } from "../azureError.ts";
import { isObject, valueAt } from "../properties.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";

const WORKSPACE_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.OperationalInsights/workspaces/{workspaceName}";

export const workspace: ResourceType = {
  token: "azure-native:operationalinsights:Workspace",
  apiVersion: "2023-09-01",
  path: WORKSPACE_PATH,
  createOnly: ["location"],
  limits: {
    workspaceName: { minLength: 4, maxLength: 63, pattern: /^[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]$/ },
  },
  location: "regional",
  outputs: ["createdDate", "customerId", "modifiedDate", "provisioningState"],
  refuse({ properties }) {
    const { retentionInDays } = properties;
    if (retentionInDays === undefined || isBetween(retentionInDays, 30, 730)) return;
    throw new AzureError(
      400,
      "InvalidParameter",
      `'RetentionInDays' property doesn't match the SKU limits: ${retentionInDays} is not between 30 and 730.`,
    );
  },
  created() {
    const now = new Date().toISOString();
    return { createdDate: now, customerId: randomUUID(), modifiedDate: now, provisioningState: "Succeeded" };
  },
};

/** Custom tables only; those of Azure's own solutions exist already. */
export const table: ResourceType = {
  token: "azure-native:operationalinsights:Table",
  apiVersion: "2023-09-01",
  path: `${WORKSPACE_PATH}/tables/{tableName}`,
  outputs: ["provisioningState"],
  refuse({ name, properties }) {
    if (!/^[A-Za-z][A-Za-z0-9_]{0,59}_CL$/.test(name)) {
      throw invalid(
        `The table name '${name}' is invalid: a custom table's name starts with a letter, has letters, digits and '_', ` +
          "and ends in '_CL'.",
      );
    }
    if (valueAt(properties, "schema.name") !== name) {
      throw invalid(
        `The schema name '${valueAt(properties, "schema.name")}' is not the table name '${name}'.`,
      );
    }
    const columns = valueAt(properties, "schema.columns");
    refuseColumns(Array.isArray(columns) ? columns.filter(isObject) : [], name);
    const { plan = "Analytics" } = properties;
    if (plan !== "Analytics" && plan !== "Basic") {
      throw invalid(`The plan '${plan}' is invalid. Use 'Analytics' or 'Basic'.`);
    }
  },
  created: () => ({ provisioningState: "Succeeded" }),
};

/** A table spells it dateTime, a data collection rule datetime. */
const COLUMN_TYPES = ["string", "int", "long", "real", "boolean", "dateTime", "guid", "dynamic"];

function refuseColumns(columns: Record<string, unknown>[], tableName: string): void {
  for (const { name, type } of columns) {
    if (!COLUMN_TYPES.includes(String(type))) {
      throw invalid(
        `Column '${name}' of table '${tableName}' has the type '${type}'. Use one of ${COLUMN_TYPES.join(", ")}.`,
      );
    }
  }
  if (!columns.some(({ name, type }) => name === "TimeGenerated" && type === "dateTime")) {
    throw invalid(`Table '${tableName}' has no column 'TimeGenerated' of type dateTime, which it must have.`);
  }
}

/** The workspace that an input names; undefined for anything else. */
export function findWorkspace(azure: AzureView, id: unknown): ArmResource | undefined {
  const found = azure.find(id);
  return found?.type.token === workspace.token ? found : undefined;
}

export function isBetween(value: unknown, minimum: number, maximum: number): boolean {
  return typeof value === "number" && value >= minimum && value <= maximum;
}

function invalid(message: string): AzureError {
  return new AzureError(400, "InvalidParameter", message);
}
