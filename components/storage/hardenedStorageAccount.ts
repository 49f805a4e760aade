import { BlobServiceProperties } from "@pulumi/azure-native/storage/blobServiceProperties.js";
import { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import type * as pulumi from "@pulumi/pulumi";
import { keepDerived } from "../pulumi/keepDerived.ts";

export interface HardenedStorageAccountArgs {
  /** The name that the user gave. Defaults to the derived one. */
  accountName: pulumi.Input<string> | undefined;
  derivedName: pulumi.Input<string>;
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Keep overwritten and deleted versions of blobs; for accounts that hold what cannot be made again. */
  keepVersions: boolean;
  /** Whether the account is closed to everything but private endpoints. */
  isPrivate: boolean;
}

/** How long Azure keeps what was deleted by mistake, in days. */
const SOFT_DELETE_DAYS = 14;

/**
 * A storage account that only Entra identities can use, and its blob service with soft delete.
 *
 * The values follow CIS Microsoft Azure Foundations 6.0, section 9. A public account stays open to Entra identities from
 * any network: a function app without a virtual network is not a trusted service of the storage firewall. A private one
 * answers nobody else from the day it is made; containers and lifecycle rules go through Azure Resource Manager, which
 * the firewall does not concern (CIS 9.3.2.2, 9.3.2.3).
 */
export function createHardenedStorageAccount(
  name: string,
  args: HardenedStorageAccountArgs,
  opts: pulumi.CustomResourceOptions,
): { account: StorageAccount; blobService: BlobServiceProperties } {
  const account = new StorageAccount(
    name,
    {
      accountName: args.accountName ?? args.derivedName,
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      kind: "StorageV2",
      sku: { name: "Standard_ZRS" },
      accessTier: "Hot",
      // No key and no SAS, not even one signed by accident: every request carries an Entra token (CIS 9.3.1.3).
      allowSharedKeyAccess: false,
      defaultToOAuthAuthentication: true,
      // For the day when somebody turns keys on again (CIS 9.3.1.1).
      keyPolicy: { keyExpirationPeriodInDays: 90 },
      sasPolicy: { expirationAction: "Block", sasExpirationPeriod: "0.01:00:00" },
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      allowedCopyScope: "AAD",
      isLocalUserEnabled: false,
      isSftpEnabled: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
      publicNetworkAccess: args.isPrivate ? "Disabled" : "Enabled",
      networkRuleSet: { defaultAction: args.isPrivate ? "Deny" : "Allow", bypass: "AzureServices" },
      encryption: {
        keySource: "Microsoft.Storage",
        requireInfrastructureEncryption: true,
        services: {
          blob: { enabled: true, keyType: "Account" },
          file: { enabled: true, keyType: "Account" },
        },
      },
    },
    keepDerived("accountName", args.accountName, opts),
  );
  const blobService = new BlobServiceProperties(
    `${name}-blobs`,
    {
      accountName: account.name,
      resourceGroupName: args.resourceGroupName,
      blobServicesName: "default",
      deleteRetentionPolicy: { enabled: true, days: SOFT_DELETE_DAYS },
      containerDeleteRetentionPolicy: { enabled: true, days: SOFT_DELETE_DAYS },
      isVersioningEnabled: args.keepVersions,
    },
    opts,
  );
  return { account, blobService };
}
