import { holdsRole } from "../azure/heldRoles.ts";
import { valueAt } from "../azure/properties.ts";
import type { ResourceManager } from "../azure/resourceManager.ts";

/** https://learn.microsoft.com/azure/key-vault/general/rbac-guide */
const MAY_READ_SECRETS = [
  "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
  "b86a8fe4-44ce-4948-aee5-eccb2c155cd7", // Key Vault Secrets Officer
  "00482a5a-887f-4fb3-b363-3b7fe8e74483", // Key Vault Administrator
];

/**
 * The value of a secret, for a principal that holds a role to read it; undefined when there is no such secret, or no
 * such role. Of the versions of a secret only the newest can be read.
 */
export function readSecret(
  azure: ResourceManager,
  principalObjectId: string,
  secretUri: string,
): string | undefined {
  const found = azure
    .list("azure-native:keyvault:Secret")
    .find(({ outputs }) =>
      [
        valueAt(outputs, "properties.secretUri"),
        valueAt(outputs, "properties.secretUriWithVersion"),
      ].includes(secretUri.replace(/\/$/, "")),
    );
  if (found === undefined) return undefined;
  const vault = azure.find(found.id.split("/secrets/")[0]);
  const isByRole = valueAt(vault?.properties, "properties.enableRbacAuthorization") === true;
  const mayRead = holdsRole(azure.roleAssignments(), principalObjectId, MAY_READ_SECRETS, found.id);
  return isByRole && mayRead ? String(valueAt(found.properties, "properties.value")) : undefined;
}
