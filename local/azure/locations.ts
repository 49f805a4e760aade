import { AzureError } from "./azureError.ts";
import { normalizedLocation } from "./propertyDiff.ts";
import { armType } from "./resourceId.ts";
import type { ArmResource } from "./resourceType.ts";

/** https://learn.microsoft.com/azure/reliability/regions-list, with those of Azure Government. */
const AZURE_REGIONS = [
  ..."australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral".split(
    " ",
  ),
  ..."brazilsouth brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral eastasia".split(
    " ",
  ),
  ..."eastus eastus2 francecentral francesouth germanynorth germanywestcentral indonesiacentral".split(" "),
  ..."israelcentral italynorth japaneast japanwest jioindiacentral jioindiawest koreacentral".split(" "),
  ..."koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope norwayeast".split(" "),
  ..."norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus".split(" "),
  ..."southeastasia southindia spaincentral swedencentral swedensouth switzerlandnorth".split(" "),
  ..."switzerlandwest uaecentral uaenorth uksouth ukwest westcentralus westeurope westindia westus".split(
    " ",
  ),
  ..."westus2 westus3 usdodcentral usdodeast usgovarizona usgovtexas usgovvirginia".split(" "),
];

/** @throws AzureError when the resource's region does not exist, or it has none and needs one */
export function refuseUnavailableLocation({ type, properties }: ArmResource): void {
  if (type.location === undefined || type.location === "none") return;
  const { location } = properties;
  if (typeof location !== "string" || location === "") {
    throw new AzureError(400, "LocationRequired", "The location property is required for this definition.");
  }
  const normalized = normalizedLocation(location);
  if (AZURE_REGIONS.includes(normalized)) return;
  if (normalized === "global" && type.location === "regionalOrGlobal") return;
  throw unavailable(armType(type.path), location);
}

function unavailable(resourceType: string, location: string): AzureError {
  const regions = AZURE_REGIONS.join(",");
  return resourceType === "Microsoft.Resources/resourceGroups"
    ? new AzureError(
        400,
        "LocationNotAvailableForResourceGroup",
        `The provided location '${location}' is not available for resource group. List of available regions is '${regions}'.`,
      )
    : new AzureError(
        400,
        "LocationNotAvailableForResourceType",
        `The provided location '${location}' is not available for resource type '${resourceType}'. List of available ` +
          `regions for the resource type is '${regions}'.`,
      );
}
