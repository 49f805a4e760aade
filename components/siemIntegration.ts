import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../activity-api/contentTypes.ts";
import { ActivityFeedRole, AdminConsent, AppRegistration, type TrustedPipeline } from "./appRegistration.ts";
import type { OnDestroy } from "./auditSubscription.ts";
import { AuditSubscriptions } from "./auditSubscriptions.ts";
import { EventStore } from "./eventStore.ts";
import { Poller } from "./poller.ts";
import { parseOrRefuse } from "./validation.ts";

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
  /** `grant` consents as code; `manual` leaves it to an administrator, see the output consentUrl. Defaults to grant. */
  adminConsent?: AdminConsent;
  /** Pipelines that may act as the application, by a name for each; the one that runs this program must be among them. Defaults to none. */
  trustedPipelines?: Record<string, TrustedPipeline>;
  /** What a destroy does to the subscriptions: `keep` or `stop`, which loses content that was not collected. Defaults to keep. */
  onDestroy?: OnDestroy;
  /** Minutes that a new subscription may take until the service shows it as enabled. Defaults to 20. */
  readyTimeoutMinutes?: number;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** Name of the application in Entra. Defaults to the name of the component. */
  displayName?: pulumi.Input<string>;
  /** Tags of every Azure resource. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: string;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: string;
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
  /** Client id of the application, which owns the subscriptions and reads the feed. */
  readonly clientId: pulumi.Output<string>;
  /** Names of the application roles that were granted; empty when consent is manual. */
  readonly grantedRoles: pulumi.Output<string[]>;
  /** Where an administrator consents when consent is manual; empty when it was granted here. */
  readonly consentUrl: pulumi.Output<string>;
  /** Content type to the status of its subscription, as the service lists it. */
  readonly subscriptions: pulumi.Output<Record<string, string>>;
  /** URL of the container where events land, for the SIEM's input. */
  readonly eventsUrl: pulumi.Output<string>;
  /** Resource id of that container: the scope on which to grant a SIEM Storage Blob Data Reader. */
  readonly eventsContainerId: pulumi.Output<string>;
  /** Name of the function app that polls. */
  readonly functionAppName: pulumi.Output<string>;
  /** Object id of the managed identity that the poller runs as. */
  readonly pollerPrincipalObjectId: pulumi.Output<string>;

  constructor(name: string, args: SiemIntegrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:SiemIntegration", name, args, opts);
    const contentTypes = readContentTypes(args, this);
    const group = createResourceGroup(name, args, this);
    const identity = createPollerIdentity(name, group, args, this);
    const app = registerApplication(name, identity, contentTypes, args, this);
    const subscriptions = subscribe(name, app, contentTypes, args, this);
    const store = createEventStore(name, group, args, this);
    const poller = createPoller(name, group, identity, app, store, contentTypes, args, this);

    this.resourceGroupName = group.name;
    this.clientId = app.clientId;
    this.grantedRoles = app.grantedRoles;
    this.consentUrl = app.consentUrl;
    this.subscriptions = subscriptions.statuses;
    this.eventsUrl = store.eventsUrl;
    this.eventsContainerId = store.eventsContainerId;
    this.functionAppName = poller.functionAppName;
    this.pollerPrincipalObjectId = poller.principalObjectId;
    this.registerOutputs({
      resourceGroupName: this.resourceGroupName,
      clientId: this.clientId,
      grantedRoles: this.grantedRoles,
      consentUrl: this.consentUrl,
      subscriptions: this.subscriptions,
      eventsUrl: this.eventsUrl,
      eventsContainerId: this.eventsContainerId,
      functionAppName: this.functionAppName,
      pollerPrincipalObjectId: this.pollerPrincipalObjectId,
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

function createResourceGroup(name: string, args: SiemIntegrationArgs, parent: SiemIntegration) {
  return new ResourceGroup(name, { location: args.location, tags: args.tags }, { parent });
}

/** Made before both the application, which trusts it, and the function, which runs as it. */
function createPollerIdentity(
  name: string,
  group: ResourceGroup,
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  return new UserAssignedIdentity(
    `${name}-identity`,
    { resourceGroupName: group.name, location: args.location, tags: args.tags },
    { parent },
  );
}

function registerApplication(
  name: string,
  identity: UserAssignedIdentity,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  return new AppRegistration(
    name,
    {
      tenantId: args.tenantId,
      cloud: args.cloud,
      displayName: args.displayName,
      roles: contentTypes.includes(ContentType.Dlp)
        ? [ActivityFeedRole.read, ActivityFeedRole.readDlp]
        : [ActivityFeedRole.read],
      adminConsent: args.adminConsent,
      trustedIdentities: { poller: identity.principalId },
      trustedPipelines: args.trustedPipelines,
      authorityUrl: args.authorityUrl,
    },
    { parent },
  );
}

/** After the grant and the federated credentials: without either, the service would refuse the start. */
function subscribe(
  name: string,
  app: AppRegistration,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  return new AuditSubscriptions(
    name,
    {
      tenantId: args.tenantId,
      clientId: app.clientId,
      contentTypes,
      cloud: args.cloud,
      publisherIdentifier: args.publisherIdentifier,
      onDestroy: args.onDestroy,
      readyTimeoutMinutes: args.readyTimeoutMinutes,
      grantId:
        args.adminConsent === AdminConsent.manual ? undefined : app.grantIds.apply(ids => ids.join(",")),
      activityApiUrl: args.activityApiUrl,
      authorityUrl: args.authorityUrl,
    },
    { parent, dependsOn: [app] },
  );
}

function createEventStore(
  name: string,
  group: ResourceGroup,
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  const { location, retentionDays, tags } = args;
  return new EventStore(name, { resourceGroupName: group.name, location, retentionDays, tags }, { parent });
}

/**
 * After the grant: a token that was asked for before it lacks the role for as long as the platform caches it. Not after
 * the subscriptions: the poller reports a content type that is not enabled, and collects it once it is.
 */
function createPoller(
  name: string,
  group: ResourceGroup,
  identity: UserAssignedIdentity,
  app: AppRegistration,
  store: EventStore,
  contentTypes: ContentType[],
  args: SiemIntegrationArgs,
  parent: SiemIntegration,
) {
  return new Poller(
    name,
    {
      resourceGroupName: group.name,
      location: args.location,
      tenantId: args.tenantId,
      clientId: app.clientId,
      store,
      cloud: args.cloud,
      contentTypes,
      recordTypes: args.recordTypes,
      pollIntervalMinutes: args.pollIntervalMinutes,
      selfHeal: args.selfHeal,
      publisherIdentifier: args.publisherIdentifier,
      identity,
      tags: args.tags,
      activityApiUrl: args.activityApiUrl,
      authorityUrl: args.authorityUrl,
    },
    { parent, dependsOn: [app] },
  );
}
