import { AzureError } from "../azureError.ts";
import { valueAt } from "../properties.ts";
import { isAtOrBelow, isSameId } from "../resourceId.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { NETWORK_PATH, virtualNetwork } from "./virtualNetwork.ts";

export const privateZone: ResourceType = {
  token: "azure-native:privatedns:PrivateZone",
  apiVersion: "2024-06-01",
  path: `${NETWORK_PATH}/privateDnsZones/{privateZoneName}`,
  createOnly: ["location"],
  location: "regionalOrGlobal",
  outputs: [
    "etag",
    "internalId",
    "maxNumberOfRecordSets",
    "maxNumberOfVirtualNetworkLinks",
    "maxNumberOfVirtualNetworkLinksWithRegistration",
    "numberOfRecordSets",
    "numberOfVirtualNetworkLinks",
    "numberOfVirtualNetworkLinksWithRegistration",
    "provisioningState",
    "systemData",
  ],
  refuse({ name }) {
    if (/^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)+$/i.test(name)) return;
    throw new AzureError(
      400,
      "BadRequest",
      `The zone name '${name}' is invalid. A zone has two labels or more.`,
    );
  },
  refuseDeletion(zone, azure) {
    const links = linksOf(zone.id, azure);
    if (links.length === 0) return;
    throw new AzureError(
      409,
      "CannotDeleteResource",
      `Can not delete resource before nested resources are deleted: the zone '${zone.name}' has the virtual network link ` +
        `'${links[0]?.name}'.`,
    );
  },
  created: () => ({ provisioningState: "Succeeded" }),
};

export const virtualNetworkLink: ResourceType = {
  token: "azure-native:privatedns:VirtualNetworkLink",
  apiVersion: "2024-06-01",
  path: `${privateZone.path}/virtualNetworkLinks/{virtualNetworkLinkName}`,
  required: ["virtualNetwork"],
  createOnly: ["location", "virtualNetwork"],
  location: "regionalOrGlobal",
  outputs: ["etag", "provisioningState", "systemData", "virtualNetworkLinkState"],
  refuse(link, azure) {
    const networkId = linkedNetworkOf(link);
    if (azure.find(networkId)?.type.token !== virtualNetwork.token) {
      throw new AzureError(
        404,
        "ResourceNotFound",
        `The virtual network '${networkId}' of the link '${link.name}' was not found.`,
      );
    }
    refuseSecondZone(link, networkId, azure);
  },
  created: () => ({ provisioningState: "Succeeded", virtualNetworkLinkState: "Completed" }),
};

/** Whether clients in the virtual network ask the zone. */
export function isLinked(zoneId: string, networkId: string, azure: AzureView): boolean {
  return linksOf(zoneId, azure).some(link => isSameId(linkedNetworkOf(link), networkId));
}

function linksOf(zoneId: string, azure: AzureView): ArmResource[] {
  return azure
    .list(virtualNetworkLink.token)
    .filter(({ id }) => isAtOrBelow(id, `${zoneId}/virtualNetworkLinks`));
}

function linkedNetworkOf({ properties }: ArmResource): string {
  return String(valueAt(properties, "virtualNetwork.id"));
}

function zoneNameOf({ id }: ArmResource): string {
  return /\/privateDnsZones\/([^/]+)\//i.exec(id)?.[1]?.toLowerCase() ?? "";
}

function refuseSecondZone(link: ArmResource, networkId: string, azure: AzureView): void {
  const other = azure
    .list(virtualNetworkLink.token)
    .find(
      candidate =>
        !isSameId(candidate.id, link.id) &&
        isSameId(linkedNetworkOf(candidate), networkId) &&
        zoneNameOf(candidate) === zoneNameOf(link),
    );
  if (other === undefined) return;
  throw new AzureError(
    400,
    "BadRequest",
    "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried to link virtual network " +
      `with '${zoneNameOf(link)}' and '${zoneNameOf(other)}' zones.`,
  );
}
