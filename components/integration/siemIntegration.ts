import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { AdminConsent } from "../application/activityFeedGrants.ts";
import type { ExistingApplication, TrustedPipeline } from "../application/appRegistration.ts";
import { PollerCredential, parsePollerCredential } from "../application/pollerCredential.ts";
import {
  APPLICATION,
  type ExistingResourceGroup,
  type ExistingStorageAccount,
  type ExistingVirtualNetwork,
  existing,
  MANAGED_IDENTITY,
  RESOURCE_GROUP,
  STORAGE_ACCOUNT,
  VIRTUAL_NETWORK,
} from "../azure/existingResources.ts";
import { givenName, type ResourceNames } from "../azure/resourceNames.ts";
import { chooseRoleAssignments, type RoleAssignments } from "../azure/roleAssignments.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import type { ExistingWorkspace } from "../monitoring/workspace.ts";
import { NetworkMode, PrivateNetwork, parseNetworkMode } from "../network/privateNetwork.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { Poller } from "../poller/poller.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";
import { type SinkArgs, withSecretTokens } from "../sinks/sinks.ts";
import { EventStore } from "../storage/eventStore.ts";
import type { OnDestroy } from "../subscription/auditSubscription.ts";
import { AuditSubscriptions } from "../subscription/auditSubscriptions.ts";
import { createFeedClient, type FeedClient } from "./feedClient.ts";
import { type IntegrationMonitoring, watchIntegration } from "./integrationMonitoring.ts";
import { afterPreflight } from "./integrationPreflight.ts";
import { integrationWorkspace } from "./integrationWorkspace.ts";

