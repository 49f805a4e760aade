import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { reachesBlobs } from "../../local/azure/networkPaths.ts";
import type { Properties } from "../../local/azure/properties.ts";
import { resourceTypeOf } from "../../local/azure/resourceTypes/index.ts";
import { resourceStep } from "../../local/engine/resourceSteps.ts";
import { type OperationResult, PulumiStack } from "../../local/engine/stack.ts";
import { landedEvents, publishEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";

/**
 * This repository's own program in a closed network, in the US Government's GCC High, on what others have made before.
 * One stack goes through all of it, because each `pulumi up` takes seconds. That the real Azure closes and opens what the
 * local one does is not proved here.
 */
const REPOSITORY = path.join(import.meta.dirname, "../..");
const GROUP = "contoso-siem";
const NETWORK_TYPES = /^azure-native:(network|privatedns):/;

let tenant: LocalTenant;
let stateFolder: string;
let stack: PulumiStack;
let before: string;
const known: Record<string, { id: string; outputs: Properties }> = {};

beforeAll(async () => {
  tenant = await startTenant({
    cloud: "gccHigh",
    knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 },
  });
  await makeWhatIsThereBefore();
  before = snapshot();
  stateFolder = await mkdtemp(path.join(tmpdir(), "private-network-"));
  stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: REPOSITORY,
    stateFolder,
    stackName: "private",
    environment: tenant.environment,
  });
});

afterAll(async () => {
  await stack.close();
  await tenant.close();
  await rm(stateFolder, { recursive: true, force: true });
});

async function make(noun: string, token: string, inputs: Properties): Promise<void> {
  const type = resourceTypeOf(`azure-native:${token}`);
  const { id, outputs } = await tenant.resourceManager.put(type, {
    resourceGroupName: GROUP,
    location: "usgovvirginia",
    ...inputs,
  });
  known[noun] = { id, outputs };
}

async function makeWhatIsThereBefore(): Promise<void> {
  const virtualNetworkName = "spoke";
  await make("group", "resources:ResourceGroup", {});
  await make("identity", "managedidentity:UserAssignedIdentity", { resourceName: "poller" });
  await make("network", "network:VirtualNetwork", {
    virtualNetworkName,
    addressSpace: { addressPrefixes: ["10.0.0.0/24"] },
  });
  await make("functions", "network:Subnet", {
    virtualNetworkName,
    subnetName: "functions",
    addressPrefix: "10.0.0.0/25",
    delegations: [{ name: "flex", serviceName: "Microsoft.App/environments" }],
  });
  await make("endpoints", "network:Subnet", {
    virtualNetworkName,
    subnetName: "endpoints",
    addressPrefix: "10.0.0.128/27",
  });
  await make("archive", "storage:StorageAccount", {
    accountName: "contosoarchive",
    kind: "StorageV2",
    sku: { name: "Standard_ZRS" },
  });
}

/** Everything that Azure has, property by property. */
function snapshot(): string {
  const resources = tenant.resourceManager.list();
  return JSON.stringify(resources.map(({ id, properties, outputs }) => ({ id, properties, outputs })));
}

function ofNetwork(): string[] {
  const declared = tenant.resourceManager.list().filter(({ id }) => !before.includes(`"${id}"`));
  return declared.filter(({ type }) => NETWORK_TYPES.test(type.token)).map(({ type }) => type.token);
}

/** Deploys with these settings, and tells which Azure resources were created, updated or deleted, by their type. */
async function deploy(settings: Record<string, unknown>) {
  const { id, outputs } = known.identity!;
  await stack.init({
    ...tenant.configuration,
    cloud: "gccHigh",
    location: "usgovvirginia",
    resourceGroup: { name: GROUP },
    identity: { id, clientId: outputs.clientId, principalId: outputs.principalId },
    virtualNetwork: {},
    eventStorage: {},
    monitoring: { enabled: false },
    ...settings,
  });
  const steps: string[] = [];
  const up = await stack.up({
    onEvent: event => {
      const step = resourceStep(event);
      if (step?.phase === "done" && /^azure-native|^pulumi-nodejs/.test(step.type))
        steps.push(`${step.operation} ${step.type}`);
    },
  });
  succeeded(up);
  return steps;
}

function succeeded({ exitCode, stdout, stderr }: OperationResult): void {
  expect(exitCode, stdout + stderr).toBe(0);
}

