import { AzureError } from "../azureError.ts";
import { valueAt } from "../properties.ts";
import { normalizedLocation } from "../propertyDiff.ts";
import { isSameId, lastSegment } from "../resourceId.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { privateZone } from "./privateDns.ts";
import { storageAccount } from "./storage.ts";
import { delegationsOf, NETWORK_PATH, networkOf, subnetOf } from "./virtualNetwork.ts";

/** https://learn.microsoft.com/azure/private-link/private-endpoint-overview#private-link-resource */
const GROUPS: Record<string, readonly string[]> = {
  [storageAccount.token]: ["blob", "blob_secondary", "dfs", "file", "queue", "table", "web"],
};

export const privateEndpoint: ResourceType = {
  token: "azure-native:network:PrivateEndpoint",
  apiVersion: "2024-05-01",
  path: `${NETWORK_PATH}/privateEndpoints/{privateEndpointName}`,
  required: ["subnet"],
  createOnly: ["location", "subnet", "privateLinkServiceConnections"],
  location: "regional",
  outputs: ["etag", "networkInterfaces", "provisioningState"],
  refuse(endpoint, azure) {
    refuseSubnet(endpoint, azure);
    const connections = connectionsOf(endpoint);
    if (connections.length !== 1) {
      throw new AzureError(
        400,
        "InvalidRequestFormat",
        `The private endpoint '${endpoint.name}' has ${connections.length} connections. It needs exactly one.`,
      );
    }
    for (const connection of connections) refuseTarget(connection, azure);
  },
  created: () => ({ networkInterfaces: [], provisioningState: "Succeeded" }),
};

/** Writes the endpoint's address into private DNS zones: the way in is found by name, with the certificate of the name. */
export const privateDnsZoneGroup: ResourceType = {
  token: "azure-native:network:PrivateDnsZoneGroup",
  apiVersion: "2024-05-01",
  path: `${privateEndpoint.path}/privateDnsZoneGroups/{privateDnsZoneGroupName}`,
  outputs: ["etag", "provisioningState"],
  refuse(group, azure) {
    for (const zoneId of zonesOf(group)) {
      if (azure.find(zoneId)?.type.token === privateZone.token) continue;
      throw new AzureError(
        400,
        "InvalidPrivateDnsZoneIds",
        `Private Dns Zone group ${group.id} has invalid private dns zone ids ${zoneId}.`,
      );
    }
  },
  created: () => ({ provisioningState: "Succeeded" }),
};

interface Connection {
  targetId: string;
  groups: readonly string[];
}

export function connectionsOf({ properties }: ArmResource): Connection[] {
  const { privateLinkServiceConnections: connections } = properties;
  return (Array.isArray(connections) ? connections : []).map(connection => ({
    targetId: String(valueAt(connection, "privateLinkServiceId")),
    groups: (valueAt(connection, "groupIds") as string[] | undefined) ?? [],
  }));
}

/** Resource ids of the zones. */
export function zonesOf({ properties }: ArmResource): string[] {
  const { privateDnsZoneConfigs: configs } = properties;
  return (Array.isArray(configs) ? configs : []).map(config => String(valueAt(config, "privateDnsZoneId")));
}

function refuseSubnet(endpoint: ArmResource, azure: AzureView): void {
  const used = subnetOf(valueAt(endpoint.properties, "subnet.id"), azure);
  const [delegation] = delegationsOf(used);
  if (delegation !== undefined) {
    throw new AzureError(
      400,
      "SubnetWithExternalResourcesCannotBeUsedByOtherResources",
      `Subnet ${used.id} is being used by external resources ${used.id}/delegations (${delegation}), cannot be used by ` +
        `other resources: the private endpoint '${endpoint.name}' needs a subnet without delegation.`,
    );
  }
  const network = azure.find(networkOf(used.id));
  const [own, other] = [endpoint, network].map(resource =>
    normalizedLocation(String(resource?.properties.location)),
  );
  if (own === other) return;
  throw new AzureError(
    400,
    "InvalidResourceReference",
    `Resource ${used.id} referenced by resource ${endpoint.id} was not found. Please make sure that the referenced ` +
      `resource exists, and that both resources are in the same region: the endpoint is in '${own}', the network in '${other}'.`,
  );
}

function refuseTarget({ targetId, groups }: Connection, azure: AzureView): void {
  const target = azure.find(targetId);
  if (target === undefined) {
    throw new AzureError(
      404,
      "LinkedServiceNotFound",
      `The resource '${lastSegment(targetId)}' that the private endpoint shall lead to was not found: ${targetId}.`,
    );
  }
  const known = GROUPS[target.type.token] ?? [];
  if (groups.length === 1 && known.includes(String(groups[0]))) return;
  throw new AzureError(
    400,
    "LinkedServiceGroupIdNotSupported",
    `Call to ${target.type.token.replace("azure-native:", "Microsoft.")} failed. Error message: The groupId ` +
      `'${groups.join()}' is not supported by the resource. It has ${known.join(", ")}.`,
  );
}

/** The private endpoints that lead to a resource. */
export function endpointsTo(targetId: string, group: string, azure: AzureView): ArmResource[] {
  return azure
    .list(privateEndpoint.token)
    .filter(endpoint =>
      connectionsOf(endpoint).some(
        connection => isSameId(connection.targetId, targetId) && connection.groups.includes(group),
      ),
    );
}