export interface SiemIntegrationArgs {
  /** Tenant id (a GUID) of the tenant whose Defender for Office 365 events are wanted. */
  tenantId: pulumi.Input<string>;
  /** Azure region of every resource, such as westeurope. */
  location: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: Cloud;
  /** Content types to subscribe to and collect. Defaults to Audit.General, which carries Defender for Office 365. */
  contentTypes?: string[];
  /** Names or numbers of the record types to keep, or `all`. Defaults to the four of Defender for Office 365: 28, 41, 47 and 64. */
  recordTypes?: (string | number)[];
  /** Minutes between two runs of the poller, from 1 to 60. Defaults to 5. */
  pollIntervalMinutes?: number;
  /** Whether the poller enables a wanted subscription at once that it finds not enabled, under the same rules as the resource. Defaults to false: it reports it, and `pulumi up --refresh` heals it. */
  selfHeal?: boolean;
  /** How many days events are kept, from 8 to 3650. Defaults to 365. */
  retentionDays?: pulumi.Input<number>;
  /**
   * What the poller proves to Entra with. `federatedApp`: an application that trusts its managed identity.
   * `managedIdentity`: the identity itself, without an application; then the poller starts its subscriptions and keeps them
   * enabled, and none is declared. `certificate`: an application with a certificate, whose key stays in a key vault that
   * signs for the managed identity; without trustedPipelines the poller keeps the subscriptions here too. Defaults to
   * federatedApp.
   */
  pollerCredential?: PollerCredential;
  /** `grant` consents as code; `manual` leaves it to an administrator, see the outputs consentUrl and manualSteps. Defaults to grant. */
  adminConsent?: AdminConsent;
  /** `grant` assigns the Azure roles that the poller needs; `manual` leaves them to another person, see the output manualSteps. Defaults to grant. */
  roleAssignments?: RoleAssignments;
  /** Object ids of owners of the application besides the deployer. Defaults to none. */
  owners?: pulumi.Input<string>[];
  /** An existing application, which is never changed or deleted; see the output manualSteps for what it has to trust. Defaults to a new one. */
  application?: ExistingApplication;
  /** Pipelines that may act as the application, by a name for each; the one that runs this program must be among them. Defaults to none. */
  trustedPipelines?: Record<string, TrustedPipeline>;
  /** Telemetry, alerts and a workbook. Defaults to all of them, with nobody told by mail. */
  monitoring?: IntegrationMonitoring;
  /** What a destroy does to the subscriptions: `keep` or `stop`, which loses content that was not collected. Defaults to keep. */
  onDestroy?: OnDestroy;
  /** Minutes that a new subscription may take until the service shows it as enabled. Defaults to 20. */
  readyTimeoutMinutes?: number;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** Name of the application in Entra. Defaults to the name of the component. */
  displayName?: pulumi.Input<string>;
  /** `public`: storage is open to Entra identities from any network; `private`: to one virtual network only, which the function runs in. Defaults to public. */
  network?: NetworkMode;
  /** Existing subnets, and private DNS zones, for the private network. Defaults to a virtual network of its own. */
  virtualNetwork?: ExistingVirtualNetwork;
  /** Existing resource group; what is declared goes into it. Defaults to a new one. */
  resourceGroup?: ExistingResourceGroup;
  /** Existing storage account for events and ledger: two containers are declared in it, and nothing else is touched. Defaults to a new one. */
  eventStorage?: ExistingStorageAccount;
  /** Existing user-assigned managed identity that the poller runs as. Defaults to a new one. */
  identity?: ManagedIdentity;
  /** Names of resources, in place of derived and generated ones. Defaults to none. */
  names?: ResourceNames;
  /** Further destinations of events beside the event store, by a name for each of up to 24 lower-case letters and digits. Defaults to none. */
  sinks?: Record<string, SinkArgs>;
  /** Splunk HEC tokens by the name of their sink; kept as secrets. Defaults to none. */
  sinkTokens?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Tags of every Azure resource. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: string;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: string;
  /** Azure Resource Manager for the look at the deployer's rights instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: string;
}

/**
 * The whole integration of one tenant: an application that may read its audit feed, the subscriptions, a poller, and
 * the store where threat events land.
 *
 * ```ts
 * const integration = new SiemIntegration("defender", { tenantId, location: "westeurope" });
 * export const eventsUrl = integration.eventsUrl;
 * ```
 */
export class SiemIntegration extends pulumi.ComponentResource {
  /** Name of the resource group. */
  readonly resourceGroupName: pulumi.Output<string>;
  /** Client id of the application or managed identity that owns the subscriptions and reads the feed. */
  readonly clientId: pulumi.Output<string>;
  /** Names of the application roles that were granted; empty when consent is manual. */
  readonly grantedRoles: pulumi.Output<string[]>;
  /** Where an administrator consents when consent is manual; empty when it was granted here. */
  readonly consentUrl: pulumi.Output<string>;
  /** Commands that another person has to run, for what was left out; empty when this program did it all. */
  readonly manualSteps: pulumi.Output<string[]>;
  /** Content type to the status of its subscription, as the service lists it; empty where the poller keeps them. */
  readonly subscriptions: pulumi.Output<Record<string, string>>;
  /** URL of the container where events land, for the SIEM's input. */
  readonly eventsUrl: pulumi.Output<string>;
  /** Resource id of that container: the scope on which to grant a SIEM Storage Blob Data Reader. */
  readonly eventsContainerId: pulumi.Output<string>;
  /** Name of the function app that polls. */
  readonly functionAppName: pulumi.Output<string>;
  /** Object id of the managed identity that the poller runs as. */
  readonly pollerPrincipalObjectId: pulumi.Output<string>;
  /** By the name of the sink: what a SIEM needs to know to read there. */
  readonly sinks: pulumi.Output<Record<string, Record<string, string>>>;

  constructor(name: string, args: SiemIntegrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "defender-siem:index:SiemIntegration",
      name,
      withSecretTokens(args),
      afterPreflight(name, args, opts),
    );
    const manualSteps = collectManualSteps(this);
    chooseRoleAssignments(this, args.roleAssignments);
    const contentTypes = readContentTypes(args, this);
    const group = useResourceGroup(name, args, this);
    const network = createNetwork(name, group, args, this);
    const identity = useIdentity(name, group, args, this);
    const client = registerClient(name, group, identity, contentTypes, args, this);
    const statuses = subscribe(name, client, contentTypes, args, this);
    const store = createEventStore(name, group, network, args, this);
    const workspace = integrationWorkspace(name, group, args, this);
    const monitoring = watchIntegration(name, group, identity, store, { ...args, workspace }, this);
    const around = { group, network, identity, client, store, monitoring, workspace };
    const poller = createPoller(name, around, contentTypes, args, this);

