import * as pulumi from "@pulumi/pulumi";
import { ContentType } from "../../activity-api/contentTypes.ts";
import { AdminConsent } from "../application/activityFeedGrants.ts";
import { PollerCredential, parsePollerCredential } from "../application/pollerCredential.ts";
import { APPLICATION, existing, STORAGE_ACCOUNT } from "../azure/existingResources.ts";
import { chooseRoleAssignments } from "../azure/roleAssignments.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import type { Monitoring } from "../monitoring/monitoring.ts";
import type { ExistingWorkspace } from "../monitoring/workspace.ts";
import type { PrivateNetwork } from "../network/privateNetwork.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { Poller } from "../poller/poller.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";
import { withSecretTokens } from "../sinks/sinks.ts";
import { EventStore } from "../storage/eventStore.ts";
import { AuditSubscriptions } from "../subscription/auditSubscriptions.ts";
import { readContentTypes } from "../subscription/wantedContentTypes.ts";
import { createFeedClient, type FeedClient } from "./feedClient.ts";
import { watchIntegration } from "./integrationMonitoring.ts";
import { createNetwork, type Place, useIdentity, useResourceGroup } from "./integrationPlace.ts";
import { afterPreflight, type BelowIntegration } from "./integrationPreflight.ts";
import { integrationWorkspace } from "./integrationWorkspace.ts";
import type { SiemIntegrationArgs } from "./siemIntegrationArgs.ts";

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
    super("defender-siem:index:SiemIntegration", name, componentInputs(withSecretTokens(args)), opts);
    const manualSteps = collectManualSteps(this);
    chooseRoleAssignments(this, args.roleAssignments);
    const contentTypes = readContentTypes(args.contentTypes ?? [ContentType.General], this);
    const below = afterPreflight(name, args, this);
    const group = useResourceGroup(name, args, below);
    const network = createNetwork(name, group, args, below);
    const identity = useIdentity(name, group, args, below);
    const client = registerClient(name, group, identity, contentTypes, args, below);
    const statuses = subscribe(name, client, contentTypes, args, below);
    const store = createEventStore(name, group, network, args, below);
    const workspace = integrationWorkspace(name, group, args, below);
    const monitoring = watchIntegration(name, group, identity, store, { ...args, workspace }, below);
    const around = { group, network, identity, client, store, monitoring, workspace };
    const poller = createPoller(name, around, contentTypes, args, below);

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

function registerClient(
  name: string,
  group: Place,
  identity: ManagedIdentity,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  below: BelowIntegration,
): FeedClient {
  const { parent } = below;
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
    below,
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
  below: BelowIntegration,
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
    pulumi.mergeOptions(below, { dependsOn: client.ready }),
  );
  return subscriptions.statuses;
}

function createEventStore(
  name: string,
  group: Place,
  network: PrivateNetwork | undefined,
  args: SiemIntegrationArgs,
  below: BelowIntegration,
) {
  const { retentionDays, names, tags } = args;
  const eventStorage = existing(below.parent, "eventStorage", args.eventStorage, STORAGE_ACCOUNT);
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
    below,
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
  below: BelowIntegration,
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
      selfHeal: client.isOpenToDeployer ? args.selfHeal : true,
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
    pulumi.mergeOptions(below, { dependsOn: [...client.ready, store] }),
  );
}