async function collect(seed: string): Promise<string[]> {
  const { threats } = await publishEvents(tenant, { events: 200, seed });
  const { functionAppName } = await stack.outputs();
  const run = await tenant.functionApps.run(String(functionAppName), "poll");
  expect(run.error).toBeUndefined();
  return threats;
}

async function landed(): Promise<string[]> {
  const { eventsUrl } = await stack.outputs();
  return (await landedEvents(tenant, String(eventsUrl))).lines.toSorted();
}

/** Who gets to the blobs of each account that the program declared. */
function reached(): Record<string, boolean>[] {
  const accounts = tenant.resourceManager
    .list("azure-native:storage:StorageAccount")
    .filter(({ id }) => id !== known.archive!.id);
  const reaches = (principal: string, id: string) => reachesBlobs(principal, id, tenant.resourceManager);
  return accounts.map(({ id }) => ({
    poller: reaches(String(known.identity!.outputs.principalId), id),
    deployer: reaches(tenant.resourceManager.deployerObjectId, id),
  }));
}

describe("the integration in GCC High, in a resource group and with an identity that were there before,", () => {
  let first: string[];

  it("lets its first publish through a network that is closed from the beginning", async () => {
    await deploy({ network: "private" });
    expect(reached()).toEqual([
      { poller: true, deployer: false },
      { poller: true, deployer: false },
    ]);
    const made = tenant.resourceManager.requests().filter(({ method }) => method === "PUT");
    const last = (part: string) => made.findLastIndex(({ resourceId }) => resourceId.includes(part));
    expect(last("/privateDnsZoneGroups/")).toBeLessThan(last("/sites/"));
    expect(last("/virtualNetworkLinks/")).toBeLessThan(last("/privateDnsZoneGroups/"));
    expect(await stack.outputs()).toMatchObject({
      resourceGroupName: GROUP,
      subscriptions: { "Audit.General": "enabled" },
    });
  });

  it("finds its storage by the names of the US Government's cloud", () => {
    const zones = tenant.resourceManager.list("azure-native:privatedns:PrivateZone");
    expect(zones.map(({ name }) => name)).toEqual(["privatelink.blob.core.usgovcloudapi.net"]);
  });

  it("collects through the private endpoints what is published", async () => {
    first = await collect("private");
    expect(first.length).toBeGreaterThan(3);
    expect(await landed()).toEqual(first.toSorted());
  });

  it("has nothing to change when it is looked at again", async () => {
    succeeded(await stack.preview({ refresh: true, expectNoChanges: true }));
  });

  it("is opened in place, and keeps collecting", async () => {
    const steps = await deploy({ network: "public" });
    const updated = steps.filter(step => step.startsWith("update"));
    expect(updated.toSorted()).toEqual([
      "update azure-native:storage:StorageAccount",
      "update azure-native:storage:StorageAccount",
      "update azure-native:web:WebApp",
      // A public network needs fewer rights.
      "update pulumi-nodejs:dynamic/defender-siem:DeployerPrerequisites",
    ]);
    expect(steps.filter(step => !step.startsWith("update") && !step.startsWith("same"))).toEqual(
      steps.filter(step => /^delete azure-native:(network|privatedns):/.test(step)),
    );
    expect(ofNetwork()).toEqual([]);
    expect(reached()).toEqual([
      { poller: true, deployer: true },
      { poller: true, deployer: true },
    ]);
    const more = await collect("public");
    expect(await landed()).toEqual([...first, ...more].toSorted());
    first = [...first, ...more];
  });

  it("is closed again, in subnets that were there before, with its events in an account that was", async () => {
    const { id, outputs } = known.archive!;
    await deploy({
      network: "private",
      virtualNetwork: {
        functionSubnetId: known.functions!.id,
        endpointSubnetId: known.endpoints!.id,
      },
      eventStorage: { id, blobEndpoint: (outputs.primaryEndpoints as { blob: string }).blob },
    });
    expect(ofNetwork().toSorted()).toEqual([
      "azure-native:network:PrivateDnsZoneGroup",
      "azure-native:network:PrivateEndpoint",
      "azure-native:privatedns:PrivateZone",
      "azure-native:privatedns:VirtualNetworkLink",
    ]);
    expect(reached()).toEqual([{ poller: true, deployer: false }]);
    // Another account begins with an empty ledger, so that everything that the service still lists is collected there.
    const more = await collect("archive");
    expect(await landed()).toEqual([...first, ...more].toSorted());
  });

  it("leaves everything that was there before as it was when it is destroyed", async () => {
    succeeded(await stack.destroy());
    expect(JSON.parse(snapshot())).toEqual(JSON.parse(before));
  });
});
