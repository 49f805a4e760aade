import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as pulumi from "@pulumi/pulumi";
import { existing, MANAGED_IDENTITY, RESOURCE_GROUP, VIRTUAL_NETWORK } from "../azure/existingResources.ts";
import { givenName } from "../azure/resourceNames.ts";
import { NetworkMode, PrivateNetwork, parseNetworkMode } from "../network/privateNetwork.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";
import type { BelowIntegration } from "./integrationPreflight.ts";
import type { SiemIntegrationArgs } from "./siemIntegrationArgs.ts";

/** Where everything is declared. */
export interface Place {
  name: pulumi.Output<string>;
  location: pulumi.Input<string>;
}

/** What decides where things go, and what they are called. */
export type PlaceArgs = Pick<SiemIntegrationArgs, "location" | "resourceGroup" | "names" | "tags">;

/** The resource group that was passed, or a new one. */
export function useResourceGroup(name: string, args: PlaceArgs, below: BelowIntegration): Place {
  const { parent } = below;
  const given = existing(parent, "resourceGroup", args.resourceGroup, RESOURCE_GROUP);
  if (given) return { name: pulumi.output(given.name), location: given.location ?? args.location };
  const group = new ResourceGroup(
    name,
    {
      resourceGroupName: givenName(parent, args.names, "resourceGroup"),
      location: args.location,
      tags: args.tags,
    },
    below,
  );
  return { name: group.name, location: args.location };
}

/** The private network; undefined for a public one. */
export function createNetwork(
  name: string,
  group: Place,
  args: SiemIntegrationArgs,
  below: BelowIntegration,
): PrivateNetwork | undefined {
  const { parent } = below;
  const mode = parseOrRefuse(parent, "network", args.network ?? NetworkMode.public, parseNetworkMode);
  const virtualNetwork = existing(parent, "virtualNetwork", args.virtualNetwork, VIRTUAL_NETWORK);
  if (mode === NetworkMode.public && virtualNetwork) {
    throw new pulumi.ResourceError(
      'virtualNetwork: The network is public, which uses none. Set network to "private", or leave virtualNetwork out.',
      parent,
      true,
    );
  }
  if (mode === NetworkMode.public) return undefined;
  const { cloud, names, tags } = args;
  const { name: resourceGroupName, location } = group;
  return new PrivateNetwork(name, { resourceGroupName, location, cloud, virtualNetwork, names, tags }, below);
}

/** Made before both the application, which trusts it, and the function, which runs as it. */
export function useIdentity(
  name: string,
  group: Place,
  args: Pick<SiemIntegrationArgs, "identity" | "names" | "tags">,
  below: BelowIntegration,
): ManagedIdentity {
  const { parent } = below;
  return (
    existing(parent, "identity", args.identity, MANAGED_IDENTITY) ??
    new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceName: givenName(parent, args.names, "identity"),
        resourceGroupName: group.name,
        location: group.location,
        tags: args.tags,
      },
      below,
    )
  );
}
