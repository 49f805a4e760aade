import { Subnet } from "@pulumi/azure-native/network/subnet.js";
import { VirtualNetwork } from "@pulumi/azure-native/network/virtualNetwork.js";
import { PrivateZone } from "@pulumi/azure-native/privatedns/privateZone.js";
import { VirtualNetworkLink } from "@pulumi/azure-native/privatedns/virtualNetworkLink.js";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDS, Cloud, parseCloud } from "../../activity-api/clouds.ts";
import {
  type ExistingVirtualNetwork,
  existing,
  resourceIdOf,
  VIRTUAL_NETWORK,
} from "../azure/existingResources.ts";
import { givenName, type ResourceNames } from "../azure/resourceNames.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { keepDerived } from "../pulumi/keepDerived.ts";
import { checked } from "../pulumi/validation.ts";

/** Whether storage is reached over the internet, by Entra identities only, or from one virtual network alone. */
export const NetworkMode = {
  /** From any network, by Entra identities with a role only. */
  public: "public",
  /** The same, from one virtual network alone, which the function runs in. */
  private: "private",
} as const;
export type NetworkMode = (typeof NetworkMode)[keyof typeof NetworkMode];

/** Where the function runs and private endpoints are: what `PrivateNetwork` gives. */
export interface PrivateNetworkParts {
  /** Resource id of the subnet that the function runs in. */
  functionSubnetId: pulumi.Input<string>;
  /** Resource id of the subnet of the private endpoints. */
  endpointSubnetId: pulumi.Input<string>;
  /** Resource id of the private DNS zone of blobs. Defaults to none: somebody else enters the endpoints' addresses. */
  blobDnsZoneId?: pulumi.Input<string>;
}

export interface PrivateNetworkArgs {
  /** Resource group that holds the network. */
  resourceGroupName: pulumi.Input<string>;
  /** Azure region. Defaults to the region of the resource group. */
  location?: pulumi.Input<string>;
  /** Microsoft cloud of the tenant, which decides the names of DNS zones: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Existing subnets to use; only a DNS zone is declared then, or nothing. Defaults to a virtual network of its own. */
  virtualNetwork?: ExistingVirtualNetwork;
  /** Names to give instead of generated ones. Defaults to none. */
  names?: ResourceNames;
  /** Tags of the resources. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Connected to nothing else, so that it may overlap with any other network. */
const ADDRESS_SPACE = "10.237.0.0/24";

/** An app of Flex Consumption may take 40 addresses and more; the smallest subnet that Microsoft names is a /27. */
const FUNCTION_SUBNET = "10.237.0.0/25";
const ENDPOINT_SUBNET = "10.237.0.128/27";

/** Flex Consumption runs on the infrastructure of Container Apps, not on that of App Service (Azure/azure-cli#33177). */
const FLEX_DELEGATION = "Microsoft.App/environments";

/**
 * A virtual network for one integration: a subnet that the function runs in, one for the private endpoints of its storage
 * accounts, and the DNS zone by which the function finds them.
 *
 * ```ts
 * const network = new PrivateNetwork("defender", { resourceGroupName: group.name });
 * const store = new EventStore("defender", { resourceGroupName: group.name, privateNetwork: network });
 * ```
 */
export class PrivateNetwork extends pulumi.ComponentResource {
  /** Resource id of the subnet that the function runs in. */
  readonly functionSubnetId: pulumi.Output<string>;
  /** Resource id of the subnet of the private endpoints. */
  readonly endpointSubnetId: pulumi.Output<string>;
  /** Resource id of the private DNS zone of blobs; undefined where somebody else enters the endpoints' addresses. */
  readonly blobDnsZoneId: pulumi.Output<string> | undefined;

