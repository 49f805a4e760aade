import { AzureError } from "../azureError.ts";
import { isAtOrBelow } from "../resourceId.ts";
import type { AzureView, ResourceType } from "../resourceType.ts";

const LEVELS = ["CanNotDelete", "ReadOnly"];

export const managementLockByScope: ResourceType = {
  token: "azure-native:authorization:ManagementLockByScope",
  apiVersion: "2020-05-01",
  path: "/{scope}/providers/Microsoft.Authorization/locks/{lockName}",
  required: ["level"],
  limits: { lockName: { maxLength: 260 } },
  outputs: ["systemData"],
  refuse({ properties }) {
    if (LEVELS.includes(String(properties.level))) return;
    throw new AzureError(
      400,
      "LockLevelInvalid",
      `The lock level '${properties.level}' is not valid. Valid values are '${LEVELS.join("', '")}'.`,
    );
  },
};

/** @throws AzureError when a lock on the resource or above it forbids the action, or one below it its deletion */
export function refuseWhenLocked(azure: AzureView, id: string, action: "write" | "delete"): void {
  if (/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i.test(id)) return;
  const locked = azure
    .list(managementLockByScope.token)
    .filter(({ properties }) => action === "delete" || properties.level === "ReadOnly")
    .map(({ properties }) => String(properties.scope))
    .filter(scope => isAtOrBelow(id, scope) || (action === "delete" && isAtOrBelow(scope, id)));
  if (locked.length === 0) return;
  throw new AzureError(
    409,
    "ScopeLocked",
    `The scope '${id}' cannot perform ${action} operation because following scope(s) are locked: '${locked.join("', '")}'. ` +
      "Please remove the lock and try again.",
  );
}
