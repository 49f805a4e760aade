import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import type { WebApp } from "@pulumi/azure-native/web/webApp.js";
import * as pulumi from "@pulumi/pulumi";
import { functionPackage } from "../../poller/functionPackage.ts";
import { nameOwner } from "../azure/nameOwner.ts";
import { storageAccountName } from "../azure/naming.ts";
import { givenName } from "../azure/resourceNames.ts";
import { AzureRole, chooseRoleAssignments, grantRole } from "../azure/roleAssignments.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import { FunctionPackage } from "../functionPackage/functionPackage.ts";
import { createBlobEndpoint } from "../network/privateEndpoint.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { declareSinks, withSecretTokens } from "../sinks/sinks.ts";
import { createHardenedStorageAccount } from "../storage/hardenedStorageAccount.ts";
import {
  createFlexFunctionApp,
  type HostStorage,
  type ManagedIdentity,
  scmHostName,
} from "./flexFunctionApp.ts";
import type { PolledTenant, PollerArgs } from "./pollerArgs.ts";
import {
  contentTypesOf,
  functionNames,
  type PollerSettings,
  polledTenants,
  pollerSettings,
  readSettings,
  withSharedSinks,
} from "./pollerSettings.ts";

/**
 * The function that collects: its identity and the rights of it, a host storage account without keys, a Flex
 * Consumption plan and app on Node 24, and the published code.
 *
 * ```ts
 * const poller = new Poller("defender", { resourceGroupName: group.name, tenantId, clientId: app.clientId, store });
 * ```
 */
export class Poller extends pulumi.ComponentResource {
  /** Name of the function app. */
  readonly functionAppName: pulumi.Output<string>;
  /** Tenant id whose events it collects. */
  readonly tenantId: pulumi.Output<string>;
  /** The tenants that it collects in place of tenantId, by name; empty for a single one. */
  readonly tenants: pulumi.Output<Record<string, PolledTenant>>;
  /** Content types that it collects, of any tenant. */
  readonly contentTypes: pulumi.Output<string[]>;
  /** Whether it enables a subscription at once that it finds not enabled. */
  readonly selfHeal: pulumi.Output<boolean>;
  /** Object id of the poller's managed identity. */
  readonly principalObjectId: pulumi.Output<string>;
  /** SHA-256 of the code that runs, in hexadecimal digits. */
  readonly packageHash: pulumi.Output<string>;
  /** Commands that another person has to run; empty when this program did it all. */
  readonly manualSteps: pulumi.Output<string[]>;
  /** By the name of the sink: what a SIEM needs to know to read there. */
  readonly sinks: pulumi.Output<Record<string, Record<string, string>>>;
  /** Application settings by which another poller of the same identity uses these sinks. No secret is among them. */
  readonly sinkSettings: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: PollerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:Poller", name, componentInputs(withSecretTokens(args)), opts);
    const manualSteps = collectManualSteps(this);
    chooseRoleAssignments(this, args.roleAssignments);
    const settings = readSettings(args, this);
    const identity = args.identity ?? createIdentity(name, args, this);
    const host = createHostStorage(name, args, this);
    const grants = grantStorageRoles(name, identity, host.storage, args, this);
    const sinks = declarePollerSinks(name, identity, settings, args, this);
    const app = createFlexFunctionApp(
      name,
      {
        resourceGroupName: args.resourceGroupName,
        location: args.location,
        tags: args.tags,
        identity,
        hostStorage: host.storage,
        subnetId: args.privateNetwork?.functionSubnetId,
        cloud: settings.cloud,
        names: args.names,
        timers: functionNames(settings).length,
        settings: withSharedSinks({ ...pollerSettings(settings, identity, args), ...sinks.settings }, args),
      },
      // The host reads its storage and the secrets of its settings as soon as it exists: rights and the way there first.
      { parent: this, dependsOn: [...grants, ...host.wayThere, ...sinks.ready] },
    );
    const code = publishCode(name, app, settings, args, this);

