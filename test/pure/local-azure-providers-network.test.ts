import { beforeEach, describe, expect, it } from "vitest";
import { reachesBlobs } from "../../local/azure/networkPaths.ts";
import {
  ACCOUNT,
  type DeclaredParts,
  declare,
  declaredParts,
  functionAppInputs,
  STORAGE_ACCOUNT,
  WEB_APP,
} from "./localSubscriptionFixture.ts";

const NETWORK = "azure-native:network:VirtualNetwork";
const SUBNET = "azure-native:network:Subnet";
const ENDPOINT = "azure-native:network:PrivateEndpoint";
const ZONE_GROUP = "azure-native:network:PrivateDnsZoneGroup";
const ZONE = "azure-native:privatedns:PrivateZone";
const LINK = "azure-native:privatedns:VirtualNetworkLink";

const resourceGroupName = "siem-rg";
const BLOB_ZONE = "privatelink.blob.core.windows.net";
const CLOSED = { publicNetworkAccess: "Disabled", networkRuleSet: { defaultAction: "Deny" } };
const FLEX = [{ name: "flex", serviceName: "Microsoft.App/environments" }];

let parts: DeclaredParts;
let networkId: string;

beforeEach(async () => {
  parts = await declaredParts();
  const network = await declare(parts.provider, NETWORK, {
    resourceGroupName,
    virtualNetworkName: "siem-net",
    addressSpace: { addressPrefixes: ["10.0.0.0/24"] },
  });
  networkId = network.id;
});

async function addSubnet(subnetName: string, addressPrefix: string, delegations?: unknown) {
  const inputs = {
    resourceGroupName,
    virtualNetworkName: "siem-net",
    subnetName,
    addressPrefix,
    delegations,
  };
  return (await declare(parts.provider, SUBNET, inputs)).id;
}

function addEndpoint(subnetId: string, changes: Record<string, unknown> = {}) {
  return declare(parts.provider, ENDPOINT, {
    resourceGroupName,
    privateEndpointName: "host-blob",
    subnet: { id: subnetId },
    privateLinkServiceConnections: [
      { name: "blob", privateLinkServiceId: parts.accountId, groupIds: ["blob"] },
    ],
    ...changes,
  });
}

function addZone() {
  return declare(parts.provider, ZONE, {
    resourceGroupName,
    location: "global",
    privateZoneName: BLOB_ZONE,
  });
}

function addLink(id = networkId, name = "link", zone = BLOB_ZONE) {
  return declare(parts.provider, LINK, {
    resourceGroupName,
    location: "global",
    privateZoneName: zone,
    virtualNetworkLinkName: name,
    virtualNetwork: { id },
  });
}

function addNames(zoneId: string) {
  return declare(parts.provider, ZONE_GROUP, {
    resourceGroupName,
    privateEndpointName: "host-blob",
    privateDnsZoneGroupName: "default",
    privateDnsZoneConfigs: [{ name: "blob", privateDnsZoneId: zoneId }],
  });
}

function addApp(virtualNetworkSubnetId?: string) {
  return declare(parts.provider, WEB_APP, functionAppInputs(parts, { virtualNetworkSubnetId }));
}

describe("a subnet", () => {
  it("is refused outside of the address space of its network", async () => {
    await expect(addSubnet("far", "10.1.0.0/27")).rejects.toThrow(
      `Status=400 Code="NetcfgInvalidSubnet" Message="Subnet 'far' is not valid in virtual network 'siem-net'."`,
    );
  });

  it("is refused when it overlaps with another", async () => {
    await addSubnet("one", "10.0.0.0/25");
    await expect(addSubnet("other", "10.0.0.64/27")).rejects.toThrow(
      `Code="NetcfgSubnetRangesOverlap" Message="Subnet 'other' is not valid because its IP address range overlaps with ` +
        `that of an existing subnet in virtual network 'siem-net'."`,
    );
  });

  it("is refused with an address that is no range", async () => {
    await expect(addSubnet("odd", "10.0.0.0")).rejects.toThrow('Code="InvalidAddressPrefixFormat"');
  });

  it("cannot be deleted, nor its network, while an app runs in it or an endpoint is there", async () => {
    const functions = await addSubnet("functions", "10.0.0.0/25", FLEX);
    const endpoints = await addSubnet("endpoints", "10.0.0.128/27");
    const app = await addApp(functions);
    const endpoint = await addEndpoint(endpoints);

    const { resourceManager } = parts;
    await expect(resourceManager.delete(functions)).rejects.toThrow(
      `Code="InUseSubnetCannotBeDeleted" Message="Subnet functions is in use by ${functions}/serviceAssociationLinks/legionservicelink`,
    );
    await expect(resourceManager.delete(endpoints)).rejects.toThrow(
      `Subnet endpoints is in use by ${endpoint.id}`,
    );
    await expect(resourceManager.delete(networkId)).rejects.toThrow("InUseSubnetCannotBeDeleted");

    await resourceManager.delete(app.id);
    await resourceManager.delete(endpoint.id);
    await resourceManager.delete(networkId);
    expect(resourceManager.find(functions)).toBeUndefined();
  });
});

