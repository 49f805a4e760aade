import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { Provider } from "@pulumi/azure-native/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import { ShimmedResource } from "../pulumi/shimmedResource.ts";
import { deployerNeeds, type PlannedDeployment } from "./needs.ts";

/** Where is deployed, and what: the latter is plain, since a preview that does not know it looks for nothing. */
export interface DeployerPrerequisitesArgs extends PlannedDeployment {
  /** Tenant id (a GUID) of the Azure subscription and of the directory. */
  tenantId: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Existing resource group to which everything goes. Defaults to none: the deployer creates one. */
  resourceGroupName?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
  /** Azure Resource Manager instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: pulumi.Input<string>;
}

/**
 * Looks whether the deployer has the rights that a deployment takes, before it begins: in the preview and the update that
 * create this resource, or change what is needed. What depends on it is not created while a Graph permission, an Azure
 * action or a registered resource provider is missing; the failure names each of them, with its fix.
 *
 * At any other time nothing is looked at, so that a preview without changes waits for nothing. The deployer is whom the
 * environment names, as for `FunctionPackage`; what cannot be found out is no failure.
 */
export class DeployerPrerequisites extends ShimmedResource {
  /**
   * @param opts `provider` may be one of azure-native: the subscription is then the one that it declares in. Defaults to
   * the parent's.
   */
  constructor(name: string, args: DeployerPrerequisitesArgs, opts: pulumi.CustomResourceOptions = {}) {
    const { tenantId, cloud, resourceGroupName, authorityUrl, resourceManagerUrl, ...planned } = args;
    const { subscriptionId } = getClientConfigOutput({ parent: opts.parent, provider: azureProvider(opts) });
    const needs = deployerNeeds(planned);
    super(
      "DeployerPrerequisites",
      "deployer-prerequisites-provider",
      name,
      { tenantId, subscriptionId, cloud, resourceGroupName, authorityUrl, resourceManagerUrl, needs },
      opts,
    );
  }
}

/** Not the one that the resource goes through, but the one that knows the subscription. */
function azureProvider({ provider }: pulumi.CustomResourceOptions): Provider | undefined {
  return Provider.isInstance(provider) ? provider : undefined;
}
