import { describe, expect, it } from "vitest";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import type { SiemIntegrationArgs } from "../../components/integration/siemIntegrationArgs.ts";
import { PrivateNetwork, type PrivateNetworkArgs } from "../../components/network/privateNetwork.ts";
import { EventStore } from "../../components/storage/eventStore.ts";
import { type Declared, declare, inventory, only, SUBSCRIPTION_ID, TENANT_ID } from "./declare.ts";

/* What is declared for a closed network. That Azure lets the first publish through in this order is shown by the engine. */

const ACCOUNT = "azure-native:storage:StorageAccount";
const APP = "azure-native:web:WebApp";
const ENDPOINT = "azure-native:network:PrivateEndpoint";
const NAMES = "azure-native:network:PrivateDnsZoneGroup";
const SUBNET = "azure-native:network:Subnet";
const ZONE = "azure-native:privatedns:PrivateZone";
const LINK = "azure-native:privatedns:VirtualNetworkLink";

const NETWORK_ID = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/spoke`;
const ZONE_ID = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/hub/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net`;
const existingSubnets = {
  functionSubnetId: `${NETWORK_ID}/subnets/functions`,
  endpointSubnetId: `${NETWORK_ID}/subnets/endpoints`,
};

function integrate(args: Partial<SiemIntegrationArgs> = {}) {
  return declare(
    () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope", ...args }),
  );
}

function ofNetwork(resources: Declared[]): string[] {
  return inventory(resources.filter(({ type }) => /^azure-native:(network|privatedns):/.test(type)));
}

describe("a public integration", () => {
  it("declares no network at all, and storage that only Entra identities can use", async () => {
    const { resources } = await integrate();
    expect(ofNetwork(resources)).toEqual([]);
    expect(only(resources, APP).inputs).not.toHaveProperty("virtualNetworkSubnetId");
    for (const name of ["defender", "defender-host"])
      expect(only(resources, ACCOUNT, name).inputs).toMatchObject({
        publicNetworkAccess: "Enabled",
        networkRuleSet: { defaultAction: "Allow", bypass: "AzureServices" },
        allowSharedKeyAccess: false,
      });
  });

  it("refuses a virtual network that it would not use", async () => {
    await expect(integrate({ virtualNetwork: existingSubnets })).rejects.toThrow(
      'virtualNetwork: The network is public, which uses none. Set network to "private", or leave virtualNetwork out.',
    );
  });
});

describe("a private integration", () => {
  it("declares exactly these resources more than a public one", async () => {
    const open = inventory((await integrate()).resources);
    const closed = inventory((await integrate({ network: "private" })).resources);
    expect(open.filter(resource => !closed.includes(resource))).toEqual([]);
    expect(closed.filter(resource => !open.includes(resource))).toEqual([
      `${NAMES} defender-blob-endpoint-names`,
      `${NAMES} defender-host-blob-endpoint-names`,
      `${ENDPOINT} defender-blob-endpoint`,
      `${ENDPOINT} defender-host-blob-endpoint`,
      `${SUBNET} defender-endpoints`,
      `${SUBNET} defender-functions`,
      "azure-native:network:VirtualNetwork defender-network",
      `${ZONE} defender-blob-zone`,
      `${LINK} defender-blob-zone-link`,
    ]);
  });

  it("closes both storage accounts to everything but their private endpoints", async () => {
    const { resources } = await integrate({ network: "private" });
    for (const name of ["defender", "defender-host"])
      expect(only(resources, ACCOUNT, name).inputs).toMatchObject({
        publicNetworkAccess: "Disabled",
        networkRuleSet: { defaultAction: "Deny", bypass: "AzureServices" },
      });
  });

  it("runs the function in a subnet that is delegated to Flex Consumption, and leaves its publishing site reachable", async () => {
    const { resources } = await integrate({ network: "private" });
    expect(only(resources, SUBNET, "defender-functions").inputs).toMatchObject({
      subnetName: "functions",
      addressPrefix: "10.237.0.0/25",
      delegations: [{ name: "flex", serviceName: "Microsoft.App/environments" }],
    });
    expect(only(resources, APP).inputs).toMatchObject({
      virtualNetworkSubnetId: "/mock/defender-functions",
      publicNetworkAccess: "Enabled",
    });
  });

  it("gives each account an endpoint for its blobs, in a subnet of their own", async () => {
    const { resources } = await integrate({ network: "private" });
    expect(only(resources, SUBNET, "defender-endpoints").inputs).not.toHaveProperty("delegations");
    for (const account of ["defender", "defender-host"])
      expect(only(resources, ENDPOINT, `${account}-blob-endpoint`).inputs).toMatchObject({
        subnet: { id: "/mock/defender-endpoints" },
        privateLinkServiceConnections: [
          { name: "blob", privateLinkServiceId: `/mock/${account}`, groupIds: ["blob"] },
        ],
      });
  });

  it.each([
    ["commercial", "privatelink.blob.core.windows.net"],
    ["gcc", "privatelink.blob.core.windows.net"],
    ["gccHigh", "privatelink.blob.core.usgovcloudapi.net"],
    ["dod", "privatelink.blob.core.usgovcloudapi.net"],
  ] as const)("lets the endpoints be found in %s by the zone %s", async (cloud, zoneName) => {
    const { resources } = await integrate({ network: "private", cloud });
    expect(only(resources, ZONE).inputs).toMatchObject({ privateZoneName: zoneName, location: "global" });
    expect(only(resources, LINK).inputs).toMatchObject({
      privateZoneName: zoneName,
      virtualNetwork: { id: "/mock/defender-network" },
      registrationEnabled: false,
    });
    for (const account of ["defender", "defender-host"])
      expect(only(resources, NAMES, `${account}-blob-endpoint-names`).inputs).toMatchObject({
        privateEndpointName: `${account}-blob-endpoint`,
        privateDnsZoneConfigs: [{ name: "blob", privateDnsZoneId: "/mock/defender-blob-zone" }],
      });
  });

  it("is refused with any other word", async () => {
    await expect(integrate({ network: "vnet" as never })).rejects.toThrow(
      'network: "vnet" is not a network mode. Use "public" (storage is open to Entra identities from any network) or ' +
        '"private" (storage is reached from one virtual network only).',
    );
  });
});

