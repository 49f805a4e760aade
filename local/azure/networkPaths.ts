import { valueAt } from "./properties.ts";
import { isAtOrBelow, isSameId } from "./resourceId.ts";
import type { ArmResource, AzureView } from "./resourceType.ts";
import { isLinked } from "./resourceTypes/privateDns.ts";
import { endpointsTo, privateDnsZoneGroup, zonesOf } from "./resourceTypes/privateLink.ts";
import { networkOf } from "./resourceTypes/virtualNetwork.ts";

/**
 * Whether a request by this principal reaches the blobs of a storage account. Everything in the local tenant is on
 * loopback, so that the network of a caller cannot be seen from its address. It is seen from who it is: only a function
 * app can get tokens of its managed identity, and so such a token comes from where the app is.
 */
export function reachesBlobs(principalObjectId: string, accountId: string, azure: AzureView): boolean {
  const account = azure.find(accountId);
  if (account === undefined || isOpen(account)) return true;
  return networksOf(principalObjectId, azure).some(networkId => hasWay(networkId, account, azure));
}

function isOpen({ properties }: ArmResource): boolean {
  const { publicNetworkAccess = "Enabled" } = properties;
  const defaultAction = valueAt(properties, "networkRuleSet.defaultAction") ?? "Allow";
  return publicNetworkAccess === "Enabled" && defaultAction === "Allow";
}

/** The virtual networks of the function apps that run as the principal. */
function networksOf(principalObjectId: string, azure: AzureView): string[] {
  const identity = azure
    .list("azure-native:managedidentity:UserAssignedIdentity")
    .find(({ outputs }) => outputs.principalId === principalObjectId);
  if (identity === undefined) return [];
  return azure.list("azure-native:web:WebApp").flatMap(({ properties }) => {
    const identities = (valueAt(properties, "identity.userAssignedIdentities") ?? []) as string[];
    const { virtualNetworkSubnetId: subnetId } = properties;
    const runsAs = identities.some(id => isSameId(id, identity.id));
    return runsAs && typeof subnetId === "string" ? [networkOf(subnetId)] : [];
  });
}

/** A private endpoint in the network, and its address in a zone that the network asks: without it the name leads outside. */
function hasWay(networkId: string, account: ArmResource, azure: AzureView): boolean {
  return endpointsTo(account.id, "blob", azure).some(endpoint => {
    const isInNetwork = isAtOrBelow(String(valueAt(endpoint.properties, "subnet.id")), networkId);
    const zones = azure
      .list(privateDnsZoneGroup.token)
      .filter(group => isAtOrBelow(group.id, endpoint.id))
      .flatMap(zonesOf);
    return isInNetwork && zones.some(zoneId => isBlobZone(zoneId) && isLinked(zoneId, networkId, azure));
  });
}

function isBlobZone(zoneId: string): boolean {
  return /\/privatelink\.blob\.core\.(windows|usgovcloudapi)\.net$/i.test(zoneId);
}