describe("a function app in a virtual network", () => {
  it("is refused in a subnet that is not delegated to Flex Consumption", async () => {
    const plain = await addSubnet("plain", "10.0.0.0/25");
    await expect(addApp(plain)).rejects.toThrow(
      `The subnet '${plain}' is missing the delegation 'Microsoft.App/environments', which Flex Consumption sites require.`,
    );
    const appService = await addSubnet("appservice", "10.0.0.128/27", [
      { name: "web", serviceName: "Microsoft.Web/serverFarms" },
    ]);
    await expect(addApp(appService)).rejects.toThrow("missing the delegation");
  });

  it("is refused in a subnet whose name has an underscore", async () => {
    const subnet = await addSubnet("function_apps", "10.0.0.0/25", FLEX);
    await expect(addApp(subnet)).rejects.toThrow("The subnet name 'function_apps' has an underscore");
  });

  it("is refused in a subnet that does not exist", async () => {
    await expect(addApp(`${networkId}/subnets/none`)).rejects.toThrow('Code="InvalidResourceReference"');
  });
});

describe("a private endpoint", () => {
  it("is refused in a delegated subnet", async () => {
    const functions = await addSubnet("functions", "10.0.0.0/25", FLEX);
    await expect(addEndpoint(functions)).rejects.toThrow(
      'Code="SubnetWithExternalResourcesCannotBeUsedByOtherResources"',
    );
  });

  it("is refused for a part that storage does not have, and for a resource that does not exist", async () => {
    const endpoints = await addSubnet("endpoints", "10.0.0.128/27");
    const to = (privateLinkServiceId: string, groupIds: string[]) =>
      addEndpoint(endpoints, {
        privateLinkServiceConnections: [{ name: "blob", privateLinkServiceId, groupIds }],
      });
    await expect(to(parts.accountId, ["vault"])).rejects.toThrow("The groupId 'vault' is not supported");
    await expect(to(`${parts.accountId}2`, ["blob"])).rejects.toThrow("LinkedServiceNotFound");
  });
});

describe("a private DNS zone", () => {
  it("cannot be deleted while a network is linked to it", async () => {
    const zone = await addZone();
    const link = await addLink();
    await expect(parts.resourceManager.delete(zone.id)).rejects.toThrow(
      'Code="CannotDeleteResource" Message="Can not delete resource before nested resources are deleted',
    );
    await parts.resourceManager.delete(link.id);
    await parts.resourceManager.delete(zone.id);
  });

  it("cannot be linked a second time to the same network", async () => {
    await addZone();
    await addLink();
    await expect(addLink(networkId, "again")).rejects.toThrow(
      "A virtual network cannot be linked to multiple zones with overlapping namespaces.",
    );
  });

  it("has to exist before an endpoint's name is written into it", async () => {
    await addEndpoint(await addSubnet("endpoints", "10.0.0.128/27"));
    await expect(
      addNames(`${parts.groupId}/providers/Microsoft.Network/privateDnsZones/${BLOB_ZONE}`),
    ).rejects.toThrow('Code="InvalidPrivateDnsZoneIds"');
  });
});

describe("the blobs of a storage account", () => {
  function reach(principal = String(parts.identity.outputs.principalId)): boolean {
    return reachesBlobs(principal, parts.accountId, parts.resourceManager);
  }

  async function close(): Promise<void> {
    await parts.resourceManager.change(parts.accountId, CLOSED);
  }

  it("are reached by everybody while the account is open", () => {
    expect(reach()).toBe(true);
    expect(reach(parts.deployer.objectId)).toBe(true);
  });

  it.each([
    ["by its public access", { publicNetworkAccess: "Disabled" }],
    ["by its firewall", { networkRuleSet: { defaultAction: "Deny" } }],
  ])("are reached by nobody outside once it is closed %s", async (_how, closed) => {
    await addApp();
    await parts.resourceManager.change(parts.accountId, closed);
    expect(reach()).toBe(false);
    expect(reach(parts.deployer.objectId)).toBe(false);
  });

  it("are reached by an app in the network once endpoint, zone, link and name are there, and not before", async () => {
    const functions = await addSubnet("functions", "10.0.0.0/25", FLEX);
    const endpoints = await addSubnet("endpoints", "10.0.0.128/27");
    await addApp(functions);
    await close();
    const reached = [reach()];
    await addEndpoint(endpoints);
    reached.push(reach());
    const zone = await addZone();
    await addNames(zone.id);
    reached.push(reach());
    await addLink();
    reached.push(reach());

    expect(reached).toEqual([false, false, false, true]);
    expect(reach(parts.deployer.objectId)).toBe(false);
  });

  it("are not reached through the endpoint of another account", async () => {
    const functions = await addSubnet("functions", "10.0.0.0/25", FLEX);
    const endpoints = await addSubnet("endpoints", "10.0.0.128/27");
    await addApp(functions);
    const other = await declare(parts.provider, STORAGE_ACCOUNT, { ...ACCOUNT, accountName: "another" });
    await addEndpoint(endpoints, {
      privateLinkServiceConnections: [{ name: "blob", privateLinkServiceId: other.id, groupIds: ["blob"] }],
    });
    await addNames((await addZone()).id);
    await addLink();
    await close();
    expect(reach()).toBe(false);
  });
});
