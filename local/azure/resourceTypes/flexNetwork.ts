import { AppServiceError } from "../azureError.ts";
import { normalizedLocation } from "../propertyDiff.ts";
import type { ArmResource, AzureView } from "../resourceType.ts";
import { delegationsOf, networkOf, subnetOf, usersOf } from "./virtualNetwork.ts";

const DELEGATION = "Microsoft.App/environments";

/**
 * The subnet that a function app on Flex Consumption may run in.
 * https://learn.microsoft.com/azure/azure-functions/flex-consumption-how-to#enable-virtual-network-integration
 * @throws AzureError when the subnet of the app does not exist, or is not one that the platform can use
 */
export function refuseSubnet(app: ArmResource, azure: AzureView): void {
  const { virtualNetworkSubnetId, location } = app.properties;
  if (virtualNetworkSubnetId === undefined || virtualNetworkSubnetId === "") return;
  const subnet = subnetOf(virtualNetworkSubnetId, azure);
  if (subnet.name.includes("_")) {
    throw badRequest(
      `The subnet name '${subnet.name}' has an underscore, which Flex Consumption sites cannot use. Use another subnet.`,
    );
  }
  if (!delegationsOf(subnet).includes(DELEGATION)) {
    throw badRequest(
      `The subnet '${subnet.id}' is missing the delegation '${DELEGATION}', which Flex Consumption sites require.`,
    );
  }
  const network = azure.find(networkOf(subnet.id));
  if (normalizedLocation(String(location)) !== normalizedLocation(String(network?.properties.location))) {
    throw badRequest(
      `The site and the virtual network '${network?.name}' are not in the same region. Use a network in '${location}'.`,
    );
  }
  const endpoint = usersOf(subnet, azure).find(user => user.includes("/privateEndpoints/"));
  if (endpoint !== undefined) {
    throw badRequest(`The subnet '${subnet.id}' is in use by ${endpoint}. Use a subnet for the site alone.`);
  }
}

function badRequest(message: string): AppServiceError {
  return new AppServiceError(400, "BadRequest", message);
}
