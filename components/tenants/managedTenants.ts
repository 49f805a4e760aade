import * as pulumi from "@pulumi/pulumi";
import { adminConsentUrl } from "../../activity-api/adminConsent.ts";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { parsePublisherIdentifier, parseTenantId } from "../../activity-api/identifiers.ts";
import { ActivityFeedRole } from "../application/activityFeedGrants.ts";
import { AppRegistration, SignInAudience, type TrustedPipeline } from "../application/appRegistration.ts";
import type { ExistingResourceGroup } from "../azure/existingResources.ts";
import type { ResourceNames } from "../azure/resourceNames.ts";
import { chooseRoleAssignments, RoleAssignments } from "../azure/roleAssignments.ts";
import { DeployerPrerequisites } from "../deployer/deployerPrerequisites.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import { type IntegrationMonitoring, watchIntegration } from "../integration/integrationMonitoring.ts";
import { type Place, useIdentity, useResourceGroup } from "../integration/integrationPlace.ts";
import { type BelowIntegration, isGiven, partsOf } from "../integration/integrationPreflight.ts";
import { integrationWorkspace } from "../integration/integrationWorkspace.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { type ListedTenant, type ManagedTenant, readTenantList } from "../poller/managedTenantList.ts";
import { Poller, type PollerStore } from "../poller/poller.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { checked, parseOrRefuse } from "../pulumi/validation.ts";
import { type SinkArgs, withSecretTokens } from "../sinks/sinks.ts";
import { EventStore } from "../storage/eventStore.ts";
import { type OnDestroy, OnFailure } from "../subscription/auditSubscription.ts";
import { AuditSubscriptions } from "../subscription/auditSubscriptions.ts";
import { collectFailures, type TenantOutcome } from "./tenantFailures.ts";
import { type TenantsPlatform, usePlatform } from "./tenantsPlatform.ts";

