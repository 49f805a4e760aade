import { PrivateDnsZoneGroup } from "@pulumi/azure-native/network/privateDnsZoneGroup.js";
import { PrivateEndpoint } from "@pulumi/azure-native/network/privateEndpoint.js";
import type { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import type * as pulumi from "@pulumi/pulumi";
import type { PrivateNetworkParts } from "./privateNetwork.ts";

export interface BlobEndpointArgs {
  account: StorageAccount;
  network: PrivateNetworkParts;
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * The way from the virtual network to the blobs of a storage account, and the entry in DNS by which it is found.
 *
 * @returns what has to be there before anybody may count on that way.
 */
export function createBlobEndpoint(
  name: string,
  args: BlobEndpointArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { account, network, resourceGroupName, location, tags } = args;
  const endpoint = new PrivateEndpoint(
    `${name}-blob-endpoint`,
    {
      resourceGroupName,
      location,
      tags,
      subnet: { id: network.endpointSubnetId },
      privateLinkServiceConnections: [{ name: "blob", privateLinkServiceId: account.id, groupIds: ["blob"] }],
    },
    opts,
  );
  if (network.blobDnsZoneId === undefined) return [endpoint];
  const names = new PrivateDnsZoneGroup(
    `${name}-blob-endpoint-names`,
    {
      resourceGroupName,
      privateEndpointName: endpoint.name,
      privateDnsZoneGroupName: "default",
      privateDnsZoneConfigs: [{ name: "blob", privateDnsZoneId: network.blobDnsZoneId }],
    },
    opts,
  );
  return [endpoint, names];
}
