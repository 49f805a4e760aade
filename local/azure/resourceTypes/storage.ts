import { AzureError, invalidStorageParameter } from "../azureError.ts";
import { type Properties, valueAt } from "../properties.ts";
import { parseResourceId } from "../resourceId.ts";
import type { ContainerReference, StorageAccountReference } from "../resourceManagerHooks.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { refuseInvalidLifecycleRules } from "./storageLifecycle.ts";

const ACCOUNT_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage/storageAccounts/{accountName}";

/** The values that the service knows, where the SDK takes any string. */
const ACCOUNT_VALUES: Record<string, readonly string[]> = {
  kind: ["StorageV2", "BlobStorage", "BlockBlobStorage", "FileStorage", "Storage"],
  "sku.name": [
    ..."Standard_LRS Standard_GRS Standard_RAGRS Standard_ZRS Standard_GZRS Standard_RAGZRS".split(" "),
    ..."Premium_LRS Premium_ZRS StandardV2_LRS StandardV2_GRS StandardV2_ZRS StandardV2_GZRS".split(" "),
    ..."PremiumV2_LRS PremiumV2_ZRS".split(" "),
  ],
  accessTier: ["Hot", "Cool", "Cold", "Premium"],
  allowedCopyScope: ["AAD", "PrivateLink"],
  minimumTlsVersion: ["TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"],
  publicNetworkAccess: ["Enabled", "Disabled", "SecuredByPerimeter"],
  "networkRuleSet.defaultAction": ["Allow", "Deny"],
  "sasPolicy.expirationAction": ["Log", "Block"],
  "encryption.keySource": ["Microsoft.Storage", "Microsoft.Keyvault"],
};