    this.resourceGroupName = group.name;
    this.clientId = client.clientId;
    this.grantedRoles = client.grantedRoles;
    this.consentUrl = client.consentUrl;
    this.manualSteps = manualSteps();
    this.subscriptions = statuses;
    this.eventsUrl = store.eventsUrl;
    this.eventsContainerId = store.eventsContainerId;
    this.functionAppName = poller.functionAppName;
    this.pollerPrincipalObjectId = poller.principalObjectId;
    this.sinks = poller.sinks;
    this.registerOutputs({
      resourceGroupName: this.resourceGroupName,
      clientId: this.clientId,
      grantedRoles: this.grantedRoles,
      consentUrl: this.consentUrl,
      manualSteps: this.manualSteps,
      subscriptions: this.subscriptions,
      eventsUrl: this.eventsUrl,
      eventsContainerId: this.eventsContainerId,
      functionAppName: this.functionAppName,
      pollerPrincipalObjectId: this.pollerPrincipalObjectId,
      sinks: this.sinks,
    });
  }
}

/** Plain, since they decide which resources there are. */
function readContentTypes(args: SiemIntegrationArgs, parent: SiemIntegration): ContentType[] {
  const declared = args.contentTypes ?? [ContentType.General];
  const contentTypes = declared.map((value, index) =>
    parseOrRefuse(parent, `contentTypes[${index}]`, value, parseContentType),
  );
  return [...new Set(contentTypes)];
}

/** Where everything is declared. */
interface Place {
  name: pulumi.Output<string>;
  location: pulumi.Input<string>;
}

function useResourceGroup(name: string, args: SiemIntegrationArgs, parent: SiemIntegration): Place {
  const given = existing(parent, "resourceGroup", args.resourceGroup, RESOURCE_GROUP);
  if (given) return { name: pulumi.output(given.name), location: given.location ?? args.location };
  const group = new ResourceGroup(
    name,
    {
      resourceGroupName: givenName(parent, args.names, "resourceGroup"),
      location: args.location,
      tags: args.tags,
    },
    { parent },
  );
  return { name: group.name, location: args.location };
}

function createNetwork(name: string, group: Place, args: SiemIntegrationArgs, parent: SiemIntegration) {
  const mode = parseOrRefuse(parent, "network", args.network ?? NetworkMode.public, parseNetworkMode);
  const virtualNetwork = existing(parent, "virtualNetwork", args.virtualNetwork, VIRTUAL_NETWORK);
  if (mode === NetworkMode.public && virtualNetwork) {
    throw new pulumi.ResourceError(
      'virtualNetwork: The network is public, which uses none. Set network to "private", or leave virtualNetwork out.',
      parent,
      true,
    );
  }
  if (mode === NetworkMode.public) return undefined;
  const { cloud, names, tags } = args;
  const { name: resourceGroupName, location } = group;
  return new PrivateNetwork(
    name,
    { resourceGroupName, location, cloud, virtualNetwork, names, tags },
    { parent },
  );
}

/** Made before both the application, which trusts it, and the function, which runs as it. */
function useIdentity(
  name: string,
  group: Place,
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
): ManagedIdentity {
  return (
    existing(parent, "identity", args.identity, MANAGED_IDENTITY) ??
    new UserAssignedIdentity(
      `${name}-identity`,
      {
        resourceName: givenName(parent, args.names, "identity"),
        resourceGroupName: group.name,
        location: group.location,
        tags: args.tags,
      },
      { parent },
    )
  );
}

