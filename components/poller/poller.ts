import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import type { WebApp } from "@pulumi/azure-native/web/webApp.js";
import * as pulumi from "@pulumi/pulumi";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "../../activity-api/identifiers.ts";
import { DEFENDER_RECORD_TYPES } from "../../activity-api/recordTypes.ts";
import { functionPackage } from "../../poller/functionPackage.ts";
import { nameOwner } from "../azure/nameOwner.ts";
import { storageAccountName } from "../azure/naming.ts";
import { givenName, type ResourceNames } from "../azure/resourceNames.ts";
import {
  AzureRole,
  chooseRoleAssignments,
  grantRole,
  type RoleAssignments,
} from "../azure/roleAssignments.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import { FunctionPackage } from "../functionPackage/functionPackage.ts";
import type { ExistingWorkspace } from "../monitoring/workspace.ts";
import { createBlobEndpoint } from "../network/privateEndpoint.ts";
import type { PrivateNetworkParts } from "../network/privateNetwork.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { checked, checkedEach, wholeNumberBetween } from "../pulumi/validation.ts";
import { declareSinks, type SinkArgs, withSecretTokens } from "../sinks/sinks.ts";
import { createHardenedStorageAccount } from "../storage/hardenedStorageAccount.ts";
import {
  createFlexFunctionApp,
  type HostStorage,
  type ManagedIdentity,
  scmHostName,
} from "./flexFunctionApp.ts";
import { type ListedTenant, type ManagedTenant, readTenantList } from "./managedTenantList.ts";
import { everyMinutes } from "./schedule.ts";
import { pollFunction, tenantSettings } from "./tenantSettings.ts";
import { parseWantedRecordType } from "./wantedRecordTypes.ts";

/** Where the poller puts events and its ledger: what `EventStore` gives. */
export interface PollerStore {
  /** URL of the container of events. */
  eventsUrl: pulumi.Input<string>;
  /** Resource id of the container of events. */
  eventsContainerId: pulumi.Input<string>;
  /** URL of the container of the ledger. */
  ledgerUrl: pulumi.Input<string>;
  /** Resource id of the container of the ledger. */
  ledgerContainerId: pulumi.Input<string>;
  /** Whether the identity may write to both already, as whoever keeps them has granted. Plain, since it decides which resources there are. Defaults to false: the roles are assigned here. */
  isGranted?: boolean;
}

/** A key in a vault that signs for the application: what `ApplicationKey` gives. */
export interface PollerKey {
  /** Id of the key, with its version; the poller's identity may sign with it. */
  keyId: pulumi.Input<string>;
  /** SHA-256 of the key's certificate, which the application knows, in hexadecimal digits. */
  thumbprint: pulumi.Input<string>;
}