export interface ManagedTenantsArgs {
  /** Tenant id (a GUID) of the provider's own tenant, in which the application is registered and everything of Azure is. It is collected only when it is among the tenants too. */
  tenantId: pulumi.Input<string>;
  /** Azure region of every resource, such as westeurope. */
  location: pulumi.Input<string>;
  /** Tenants of customers, by a name for each of up to 24 lower-case letters and digits. Plain, since it decides which resources there are. */
  tenants: Record<string, ManagedTenant>;
  /** What a platform stack shares, its output `platform`: application, identity, event store and sinks are then not declared here. Defaults to all of it being declared here. */
  platform?: pulumi.Input<TenantsPlatform>;
  /** Microsoft cloud of the provider's tenant, and of each tenant that names none: commercial, gcc, gccHigh or dod. Plain, since the list is checked against it. Defaults to commercial. */
  cloud?: Cloud;
  /** Content types to subscribe to and collect, for tenants that name none. Plain, since each has a subscription of its own. Defaults to Audit.General, which carries Defender for Office 365. */
  contentTypes?: string[];
  /** Names or numbers of the record types to keep, or `all`, for tenants that name none. Defaults to the four of Defender for Office 365: 28, 41, 47 and 64. */
  recordTypes?: pulumi.Input<pulumi.Input<string | number>[]>;
  /** Minutes between two runs of the poller for a tenant, from 1 to 60. Defaults to 5. */
  pollIntervalMinutes?: pulumi.Input<number>;
  /** Whether the poller enables a wanted subscription at once that it finds not enabled, under the same rules as the resource. Defaults to false: it reports it, and `pulumi up --refresh` heals it. */
  selfHeal?: pulumi.Input<boolean>;
  /** How many days events are kept, from 8 to 3650. Defaults to 365. */
  retentionDays?: pulumi.Input<number>;
  /** Pipelines that may act as the application, by a name for each; the one that runs this program must be among them. Defaults to none. */
  trustedPipelines?: Record<string, TrustedPipeline>;
  /** Object ids of owners of the application besides the deployer. Defaults to none. */
  owners?: pulumi.Input<pulumi.Input<string>[]>;
  /** Name of the application in Entra, which customers read when they consent. Defaults to the name that the component was created with. */
  displayName?: pulumi.Input<string>;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota in every tenant. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** What a destroy, or the end of a customer, does to the subscriptions: `keep` or `stop`, which loses content that was not collected. Defaults to keep. */
  onDestroy?: pulumi.Input<OnDestroy>;
  /** Minutes that a new subscription may take until the service shows it as enabled. Defaults to 20. */
  readyTimeoutMinutes?: pulumi.Input<number>;
  /** `grant` assigns the Azure roles that the poller needs; `manual` leaves them to another person, see the output manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  roleAssignments?: RoleAssignments;
  /** Telemetry, alerts and a workbook, which name the tenant. Defaults to all of them, with nobody told by mail. */
  monitoring?: IntegrationMonitoring;
  /** Existing resource group; what is declared goes into it. Defaults to a new one. */
  resourceGroup?: ExistingResourceGroup;
  /** Names of resources, in place of derived and generated ones. Defaults to none. */
  names?: ResourceNames;
  /** Further destinations of events beside the event store, by a name for each of up to 24 lower-case letters and digits. Defaults to none. */
  sinks?: Record<string, SinkArgs>;
  /** Splunk HEC tokens by the name of their sink; kept as secrets. Defaults to none. */
  sinkTokens?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Tags of every Azure resource. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Management Activity API instead of the clouds' own, for odd networks and tests. Defaults to the clouds'. */
  activityApiUrl?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
  /** Azure Resource Manager for the look at the deployer's rights instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: pulumi.Input<string>;
}

/**
 * The integrations of many tenants: one application that each of them consents to, their subscriptions, one poller with a
 * timer for each, and one store where the events of each land under its tenant id.
 *
 * Each tenant fails alone. One that has not consented, or not any more, is named in a warning at the end of the update and in
 * failedTenants; its subscriptions show as drift until they are ensured, and the others are deployed and polled.
 *
 * ```ts
 * const soc = new ManagedTenants("soc", { tenantId, location: "westeurope", tenants: { contoso: { tenantId: "…" } } });
 * export const { consentUrls, failedTenants } = soc;
 * ```
 */
export class ManagedTenants extends pulumi.ComponentResource {
  /** Name of the resource group. */
  readonly resourceGroupName: pulumi.Output<string>;
  /** Client id of the application that the tenants consent to. */
  readonly clientId: pulumi.Output<string>;
  /** By the name of the tenant: where its administrator consents. */
  readonly consentUrls: pulumi.Output<Record<string, string>>;
  /** By the name of the tenant: content type to the status of its subscription, as the service lists it. */
  readonly subscriptions: pulumi.Output<Record<string, Record<string, string>>>;
  /** By the name of the tenant: why its subscriptions could not be ensured, and what to do; empty when all are well. */
  readonly failedTenants: pulumi.Output<Record<string, string>>;
  /** Commands that another person has to run, for what was left out; empty when this program did it all. */
  readonly manualSteps: pulumi.Output<string[]>;
  /** URL of the container where events land, those of each tenant below its tenant id. */
  readonly eventsUrl: pulumi.Output<string>;
  /** Resource id of that container: the scope on which to grant a SIEM Storage Blob Data Reader. */
  readonly eventsContainerId: pulumi.Output<string>;
  /** Name of the function app that polls. */
  readonly functionAppName: pulumi.Output<string>;
  /** Object id of the managed identity that the poller runs as. */
  readonly pollerPrincipalObjectId: pulumi.Output<string>;
  /** By the name of the sink: what a SIEM needs to know to read there. */
  readonly sinks: pulumi.Output<Record<string, Record<string, string>>>;
  /** What the stacks of customers take as their `platform`. */
  readonly platform: pulumi.Output<TenantsPlatform>;

