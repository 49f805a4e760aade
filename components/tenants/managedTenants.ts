import * as pulumi from "@pulumi/pulumi";
import { adminConsentUrl } from "../../activity-api/adminConsent.ts";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { ContentType } from "../../activity-api/contentTypes.ts";
import { parsePublisherIdentifier, parseTenantId } from "../../activity-api/identifiers.ts";
import { ActivityFeedRole } from "../application/activityFeedGrants.ts";
import { AppRegistration, SignInAudience } from "../application/appRegistration.ts";
import { chooseRoleAssignments } from "../azure/roleAssignments.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import { watchIntegration } from "../integration/integrationMonitoring.ts";
import { type Place, useIdentity, useResourceGroup } from "../integration/integrationPlace.ts";
import { afterPrerequisites, type BelowIntegration } from "../integration/integrationPreflight.ts";
import { integrationWorkspace } from "../integration/integrationWorkspace.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { type ListedTenant, readTenantList } from "../poller/managedTenantList.ts";
import { Poller } from "../poller/poller.ts";
import type { PollerStore } from "../poller/pollerArgs.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { checked, parseOrRefuse } from "../pulumi/validation.ts";
import { withSecretTokens } from "../sinks/sinks.ts";
import { EventStore } from "../storage/eventStore.ts";
import { OnFailure } from "../subscription/auditSubscription.ts";
import { AuditSubscriptions } from "../subscription/auditSubscriptions.ts";
import { readContentTypes } from "../subscription/wantedContentTypes.ts";
import type { ManagedTenantsArgs } from "./managedTenantsArgs.ts";
import { collectFailures, type TenantOutcome } from "./tenantFailures.ts";
import { type TenantsPlatform, usePlatform } from "./tenantsPlatform.ts";

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
  const inEntra = { registersApplication: args.platform === undefined, grantsConsent: false };
  return afterPrerequisites(name, args, inEntra, parent);
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
  const contentTypes = readContentTypes(args.contentTypes ?? [ContentType.General], parent);
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