  constructor(name: string, args: PrivateNetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:PrivateNetwork", name, componentInputs(args), opts);
    const given = existing(this, "virtualNetwork", args.virtualNetwork, VIRTUAL_NETWORK);
    const subnets = given ? existingSubnets(given, this) : createSubnets(name, args, this);

    this.functionSubnetId = subnets.functionSubnetId;
    this.endpointSubnetId = subnets.endpointSubnetId;
    this.blobDnsZoneId =
      given?.privateDnsZoneIds === undefined
        ? createBlobZone(name, subnets, args, this)
        : existingZone(given.privateDnsZoneIds.blob, this);
    this.registerOutputs({
      functionSubnetId: this.functionSubnetId,
      endpointSubnetId: this.endpointSubnetId,
      blobDnsZoneId: this.blobDnsZoneId,
    });
  }
}

/** @throws Error for anything but the two words */
export function parseNetworkMode(value: string): NetworkMode {
  if (value === NetworkMode.public || value === NetworkMode.private) return value;
  throw new Error(
    `"${value}" is not a network mode. Use "public" (storage is open to Entra identities from any network) or "private" ` +
      `(storage is reached from one virtual network only).`,
  );
}

interface Subnets {
  functionSubnetId: pulumi.Output<string>;
  endpointSubnetId: pulumi.Output<string>;
  /** What has to be there before anybody is let into the network. */
  virtualNetworkId: pulumi.Output<string>;
}

function existingSubnets(given: ExistingVirtualNetwork, parent: PrivateNetwork): Subnets {
  const parse = resourceIdOf("Microsoft.Network/virtualNetworks/subnets");
  const functionSubnetId = checked(parent, "virtualNetwork.functionSubnetId", given.functionSubnetId, parse);
  return {
    functionSubnetId,
    endpointSubnetId: checked(parent, "virtualNetwork.endpointSubnetId", given.endpointSubnetId, parse),
    virtualNetworkId: functionSubnetId.apply(id => id.slice(0, id.lastIndexOf("/subnets/"))),
  };
}

/** Subnets are resources of their own, one after the other: Azure changes a virtual network by one request at a time. */
function createSubnets(name: string, args: PrivateNetworkArgs, parent: PrivateNetwork): Subnets {
  const { resourceGroupName, location, tags } = args;
  const network = new VirtualNetwork(
    `${name}-network`,
    {
      virtualNetworkName: givenName(parent, args.names, "virtualNetwork"),
      resourceGroupName,
      location,
      tags,
      addressSpace: { addressPrefixes: [ADDRESS_SPACE] },
    },
    { parent },
  );
  const inNetwork = { resourceGroupName, virtualNetworkName: network.name };
  const functions = new Subnet(
    `${name}-functions`,
    {
      ...inNetwork,
      // Flex Consumption takes no name with an underscore.
      subnetName: "functions",
      addressPrefix: FUNCTION_SUBNET,
      delegations: [{ name: "flex", serviceName: FLEX_DELEGATION }],
    },
    { parent },
  );
  const endpoints = new Subnet(
    `${name}-endpoints`,
    {
      ...inNetwork,
      subnetName: "endpoints",
      addressPrefix: ENDPOINT_SUBNET,
      // Nothing here starts a connection.
      defaultOutboundAccess: false,
    },
    { parent, dependsOn: [functions] },
  );
  return {
    functionSubnetId: functions.id,
    endpointSubnetId: endpoints.id,
    virtualNetworkId: network.id,
  };
}

/**
 * The zone that takes the place of the public names of storage accounts inside the virtual network. It is named by Azure,
 * one for each kind of storage; the host of a timer and the poller use blobs only.
 * https://learn.microsoft.com/azure/private-link/private-endpoint-dns
 */
function createBlobZone(
  name: string,
  { virtualNetworkId }: Subnets,
  args: PrivateNetworkArgs,
  parent: PrivateNetwork,
): pulumi.Output<string> {
  const { resourceGroupName, tags } = args;
  const cloud = checked(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud);
  const zone = new PrivateZone(
    `${name}-blob-zone`,
    { resourceGroupName, location: "global", tags, privateZoneName: cloud.apply(blobZoneName) },
    { parent },
  );
  const link = new VirtualNetworkLink(
    `${name}-blob-zone-link`,
    {
      resourceGroupName,
      location: "global",
      tags,
      privateZoneName: zone.name,
      virtualNetworkLinkName: name,
      virtualNetwork: { id: virtualNetworkId },
      registrationEnabled: false,
    },
    keepDerived("virtualNetworkLinkName", undefined, { parent }),
  );
  // A zone that is not linked answers nobody, so that whoever waits for the zone waits for the link.
  return pulumi.all([zone.id, link.id]).apply(([zoneId]) => zoneId);
}

function existingZone(
  zoneId: pulumi.Input<string> | undefined,
  parent: PrivateNetwork,
): pulumi.Output<string> | undefined {
  if (!zoneId) return undefined;
  return checked(
    parent,
    "virtualNetwork.privateDnsZoneIds.blob",
    zoneId,
    resourceIdOf("Microsoft.Network/privateDnsZones"),
  );
}

function blobZoneName(cloud: Cloud): string {
  return `privatelink.blob.${CLOUDS[cloud].storageSuffix}`;
}