  constructor(name: string, args: ManagedTenantsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:ManagedTenants", name, componentInputs(withSecretTokens(args)), opts);
    const manualSteps = collectManualSteps(this);
    chooseRoleAssignments(this, args.roleAssignments);
    const settings = readSettings(args, this);
    const below = afterPreflight(name, args, this);
    const group = useResourceGroup(name, args, below);
    const platform = args.platform
      ? { ...usePlatform(args.platform), ready: [], ownStore: undefined }
      : createPlatform(name, group, settings, args, below);
    const tenants = subscribeAll(name, platform, settings, args, below);
    const poller = createPoller(name, group, platform, settings, args, below);

    this.resourceGroupName = group.name;
    this.clientId = platform.clientId;
    this.consentUrls = byName(tenants, ({ consentUrl }) => consentUrl);
    this.subscriptions = byName(tenants, ({ statuses }) => statuses);
    this.failedTenants = collectFailures(tenants, this);
    this.manualSteps = manualSteps();
    this.eventsUrl = pulumi.output(platform.store.eventsUrl);
    this.eventsContainerId = pulumi.output(platform.store.eventsContainerId);
    this.functionAppName = poller.functionAppName;
    this.pollerPrincipalObjectId = poller.principalObjectId;
    this.sinks = poller.sinks;
    this.platform = pulumi.output(platformOf(platform, poller));
    this.registerOutputs({
      resourceGroupName: this.resourceGroupName,
      clientId: this.clientId,
      consentUrls: this.consentUrls,
      subscriptions: this.subscriptions,
      failedTenants: this.failedTenants,
      manualSteps: this.manualSteps,
      eventsUrl: this.eventsUrl,
      eventsContainerId: this.eventsContainerId,
      functionAppName: this.functionAppName,
      pollerPrincipalObjectId: this.pollerPrincipalObjectId,
      sinks: this.sinks,
      platform: this.platform,
    });
  }
}

/** Consent is nobody's to grant here: each customer's administrator gives it. */
function afterPreflight(name: string, args: ManagedTenantsArgs, parent: ManagedTenants): BelowIntegration {
  const { tenantId, cloud, authorityUrl, resourceManagerUrl } = args;
  const preflight = new DeployerPrerequisites(
    name,
    {
      tenantId,
      cloud,
      authorityUrl,
      resourceManagerUrl,
      resourceGroupName: args.resourceGroup?.name,
      registersApplication: args.platform === undefined,
      grantsConsent: false,
      assignsRoles: args.roleAssignments !== RoleAssignments.manual,
      createsResourceGroup: !isGiven(args.resourceGroup),
      parts: partsOf(args),
    },
    { parent },
  );
  return { parent, dependsOn: [preflight] };
}

interface Settings {
  tenantId: pulumi.Output<string>;
  cloud: Cloud;
  publisherIdentifier: pulumi.Output<string>;
  contentTypes: ContentType[];
  tenants: Record<string, ListedTenant>;
}

function readSettings(args: ManagedTenantsArgs, parent: ManagedTenants): Settings {
  if (args.platform !== undefined) refuseWhatThePlatformHas(args, parent);
  const tenantId = checked(parent, "tenantId", args.tenantId, parseTenantId);
  const cloud = parseOrRefuse(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud);
  const contentTypes = (args.contentTypes ?? [ContentType.General]).map((value, index) =>
    parseOrRefuse(parent, `contentTypes[${index}]`, value, parseContentType),
  );
  const sinkNames = args.platform === undefined ? Object.keys(args.sinks ?? {}) : undefined;
  return {
    tenantId,
    cloud,
    publisherIdentifier: args.publisherIdentifier
      ? checked(parent, "publisherIdentifier", args.publisherIdentifier, parsePublisherIdentifier)
      : tenantId,
    contentTypes,
    tenants: readTenantList(args.tenants, { cloud, sinkNames }, parent),
  };
}

/** Each of these would be without effect, which somebody would find out late. */
function refuseWhatThePlatformHas(args: ManagedTenantsArgs, parent: ManagedTenants): void {
  for (const argument of ["trustedPipelines", "owners", "displayName", "retentionDays"] as const)
    if (args[argument] !== undefined)
      throw new pulumi.ResourceError(
        `${argument}: The application and the event store are the platform's. Set it there, and leave it out here.`,
        parent,
        true,
      );
}

/** What is shared, be it declared here or by another stack. */
interface Platform {
  clientId: pulumi.Output<string>;
  identity: ManagedIdentity;
  store: PollerStore;
  sinkSettings?: pulumi.Output<Record<string, string>>;
  /** What has to be there before the application is used. */
  ready: pulumi.Resource[];
  /** The event store that is declared here. */
  ownStore: EventStore | undefined;
}

function createPlatform(
  name: string,
  group: Place,
  settings: Settings,
  args: ManagedTenantsArgs,
  below: BelowIntegration,
): Platform {
  const { names, tags, retentionDays } = args;
  const place = { resourceGroupName: group.name, location: group.location };
  const identity = useIdentity(name, group, { names, tags }, below);
  const application = new AppRegistration(
    name,
    {
      tenantId: settings.tenantId,
      cloud: settings.cloud,
      displayName: args.displayName,
      signInAudience: SignInAudience.everyTenant,
      roles: rolesOf(settings),
      trustedIdentities: { poller: identity.principalId },
      trustedPipelines: args.trustedPipelines,
      owners: args.owners,
      authorityUrl: args.authorityUrl,
    },
    below,
  );
  const store = new EventStore(name, { ...place, retentionDays, names, tags }, below);
  return { clientId: application.clientId, identity, store, ready: [application], ownStore: store };
}

/** Every customer is asked for the same, so that DLP.All of one asks all for its role. */
function rolesOf({ tenants, contentTypes }: Settings): ActivityFeedRole[] {
  const all = [contentTypes, ...Object.values(tenants).map(tenant => tenant.contentTypes ?? [])].flat();
  return all.includes(ContentType.Dlp)
    ? [ActivityFeedRole.read, ActivityFeedRole.readDlp]
    : [ActivityFeedRole.read];
}

/** A tenant with what is declared for it. */
interface Subscribed extends TenantOutcome {
  statuses: pulumi.Output<Record<string, string>>;
}

/** After the federated credentials, without which nobody could act as the application. */
function subscribeAll(
  name: string,
  { clientId, ready }: Platform,
  settings: Settings,
  args: ManagedTenantsArgs,
  below: BelowIntegration,
): Subscribed[] {
  const { onDestroy, readyTimeoutMinutes, activityApiUrl, authorityUrl } = args;
  return Object.entries(settings.tenants).map(([tenant, listed]) => {
    const { tenantId, cloud = settings.cloud, contentTypes = settings.contentTypes } = listed;
    const { statuses, failures } = new AuditSubscriptions(
      `${name}-${tenant}`,
      {
        tenantId,
        clientId,
        contentTypes,
        cloud,
        publisherIdentifier: settings.publisherIdentifier,
        onDestroy,
        onFailure: OnFailure.record,
        readyTimeoutMinutes,
        activityApiUrl,
        authorityUrl,
      },
      pulumi.mergeOptions(below, { dependsOn: ready }),
    );
    const consentUrl = pulumi
      .all([clientId, authorityUrl])
      .apply(([id, url]) => adminConsentUrl({ tenantId, clientId: id, cloud, authorityUrl: url }));
    return { name: tenant, statuses, failures, consentUrl };
  });
}

function createPoller(
  name: string,
  group: Place,
  platform: Platform,
  settings: Settings,
  args: ManagedTenantsArgs,
  below: BelowIntegration,
): Poller {
  const workspace = integrationWorkspace(name, group, args, below);
  const watched = {
    ...args,
    workspace,
    hasSharedSinks: args.platform !== undefined,
    tenantNames: Object.keys(settings.tenants),
  };
  const monitoring = watchIntegration(name, group, platform.identity, platform.ownStore, watched, below);
  return new Poller(
    name,
    {
      resourceGroupName: group.name,
      location: group.location,
      tenantId: settings.tenantId,
      tenants: args.tenants,
      clientId: platform.clientId,
      store: platform.store,
      names: args.names,
      cloud: settings.cloud,
      contentTypes: settings.contentTypes,
      recordTypes: args.recordTypes,
      pollIntervalMinutes: args.pollIntervalMinutes,
      selfHeal: args.selfHeal,
      publisherIdentifier: settings.publisherIdentifier,
      identity: platform.identity,
      telemetryConnectionString: monitoring?.connectionString,
      sinks: args.sinks,
      sinkTokens: args.sinkTokens,
      sharedSinks: platform.sinkSettings,
      workspace,
      tags: args.tags,
      activityApiUrl: args.activityApiUrl,
      authorityUrl: args.authorityUrl,
      resourceManagerUrl: args.resourceManagerUrl,
    },
    pulumi.mergeOptions(below, {
      dependsOn: [...platform.ready, ...(platform.ownStore ? [platform.ownStore] : [])],
    }),
  );
}

function byName<T>(
  tenants: readonly Subscribed[],
  value: (tenant: Subscribed) => pulumi.Output<T>,
): pulumi.Output<Record<string, T>> {
  const entries = tenants.map(tenant => value(tenant).apply(known => [tenant.name, known] as const));
  return pulumi.all(entries).apply(known => Object.fromEntries(known)) as pulumi.Output<Record<string, T>>;
}

/** Also of a stack that takes it from another, whose own sinks are among them. */
function platformOf({ clientId, identity, store, sinkSettings }: Platform, poller: Poller): TenantsPlatform {
  const { id, principalId } = identity;
  const { eventsUrl, eventsContainerId, ledgerUrl, ledgerContainerId } = store;
  return {
    clientId,
    identity: { id, clientId: identity.clientId, principalId },
    store: { eventsUrl, eventsContainerId, ledgerUrl, ledgerContainerId },
    sinkSettings: sinkSettings
      ? pulumi.all([sinkSettings, poller.sinkSettings]).apply(([shared, own]) => ({ ...shared, ...own }))
      : poller.sinkSettings,
  };
}