    this.functionAppName = app.name;
    this.tenantId = settings.tenantId;
    this.tenants = polledTenants(settings);
    this.contentTypes = settings.tenants ? contentTypesOf(this.tenants) : settings.contentTypes;
    this.selfHeal = settings.selfHeal;
    this.principalObjectId = pulumi.output(identity.principalId);
    this.packageHash = code.contentHash;
    this.manualSteps = manualSteps();
    this.sinks = sinks.outputs;
    this.sinkSettings = pulumi.output(sinks.settings);
    this.registerOutputs({
      functionAppName: this.functionAppName,
      tenantId: this.tenantId,
      tenants: this.tenants,
      contentTypes: this.contentTypes,
      selfHeal: this.selfHeal,
      principalObjectId: this.principalObjectId,
      packageHash: this.packageHash,
      manualSteps: this.manualSteps,
      sinks: this.sinks,
      sinkSettings: this.sinkSettings,
    });
  }
}

function createIdentity(name: string, args: PollerArgs, parent: Poller): ManagedIdentity {
  return new UserAssignedIdentity(
    `${name}-identity`,
    {
      resourceName: givenName(parent, args.names, "identity"),
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
    },
    { parent },
  );
}

/** What the Functions host itself stores: who reads it reads code and keys, so events are kept elsewhere. */
function createHostStorage(
  name: string,
  args: PollerArgs,
  parent: Poller,
): { storage: HostStorage; wayThere: pulumi.Resource[] } {
  const { resourceGroupName, location, tags, privateNetwork: network } = args;
  const accountName = givenName(parent, args.names, "hostStorage");
  const derivedName = nameOwner(name, parent).apply(owner => storageAccountName(owner, "host"));
  const { account } = createHardenedStorageAccount(
    `${name}-host`,
    {
      accountName,
      derivedName,
      resourceGroupName,
      location,
      tags,
      keepVersions: false,
      isPrivate: network !== undefined,
    },
    { parent },
  );
  const packages = new BlobContainer(
    `${name}-packages`,
    { accountName: account.name, resourceGroupName, containerName: "packages", publicAccess: "None" },
    { parent },
  );
  const wayThere = network
    ? createBlobEndpoint(`${name}-host`, { account, network, resourceGroupName, location, tags }, { parent })
    : [];
  return { storage: { account, packages }, wayThere };
}

/** No queue and no table role: a timer needs neither. */
function grantStorageRoles(
  name: string,
  identity: ManagedIdentity,
  host: HostStorage,
  args: PollerArgs,
  parent: Poller,
) {
  const principalObjectId = identity.principalId;
  const grant = (noun: string, scope: pulumi.Input<string>, role: AzureRole) =>
    grantRole(`${name}-${noun}`, { scope, role, principalObjectId }, { parent });
  const ownsHost = grant("owns-host-storage", host.account.id, AzureRole.storageBlobDataOwner);
  if (args.store.isGranted) return [ownsHost];
  return [
    ownsHost,
    grant("writes-events", args.store.eventsContainerId, AzureRole.storageBlobDataContributor),
    grant("writes-ledger", args.store.ledgerContainerId, AzureRole.storageBlobDataContributor),
  ];
}

function declarePollerSinks(
  name: string,
  identity: ManagedIdentity,
  { cloud }: PollerSettings,
  args: PollerArgs,
  parent: Poller,
) {
  const { resourceGroupName, location, tags, workspace } = args;
  return declareSinks(args.sinks ?? {}, {
    component: name,
    parent,
    resourceGroupName,
    location,
    tags,
    cloud,
    principalObjectId: identity.principalId,
    workspace,
    tokens: args.sinkTokens,
  });
}

function publishCode(name: string, app: WebApp, settings: PollerSettings, args: PollerArgs, parent: Poller) {
  const { path, contentHash } = functionPackage();
  return new FunctionPackage(
    `${name}-code`,
    {
      functionAppId: app.id,
      scmHostName: scmHostName(app),
      packagePath: path,
      contentHash,
      tenantId: settings.tenantId,
      cloud: settings.cloud,
      functions: functionNames(settings),
      authorityUrl: args.authorityUrl,
      resourceManagerUrl: args.resourceManagerUrl,
    },
    { parent },
  );
}