export interface PollerArgs {
  /** Resource group that holds the function app. */
  resourceGroupName: pulumi.Input<string>;
  /** Azure region. Defaults to the region of the resource group. */
  location?: pulumi.Input<string>;
  /** Tenant id (a GUID) whose events are collected; with tenants, of the tenant that the application and the function app are in, which is collected only when it is listed too. */
  tenantId: pulumi.Input<string>;
  /** Tenants to collect in place of tenantId, by a name for each of up to 24 lower-case letters and digits; each has a timer of its own. Plain, since it decides which functions there are. Defaults to tenantId alone. */
  tenants?: Record<string, ManagedTenant>;
  /** Client id of the application that has ActivityFeed.Read and trusts the poller's identity, or of an identity that has it itself. */
  clientId: pulumi.Input<string>;
  /** What the application is proved with. Defaults to the token of the poller's identity, which the application trusts, or which is the client itself. */
  key?: PollerKey;
  /** Where events and the ledger are kept. */
  store: PollerStore;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Content types to collect; each needs an enabled subscription. Defaults to Audit.General. */
  contentTypes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Names or numbers of the record types to keep, or `all`. Defaults to the four of Defender for Office 365: 28, 41, 47 and 64. */
  recordTypes?: pulumi.Input<pulumi.Input<string | number>[]>;
  /** Minutes between two runs, from 1 to 60. Defaults to 5. */
  pollIntervalMinutes?: pulumi.Input<number>;
  /** Whether the poller enables a wanted subscription at once that it finds not enabled, under the same rules as the resource. Defaults to false: it reports it, and `pulumi up --refresh` heals it. */
  selfHeal?: pulumi.Input<boolean>;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** Identity that the function runs as; it must be trusted by the application, or be the client itself. Defaults to a new one. */
  identity?: ManagedIdentity;
  /** `grant` assigns the Azure roles that the identity needs; `manual` leaves them to another person, see the output manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  roleAssignments?: RoleAssignments;
  /** Network that the function runs in, and from which alone its own storage is reached: a `PrivateNetwork`. Defaults to none. */
  privateNetwork?: PrivateNetworkParts;
  /** Names to give instead of derived ones. Defaults to none. */
  names?: ResourceNames;
  /** Where telemetry goes, which the identity must be allowed to publish: the `connectionString` of `Monitoring`. Defaults to nowhere. */
  telemetryConnectionString?: pulumi.Input<string>;
  /** Further destinations of events, by a name for each of up to 24 lower-case letters and digits. Defaults to none. */
  sinks?: Record<string, SinkArgs>;
  /** Splunk HEC tokens by the name of their sink; kept as secrets. Defaults to none. */
  sinkTokens?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Sinks that another stack keeps and has let the identity in: the output `sinkSettings` of its poller. Defaults to none. */
  sharedSinks?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Log Analytics workspace for sinks of kind logsIngestion that name none. Defaults to none. */
  workspace?: ExistingWorkspace;
  /** Tags of the Azure resources. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
  /** Azure Resource Manager instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: pulumi.Input<string>;
}

/** A tenant among many, as far as who watches the poller needs to know it. */
export interface PolledTenant {
  /** Tenant id. */
  tenantId: string;
  /** Content types that are collected of it. */
  contentTypes: string[];
}

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

interface Settings {
  tenantId: pulumi.Output<string>;
  clientId: pulumi.Output<string>;
  publisherIdentifier: pulumi.Output<string>;
  cloud: pulumi.Output<Cloud>;
  contentTypes: pulumi.Output<ContentType[]>;
  recordTypes: pulumi.Output<string[]>;
  pollIntervalMinutes: pulumi.Output<number>;
  /** Undefined for a single tenant. */
  tenants: Record<string, ListedTenant> | undefined;
  selfHeal: pulumi.Output<boolean>;
}

function readSettings(args: PollerArgs, parent: Poller): Settings {
  const tenantId = checked(parent, "tenantId", args.tenantId, parseTenantId);
  const sinkNames = args.sharedSinks === undefined ? Object.keys(args.sinks ?? {}) : undefined;
  return {
    tenantId,
    clientId: checked(parent, "clientId", args.clientId, parseClientId),
    publisherIdentifier: args.publisherIdentifier
      ? checked(parent, "publisherIdentifier", args.publisherIdentifier, parsePublisherIdentifier)
      : tenantId,
    cloud: checked(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud),
    contentTypes: checkedEach(
      parent,
      "contentTypes",
      args.contentTypes ?? [ContentType.General],
      parseContentType,
    ),
    recordTypes: checkedEach(
      parent,
      "recordTypes",
      args.recordTypes ?? [...DEFENDER_RECORD_TYPES],
      parseWantedRecordType,
    ),
    pollIntervalMinutes: checked(
      parent,
      "pollIntervalMinutes",
      args.pollIntervalMinutes ?? 5,
      wholeNumberBetween(1, 60, "minutes", "Content appears every few minutes; 5 is a good value."),
    ),
    tenants: args.tenants && readTenantList(args.tenants, { sinkNames }, parent),
    selfHeal: pulumi.output(args.selfHeal).apply(selfHeal => selfHeal ?? false),
  };
}

function polledTenants({
  tenants = {},
  contentTypes,
}: Settings): pulumi.Output<Record<string, PolledTenant>> {
  return contentTypes.apply(shared =>
    Object.fromEntries(
      Object.entries(tenants).map(([name, { tenantId, contentTypes: own }]) => [
        name,
        { tenantId, contentTypes: own ?? shared },
      ]),
    ),
  );
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

function contentTypesOf(tenants: pulumi.Output<Record<string, PolledTenant>>): pulumi.Output<string[]> {
  return tenants.apply(known => [
    ...new Set(Object.values(known).flatMap(({ contentTypes }) => contentTypes)),
  ]);
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
  { cloud }: Settings,
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

/** What the poller reads from its environment; `poller/settings.ts` is the other end. */
function pollerSettings(settings: Settings, identity: ManagedIdentity, args: PollerArgs) {
  return {
    ...whichTenants(settings),
    SIEM_CLIENT_ID: settings.clientId,
    SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId,
    ...keySettings(args),
    SIEM_CLOUD: settings.cloud,
    SIEM_CONTENT_TYPES: settings.contentTypes.apply(each => each.join(",")),
    SIEM_RECORD_TYPES: settings.recordTypes.apply(each => each.join(",")),
    SIEM_PUBLISHER_ID: settings.publisherIdentifier,
    SIEM_STORE: args.store.eventsUrl,
    SIEM_LEDGER: args.store.ledgerUrl,
    SIEM_SELF_HEAL: settings.selfHeal.apply(String),
    ...telemetrySettings(identity, args),
    ...(args.activityApiUrl ? { SIEM_ACTIVITY_API_URL: args.activityApiUrl } : {}),
    ...(args.authorityUrl ? { SIEM_AUTHORITY_URL: args.authorityUrl } : {}),
  };
}

function whichTenants(settings: Settings): Record<string, pulumi.Input<string>> {
  const { tenants, tenantId, pollIntervalMinutes } = settings;
  if (tenants !== undefined) return tenantSettings(tenants, pollIntervalMinutes);
  return { SIEM_POLL_SCHEDULE: pollIntervalMinutes.apply(everyMinutes), SIEM_TENANT_ID: tenantId };
}

/** Names and number of the settings of another stack are known only when it is read. */
function withSharedSinks(
  settings: Record<string, pulumi.Input<string>>,
  { sharedSinks }: PollerArgs,
): pulumi.Input<Record<string, pulumi.Input<string>>> {
  if (sharedSinks === undefined) return settings;
  return pulumi.all([settings, sharedSinks]).apply(([own, shared]) => ({ ...own, ...shared }));
}

function keySettings({ key }: PollerArgs): Record<string, pulumi.Input<string>> {
  if (key === undefined) return {};
  return { SIEM_CLIENT_CERTIFICATE_KEY_ID: key.keyId, SIEM_CLIENT_CERTIFICATE_THUMBPRINT: key.thumbprint };
}

/** What both the Functions host and the poller read. Without the second setting they would send without a token. */
function telemetrySettings(
  identity: ManagedIdentity,
  { telemetryConnectionString }: PollerArgs,
): Record<string, pulumi.Input<string>> {
  if (telemetryConnectionString === undefined) return {};
  return {
    APPLICATIONINSIGHTS_CONNECTION_STRING: telemetryConnectionString,
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING: pulumi.interpolate`ClientId=${identity.clientId};Authorization=AAD`,
  };
}

function functionNames({ tenants }: Settings): string[] {
  return tenants === undefined ? [pollFunction()] : Object.keys(tenants).map(pollFunction);
}

function publishCode(name: string, app: WebApp, settings: Settings, args: PollerArgs, parent: Poller) {
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
