import { BlockList, isIPv4 } from "node:net";
import { AzureError } from "../azureError.ts";
import { isObject, type Properties, valueAt } from "../properties.ts";
import { isSameId } from "../resourceId.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";

export const NETWORK_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Network";

/** What keeps a subnet from another use: Azure's own links to it, and the private endpoints in it. */
const APP = "azure-native:web:WebApp";
const PRIVATE_ENDPOINT = "azure-native:network:PrivateEndpoint";

export const virtualNetwork: ResourceType = {
  token: "azure-native:network:VirtualNetwork",
  apiVersion: "2024-05-01",
  path: `${NETWORK_PATH}/virtualNetworks/{virtualNetworkName}`,
  createOnly: ["location"],
  limits: { virtualNetworkName: { minLength: 1, maxLength: 80 } },
  location: "regional",
  outputs: ["etag", "flowLogs", "provisioningState", "resourceGuid"],
  refuse(network) {
    const prefixes = addressPrefixes(network);
    if (prefixes.length === 0) {
      throw new AzureError(
        400,
        "InvalidRequestFormat",
        `Cannot parse the request: the address space of the virtual network '${network.name}' has no address prefix.`,
      );
    }
    for (const prefix of prefixes) parseRange(prefix);
  },
  refuseDeletion(network, azure) {
    for (const child of subnetsOf(network.id, azure)) refuseDeletionOfUsed(child, azure);
  },
  created: ({ id }) => ({ provisioningState: "Succeeded", resourceGuid: id.length.toString(16) }),
};

export const subnet: ResourceType = {
  token: "azure-native:network:Subnet",
  apiVersion: "2024-05-01",
  path: `${virtualNetwork.path}/subnets/{subnetName}`,
  limits: { subnetName: { minLength: 1, maxLength: 80 } },
  outputs: [
    "etag",
    "ipConfigurationProfiles",
    "ipConfigurations",
    "privateEndpoints",
    "provisioningState",
    "purpose",
    "resourceNavigationLinks",
    "serviceAssociationLinks",
  ],
  refuse(resource, azure, previous) {
    refuseRange(resource, azure);
    if (previous !== undefined) refuseOtherDelegation(resource, previous, azure);
  },
  refuseDeletion: refuseDeletionOfUsed,
  created: () => ({ provisioningState: "Succeeded" }),
};

/** The virtual network that a subnet is in, by resource id. */
export function networkOf(subnetId: string): string {
  return subnetId.replace(/\/subnets\/[^/]+$/i, "");
}

export function delegationsOf({ properties }: ArmResource): string[] {
  const delegations = Array.isArray(properties.delegations) ? properties.delegations : [];
  return delegations.map(delegation => String(valueAt(delegation, "serviceName")));
}

/** What uses the subnet, as Azure names it in its refusals. */
export function usersOf({ id }: ArmResource, azure: AzureView): string[] {
  const apps = azure.list(APP).filter(app => isSameId(id, app.properties.virtualNetworkSubnetId));
  const endpoints = azure
    .list(PRIVATE_ENDPOINT)
    .filter(endpoint => isSameId(id, valueAt(endpoint.properties, "subnet.id")));
  return [
    // The link by which Flex Consumption holds a subnet.
    ...(apps.length > 0 ? [`${id}/serviceAssociationLinks/legionservicelink`] : []),
    ...endpoints.map(endpoint => endpoint.id),
  ];
}

function subnetsOf(networkId: string, azure: AzureView): ArmResource[] {
  return azure.list(subnet.token).filter(({ id }) => isSameId(networkOf(id), networkId));
}

function refuseDeletionOfUsed(resource: ArmResource, azure: AzureView): void {
  const [user] = usersOf(resource, azure);
  if (user === undefined) return;
  throw new AzureError(
    400,
    "InUseSubnetCannotBeDeleted",
    `Subnet ${resource.name} is in use by ${user} and cannot be deleted. In order to delete the subnet, delete all the ` +
      "resources within the subnet. See aka.ms/deletesubnet.",
  );
}

function refuseOtherDelegation(resource: ArmResource, previous: ArmResource, azure: AzureView): void {
  const [before, after] = [delegationsOf(previous), delegationsOf(resource)];
  const [user] = usersOf(previous, azure);
  if (user === undefined || before.join() === after.join()) return;
  throw new AzureError(
    400,
    "SubnetDelegationsCannotBeChangedWhenSubnetInUse",
    `Delegations of subnet ${resource.id} cannot be changed from [${before}] to [${after}] because it is being used by ` +
      `the resource ${user}.`,
  );
}

function refuseRange(resource: ArmResource, azure: AzureView): void {
  const network = azure.find(networkOf(resource.id));
  if (network === undefined) return;
  const own = subnetPrefixes(resource).map(parseRange);
  const space = addressPrefixes(network).map(parseRange);
  if (own.length === 0 || !own.every(range => space.some(outer => isInside(range, outer)))) {
    throw new AzureError(
      400,
      "NetcfgInvalidSubnet",
      `Subnet '${resource.name}' is not valid in virtual network '${network.name}'.`,
    );
  }
  const others = subnetsOf(network.id, azure).filter(({ id }) => !isSameId(id, resource.id));
  const taken = others.flatMap(other => subnetPrefixes(other).map(parseRange));
  if (own.some(range => taken.some(other => overlap(range, other)))) {
    throw new AzureError(
      400,
      "NetcfgSubnetRangesOverlap",
      `Subnet '${resource.name}' is not valid because its IP address range overlaps with that of an existing subnet in ` +
        `virtual network '${network.name}'.`,
    );
  }
}

function addressPrefixes({ properties }: ArmResource): string[] {
  const prefixes = valueAt(properties, "addressSpace.addressPrefixes");
  return Array.isArray(prefixes) ? prefixes.map(String) : [];
}

function subnetPrefixes({ properties }: Pick<ArmResource, "properties">): string[] {
  const { addressPrefix, addressPrefixes: several } = properties as Properties;
  if (Array.isArray(several)) return several.map(String);
  return addressPrefix === undefined ? [] : [String(addressPrefix)];
}

interface Range {
  address: string;
  bits: number;
}

function parseRange(prefix: string): Range {
  const [address = "", bits = ""] = prefix.split("/");
  if (isIPv4(address) && /^\d+$/.test(bits) && Number(bits) >= 2 && Number(bits) <= 29) {
    return { address, bits: Number(bits) };
  }
  throw new AzureError(
    400,
    "InvalidAddressPrefixFormat",
    `Address prefix ${prefix} of resource is not formatted correctly. It should follow CIDR notation, for example 10.0.0.0/24.`,
  );
}

function isInside(inner: Range, outer: Range): boolean {
  return inner.bits >= outer.bits && contains(outer, inner);
}

function overlap(one: Range, other: Range): boolean {
  return contains(one, other) || contains(other, one);
}

function contains({ address, bits }: Range, other: Range): boolean {
  const list = new BlockList();
  list.addSubnet(address, bits);
  return list.check(other.address);
}

/** The subnet that an id names. @throws AzureError when there is none */
export function subnetOf(subnetId: unknown, azure: AzureView): ArmResource {
  const found = azure.find(subnetId);
  if (found?.type.token === subnet.token) return found;
  throw new AzureError(
    400,
    "InvalidResourceReference",
    `Resource ${String(isObject(subnetId) ? "" : subnetId)} referenced by the request was not found. Please make sure ` +
      "that the referenced resource exists, and that both resources are in the same region.",
  );
}