function registerClient(
  name: string,
  group: Place,
  identity: ManagedIdentity,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
): FeedClient {
  const application = existing(parent, "application", args.application, APPLICATION);
  const { tenantId, cloud, displayName, owners, adminConsent } = args;
  const { trustedPipelines, authorityUrl, onDestroy } = args;
  const pollerCredential = parseOrRefuse(
    parent,
    "pollerCredential",
    args.pollerCredential ?? PollerCredential.federatedApp,
    parsePollerCredential,
  );
  return createFeedClient(
    name,
    {
      pollerCredential,
      contentTypes,
      identity,
      tenantId,
      cloud,
      displayName,
      owners,
      application,
      adminConsent,
      trustedPipelines,
      authorityUrl,
      onDestroy,
      place: { resourceGroupName: group.name, location: group.location, tags: args.tags },
    },
    parent,
  );
}

/**
 * After the grant and the federated credentials: without either, the service would refuse the start. As a client that
 * nobody else can act as, the poller starts its subscriptions itself.
 */
function subscribe(
  name: string,
  client: FeedClient,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
): pulumi.Output<Record<string, string>> {
  if (!client.isOpenToDeployer) return pulumi.output<Record<string, string>>({});
  const subscriptions = new AuditSubscriptions(
    name,
    {
      tenantId: args.tenantId,
      clientId: client.clientId,
      contentTypes,
      cloud: args.cloud,
      publisherIdentifier: args.publisherIdentifier,
      onDestroy: args.onDestroy,
      readyTimeoutMinutes: args.readyTimeoutMinutes,
      grantId:
        args.adminConsent === AdminConsent.manual ? undefined : client.grantIds.apply(ids => ids.join(",")),
      activityApiUrl: args.activityApiUrl,
      authorityUrl: args.authorityUrl,
    },
    { parent, dependsOn: client.ready },
  );
  return subscriptions.statuses;
}

function createEventStore(
  name: string,
  group: Place,
  network: PrivateNetwork | undefined,
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  const { retentionDays, names, tags } = args;
  const eventStorage = existing(parent, "eventStorage", args.eventStorage, STORAGE_ACCOUNT);
  return new EventStore(
    name,
    {
      resourceGroupName: group.name,
      location: group.location,
      retentionDays,
      eventStorage,
      privateNetwork: network,
      names,
      tags,
    },
    { parent },
  );
}

/** What the poller runs in, acts as, writes to and is watched by. */
interface AroundPoller {
  group: Place;
  network: PrivateNetwork | undefined;
  identity: ManagedIdentity;
  client: FeedClient;
  store: EventStore;
  monitoring: Monitoring | undefined;
  workspace: ExistingWorkspace | undefined;
}

/**
 * After the grant: a token that was asked for before it lacks the role for as long as the platform caches it, which for a
 * managed identity of its own right is a day. Not after the subscriptions: the poller reports a content type that is not
 * enabled, and collects it once it is. After the whole store, so that its first run finds the way there.
 */
function createPoller(
  name: string,
  { group, network, identity, client, store, monitoring, workspace }: AroundPoller,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  return new Poller(
    name,
    {
      resourceGroupName: group.name,
      location: group.location,
      tenantId: args.tenantId,
      clientId: client.clientId,
      key: client.key,
      store,
      privateNetwork: network,
      names: args.names,
      cloud: args.cloud,
      contentTypes,
      recordTypes: args.recordTypes,
      pollIntervalMinutes: args.pollIntervalMinutes,
      // Where nothing declares the subscriptions, the poller starts them.
      selfHeal: args.selfHeal || !client.isOpenToDeployer,
      publisherIdentifier: args.publisherIdentifier,
      identity,
      telemetryConnectionString: monitoring?.connectionString,
      sinks: args.sinks,
      sinkTokens: args.sinkTokens,
      workspace,
      tags: args.tags,
      activityApiUrl: args.activityApiUrl,
      authorityUrl: args.authorityUrl,
      resourceManagerUrl: args.resourceManagerUrl,
    },
    { parent, dependsOn: [...client.ready, store] },
  );
}