/** Days, hours, minutes and seconds, as in 0.01:00:00. */
const SAS_EXPIRATION_PERIOD = /^\d+\.([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;

export const storageAccount: ResourceType = {
  token: "azure-native:storage:StorageAccount",
  apiVersion: "2024-01-01",
  path: ACCOUNT_PATH,
  required: ["kind", "sku"],
  createOnly: [
    "location",
    "isHnsEnabled",
    "encryption.requireInfrastructureEncryption",
    "immutableStorageWithVersioning",
  ],
  limits: { accountName: { minLength: 3, maxLength: 24, pattern: /^[a-z0-9]+$/ } },
  location: "regional",
  parts: ["blobServices/default", "fileServices/default", "queueServices/default", "tableServices/default"],
  outputs: [
    "creationTime",
    "primaryEndpoints",
    "primaryLocation",
    "privateEndpointConnections",
    "provisioningState",
    "statusOfPrimary",
  ],
  refuse(account, azure, previous) {
    if (previous === undefined) refuseAccountName(account, azure);
    for (const [path, allowed] of Object.entries(ACCOUNT_VALUES)) {
      const value = valueAt(account.properties, path);
      if (value !== undefined && !allowed.includes(String(value))) throw invalidStorageParameter(path);
    }
    const period = valueAt(account.properties, "sasPolicy.sasExpirationPeriod");
    if (period !== undefined && !SAS_EXPIRATION_PERIOD.test(String(period))) {
      throw invalidStorageParameter("sasPolicy.sasExpirationPeriod");
    }
  },
  async created(account, azure) {
    return {
      creationTime: new Date().toISOString(),
      primaryEndpoints: await azure.hooks.storageAccountCreated(accountReference(account)),
      primaryLocation: account.properties.location,
      privateEndpointConnections: [],
      provisioningState: "Succeeded",
      statusOfPrimary: "available",
    };
  },
  async deleted(account, azure) {
    await azure.hooks.storageAccountDeleted(accountReference(account));
  },
};

function refuseAccountName({ id, name }: ArmResource, azure: AzureView): void {
  if (!/^[a-z0-9]{3,24}$/.test(name)) {
    throw new AzureError(
      400,
      "AccountNameInvalid",
      `${name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in ` +
        "length and use numbers and lower-case letters only.",
    );
  }
  const own = azure.list(storageAccount.token).find(other => other.name === name && other.id !== id);
  if (own !== undefined) {
    throw new AzureError(
      409,
      "StorageAccountInAnotherResourceGroup",
      `The account ${name} is already in another resource group in this subscription.`,
    );
  }
  if (azure.takenNames.includes(name)) {
    throw new AzureError(
      409,
      "StorageAccountAlreadyTaken",
      `The storage account named ${name} is already taken.`,
    );
  }
}

function accountReference({ id, name }: ArmResource): StorageAccountReference {
  return { resourceId: id, accountName: name };
}

export const blobContainer: ResourceType = {
  token: "azure-native:storage:BlobContainer",
  apiVersion: "2024-01-01",
  path: `${ACCOUNT_PATH}/blobServices/default/containers/{containerName}`,
  limits: { containerName: { minLength: 3, maxLength: 63 } },
  outputs: [
    "deleted",
    "hasImmutabilityPolicy",
    "hasLegalHold",
    "lastModifiedTime",
    "leaseState",
    "leaseStatus",
  ],
  refuse({ name, properties }, azure) {
    if (!/^(\$root|\$web|\$logs|[a-z0-9](-?[a-z0-9])+)$/.test(name) || name.length > 63) {
      throw new AzureError(
        400,
        "InvalidResourceName",
        "The specified resource name contains invalid characters. A container name has 3 to 63 lower-case letters, " +
          `digits and single hyphens between them, and '${name}' has not.`,
      );
    }
    refusePublicAccess(properties, azure);
  },
  async created(container, azure) {
    await azure.hooks.containerCreated(containerReference(container));
    return {
      deleted: false,
      hasImmutabilityPolicy: false,
      hasLegalHold: false,
      lastModifiedTime: new Date().toISOString(),
      leaseState: "Available",
      leaseStatus: "Unlocked",
    };
  },
  async deleted(container, azure) {
    await azure.hooks.containerDeleted(containerReference(container));
  },
};

function refusePublicAccess(properties: Properties, azure: AzureView): void {
  const { publicAccess = "None" } = properties;
  if (!["None", "Blob", "Container"].includes(String(publicAccess))) {
    throw invalidStorageParameter("publicAccess");
  }
  const account = azure
    .list(storageAccount.token)
    .find(candidate => candidate.name === properties.accountName);
  if (publicAccess !== "None" && account?.properties.allowBlobPublicAccess !== true) {
    throw new AzureError(
      409,
      "PublicAccessNotPermitted",
      "Public access is not permitted on this storage account.",
    );
  }
}

export function containerReference({ id }: { id: string }): ContainerReference {
  const { accountName = "", containerName = "" } = parseResourceId(blobContainer.path, id) ?? {};
  return { resourceId: id, accountName, containerName };
}

export const blobServiceProperties: ResourceType = {
  token: "azure-native:storage:BlobServiceProperties",
  apiVersion: "2024-01-01",
  path: `${ACCOUNT_PATH}/blobServices/{blobServicesName}`,
  limits: {
    "deleteRetentionPolicy.days": { minimum: 1, maximum: 365 },
    "containerDeleteRetentionPolicy.days": { minimum: 1, maximum: 365 },
    "restorePolicy.days": { minimum: 1, maximum: 365 },
    "changeFeed.retentionInDays": { minimum: 1, maximum: 146_000 },
  },
  outputs: ["sku"],
  defaults: {},
  refuse({ name, properties }) {
    refuseOtherThanDefault(name, "blobServices");
    for (const policy of ["deleteRetentionPolicy", "containerDeleteRetentionPolicy"]) {
      const days = valueAt(properties, `${policy}.days`);
      const enabled = valueAt(properties, `${policy}.enabled`) === true;
      if (enabled && (typeof days !== "number" || days < 1 || days > 365)) {
        throw invalidStorageParameter(`${policy}.days`);
      }
    }
  },
};

export const managementPolicy: ResourceType = {
  token: "azure-native:storage:ManagementPolicy",
  apiVersion: "2024-01-01",
  path: `${ACCOUNT_PATH}/managementPolicies/{managementPolicyName}`,
  required: ["policy"],
  outputs: ["lastModifiedTime"],
  refuse({ name, properties }) {
    refuseOtherThanDefault(name, "managementPolicies");
    refuseInvalidLifecycleRules(valueAt(properties, "policy.rules"));
  },
  created: () => ({ lastModifiedTime: new Date().toISOString() }),
  updated: () => ({ lastModifiedTime: new Date().toISOString() }),
};

function refuseOtherThanDefault(name: string, collection: string): void {
  if (name === "default") return;
  throw new AzureError(
    400,
    "InvalidResourceName",
    `The resource name '${name}' is invalid: an account has one of ${collection}, and it is named 'default'.`,
  );
}
