import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { Vault } from "@pulumi/azure-native/keyvault/vault.js";
import type * as pulumi from "@pulumi/pulumi";
import { keyVaultLogicalName } from "../azure/naming.ts";
import { formerNames } from "../pulumi/formerNames.ts";

export interface KeyVaultArgs {
  /** Name of the component that the vault belongs to. */
  component: string;
  /** What the vault is for; one of each in a component. */
  purpose: string;
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The longest that Azure keeps what was deleted by mistake, in days. */
const SOFT_DELETE_DAYS = 90;

/**
 * Only roles give access, nothing in it can be purged, and nothing of the platform may read it for deployments.
 *
 * The network stays open to Entra identities, with a private network too: the platform, which looks secrets up for an app
 * without one, is not a trusted service of the vault's firewall, and neither is the pipeline that has certificates made.
 * Azure names the vault anew each time, since a deleted one keeps its name for 90 days.
 */
export function createKeyVault(args: KeyVaultArgs, parent: pulumi.Resource): Vault {
  const { component, purpose, resourceGroupName, location, tags } = args;
  const named = (owner: string): pulumi.Alias => ({ name: keyVaultLogicalName(owner, purpose) });
  return new Vault(
    keyVaultLogicalName(component, purpose),
    {
      resourceGroupName,
      location,
      tags,
      properties: {
        tenantId: getClientConfigOutput({ parent }).tenantId,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enablePurgeProtection: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: SOFT_DELETE_DAYS,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: "Enabled",
        networkAcls: { defaultAction: "Allow", bypass: "AzureServices" },
      },
    },
    { parent, aliases: formerNames(parent).map(former => former.apply(named)) },
  );
}
