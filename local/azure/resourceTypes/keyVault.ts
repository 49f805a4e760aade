import { randomUUID } from "node:crypto";
import { AzureError } from "../azureError.ts";
import { type Properties, valueAt } from "../properties.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { isBetween } from "./logAnalytics.ts";

const VAULT_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.KeyVault/vaults/{vaultName}";

/** Names that vaults keep after they are deleted. Nobody of the local tenant waits for ninety days, so they never go. */
const deletedNames = new WeakMap<AzureView, Set<string>>();

export const vault: ResourceType = {
  token: "azure-native:keyvault:Vault",
  apiVersion: "2024-11-01",
  path: VAULT_PATH,
  required: ["properties"],
  createOnly: ["location"],
  limits: { vaultName: { pattern: /^[a-zA-Z0-9-]{3,24}$/ } },
  location: "regional",
  outputs: ["properties.vaultUri", "properties.provisioningState"],
  refuse(declared, azure, previous) {
    if (previous === undefined) refuseVaultName(declared, azure);
    const at = (path: string) => valueAt(declared.properties, `properties.${path}`);
    for (const property of ["enablePurgeProtection", "enableSoftDelete"]) {
      if (at(property) === false) throw irreversible(property);
    }
    const days = at("softDeleteRetentionInDays");
    if (days !== undefined && !isBetween(days, 7, 90)) {
      throw badRequest(
        `The property "softDeleteRetentionInDays" has an invalid value '${days}'. It must be from 7 to 90.`,
      );
    }
    if (
      previous !== undefined &&
      days !== valueAt(previous.properties, "properties.softDeleteRetentionInDays")
    ) {
      throw badRequest(
        'The property "softDeleteRetentionInDays" has been set already and it can\'t be modified.',
      );
    }
  },
  created: ({ name }, { keyVaultsUrl }) => ({
    properties: {
      vaultUri: keyVaultsUrl ? `${keyVaultsUrl}/${name}/` : `https://${name}.vault.azure.net/`,
      provisioningState: "Succeeded",
    },
  }),
  async deleted({ name }, azure) {
    const names = deletedNames.get(azure) ?? new Set();
    deletedNames.set(azure, names.add(name.toLowerCase()));
  },
};

export const secret: ResourceType = {
  token: "azure-native:keyvault:Secret",
  apiVersion: "2024-11-01",
  path: `${VAULT_PATH}/secrets/{secretName}`,
  required: ["properties"],
  limits: { secretName: { pattern: /^[a-zA-Z0-9-]{1,127}$/ } },
  outputs: ["location", "properties.secretUri", "properties.secretUriWithVersion"],
  writeOnly: ["properties.value"],
  refuseDeletion: secret => {
    throw deniedByRoles(secret);
  },
  created: secret => ({ properties: urisOf(secret) }),
  updated: secret => ({ properties: urisOf(secret) }),
};

/** Each put makes a version of its own, as in Azure. */
function urisOf({ properties, name }: ArmResource): Properties {
  const secretUri = `https://${properties.vaultName}.vault.azure.net/secrets/${name}`;
  return { secretUri, secretUriWithVersion: `${secretUri}/${randomUUID().replaceAll("-", "")}` };
}

function refuseVaultName({ id, name }: ArmResource, azure: AzureView): void {
  if (!/^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/.test(name)) {
    throw new AzureError(
      400,
      "VaultNameNotValid",
      `The vault name '${name}' is invalid. A vault's name must be between 3-24 alphanumeric characters. The name must ` +
        "begin with a letter, end with a letter or digit, and not contain consecutive hyphens. Follow this link for more " +
        "information: https://go.microsoft.com/fwlink/?linkid=2147742",
    );
  }
  if (deletedNames.get(azure)?.has(name.toLowerCase())) {
    throw new AzureError(
      409,
      "ConflictError",
      "A vault with the same name already exists in deleted state. You need to either recover or purge existing key " +
        "vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.",
    );
  }
  const isTaken =
    azure.takenNames.includes(name) ||
    azure.list(vault.token).some(other => other.id !== id && other.name.toLowerCase() === name.toLowerCase());
  if (isTaken) {
    throw new AzureError(
      409,
      "VaultAlreadyExists",
      `The vault name '${name}' is already in use. Vault names are globally unique so it is possible that the name is ` +
        "already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same " +
        "name was recently deleted but not purged after being placed in a recoverable state. If the vault is in a " +
        "recoverable state then the vault will need to be purged before reusing the name. For more information on soft " +
        "delete and purging a vault follow this link https://go.microsoft.com/fwlink/?linkid=2147740.",
    );
  }
}

/** https://github.com/Azure/azure-rest-api-specs/issues/18106 */
function irreversible(property: string): AzureError {
  const what = property === "enableSoftDelete" ? "soft delete" : "purge protection";
  return badRequest(
    `The property "${property}" cannot be set to false. Enabling the ${what} for a vault is an irreversible action.`,
  );
}

/** Azure Resource Manager has no way to delete a secret: azure-native does it as the deployer, who has no role in the vault. */
function deniedByRoles({ id, properties }: ArmResource): AzureError {
  return new AzureError(
    403,
    "Forbidden",
    "Caller is not authorized to perform action on resource. If role assignments, deny assignments or role definitions " +
      `were changed recently, please observe propagation time. Action: 'Microsoft.KeyVault/vaults/secrets/delete' Resource: '${id}' ` +
      `Assignment: (not found) DecisionReason: 'DeniedWithNoValidRBAC' Vault: ${properties.vaultName}`,
  );
}

function badRequest(message: string): AzureError {
  return new AzureError(400, "BadRequest", message);
}
