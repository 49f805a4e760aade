import { AzureError } from "../azureError.ts";
import type { ManagedIdentity } from "../resourceManagerHooks.ts";
import type { ArmResource, ResourceType } from "../resourceType.ts";

export const userAssignedIdentity: ResourceType = {
  token: "azure-native:managedidentity:UserAssignedIdentity",
  apiVersion: "2023-01-31",
  path: "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{resourceName}",
  createOnly: ["location"],
  location: "regional",
  outputs: ["clientId", "principalId", "tenantId"],
  refuse({ name }) {
    if (/^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/.test(name)) return;
    throw new AzureError(
      400,
      "InvalidResourceName",
      `The name '${name}' of the user assigned identity is invalid. It has 3 to 128 letters, digits, '-' and '_', and ` +
        "starts with a letter or digit.",
    );
  },
  async created(identity, azure) {
    const { clientId, principalId } = await azure.hooks.identityCreated({
      resourceId: identity.id,
      name: identity.name,
    });
    return { clientId, principalId, tenantId: azure.tenantId };
  },
  async deleted(identity, azure) {
    await azure.hooks.identityDeleted(managedIdentity(identity));
  },
};

export function managedIdentity({ id, name, outputs }: ArmResource): ManagedIdentity {
  return {
    resourceId: id,
    name,
    clientId: String(outputs.clientId),
    principalId: String(outputs.principalId),
  };
}