describe("a private integration in an existing virtual network", () => {
  it("declares no network and no subnet, and links the zone that it declares to the network of the subnets", async () => {
    const { resources } = await integrate({ network: "private", virtualNetwork: existingSubnets });
    expect(ofNetwork(resources)).toEqual([
      `${NAMES} defender-blob-endpoint-names`,
      `${NAMES} defender-host-blob-endpoint-names`,
      `${ENDPOINT} defender-blob-endpoint`,
      `${ENDPOINT} defender-host-blob-endpoint`,
      `${ZONE} defender-blob-zone`,
      `${LINK} defender-blob-zone-link`,
    ]);
    expect(only(resources, LINK).inputs.virtualNetwork).toEqual({ id: NETWORK_ID });
    expect(only(resources, APP).inputs.virtualNetworkSubnetId).toBe(existingSubnets.functionSubnetId);
    expect(only(resources, ENDPOINT, "defender-blob-endpoint").inputs.subnet).toMatchObject({
      id: existingSubnets.endpointSubnetId,
    });
  });

  it("uses an existing DNS zone, without a zone or link of its own", async () => {
    const virtualNetwork = { ...existingSubnets, privateDnsZoneIds: { blob: ZONE_ID } };
    const { resources } = await integrate({ network: "private", virtualNetwork });
    expect(ofNetwork(resources)).toEqual([
      `${NAMES} defender-blob-endpoint-names`,
      `${NAMES} defender-host-blob-endpoint-names`,
      `${ENDPOINT} defender-blob-endpoint`,
      `${ENDPOINT} defender-host-blob-endpoint`,
    ]);
    expect(only(resources, NAMES, "defender-blob-endpoint-names").inputs.privateDnsZoneConfigs).toEqual([
      { name: "blob", privateDnsZoneId: ZONE_ID },
    ]);
  });

  it("leaves names to Azure Policy when no zone is named", async () => {
    const virtualNetwork = { ...existingSubnets, privateDnsZoneIds: {} };
    const { resources } = await integrate({ network: "private", virtualNetwork });
    expect(ofNetwork(resources)).toEqual([
      `${ENDPOINT} defender-blob-endpoint`,
      `${ENDPOINT} defender-host-blob-endpoint`,
    ]);
  });

  it.each([
    [
      "a subnet by its name",
      { ...existingSubnets, functionSubnetId: "functions" },
      'virtualNetwork.functionSubnetId: "functions" is not the resource id of a Microsoft.Network/virtualNetworks/subnets. ' +
        "Use one like /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.Network/virtualNetworks/<name>/subnets/<name>.",
    ],
    [
      "no subnet for endpoints",
      { functionSubnetId: existingSubnets.functionSubnetId },
      "virtualNetwork: endpointSubnetId is missing. It needs functionSubnetId, endpointSubnetId, and may have " +
        "privateDnsZoneIds; leave the whole object out to have the resource declared.",
    ],
    [
      "a misspelled part",
      { ...existingSubnets, dnsZones: {} },
      'virtualNetwork: "dnsZones" means nothing here.',
    ],
    [
      "a zone by its name",
      { ...existingSubnets, privateDnsZoneIds: { blob: "privatelink.blob.core.windows.net" } },
      'virtualNetwork.privateDnsZoneIds.blob: "privatelink.blob.core.windows.net" is not the resource id of a Microsoft.Network/privateDnsZones.',
    ],
  ])("refuses %s", async (_what, virtualNetwork, message) => {
    await expect(integrate({ network: "private", virtualNetwork: virtualNetwork as never })).rejects.toThrow(
      message,
    );
  });
});

describe("PrivateNetwork", () => {
  function network(args: Partial<PrivateNetworkArgs> = {}) {
    return declare(() => new PrivateNetwork("shared", { resourceGroupName: "group", ...args }));
  }

  it("keeps the two subnets apart, inside the address space of the network", async () => {
    const { resources } = await network();
    expect(only(resources, "azure-native:network:VirtualNetwork").inputs.addressSpace).toEqual({
      addressPrefixes: ["10.237.0.0/24"],
    });
    const prefixes = resources
      .filter(({ type }) => type === SUBNET)
      .map(({ inputs }) => inputs.addressPrefix);
    expect(prefixes).toEqual(["10.237.0.0/25", "10.237.0.128/27"]);
  });

  it("registers as outputs exactly what it exposes", async () => {
    const { exposed, registered } = await network();
    expect(registered).toEqual(exposed);
    expect(exposed.blobDnsZoneId).toBe("/mock/shared-blob-zone");
  });

  it("serves an event store that is used alone", async () => {
    const { resources } = await declare(() => {
      const privateNetwork = new PrivateNetwork("shared", { resourceGroupName: "group" });
      return new EventStore("archive", { resourceGroupName: "group", privateNetwork });
    });
    expect(only(resources, ACCOUNT).inputs.publicNetworkAccess).toBe("Disabled");
    expect(only(resources, ENDPOINT).inputs.subnet).toMatchObject({ id: "/mock/shared-endpoints" });
  });
});
