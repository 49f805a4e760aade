import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ActivityAdmin, startActivityAdmin } from "./activity/admin.ts";
import type { Knobs } from "./activity/knobs.ts";
import { type ActivityApi, startActivityApi } from "./activity/server.ts";
import type { ActivityService } from "./activity/service.ts";
import { findComponent, mayPublishTelemetry } from "./applicationInsights/components.ts";
import { type ApplicationInsights, startApplicationInsights } from "./applicationInsights/ingestion.ts";
import { reachesBlobs } from "./azure/networkPaths.ts";
import { ResourceManager } from "./azure/resourceManager.ts";
import type { ResourceManagerHooks } from "./azure/resourceManagerHooks.ts";
import { type ResourceManagerEndpoint, startResourceManagerServer } from "./azure/resourceManagerServer.ts";
import { Directory } from "./entra/directory.ts";
import { startManagedIdentityEndpoint } from "./entra/managedIdentity.ts";
import {
  type PipelineIssuer,
  registerPipelineIdentity,
  startPipelineIssuer,
} from "./entra/pipelineIssuer.ts";
import { type Entra, startEntra } from "./entra/server.ts";
import { declaredEventHubs } from "./eventHubs/declaredEventHubs.ts";
import { type LocalEventHubs, startEventHubs } from "./eventHubs/eventHubs.ts";
import { FunctionApps } from "./functions/functionApps.ts";
import { declaredVaults } from "./keyVault/declaredVaults.ts";
import { type LocalKeyVaults, startKeyVaults } from "./keyVault/keyVaults.ts";
import { readSecret } from "./keyVault/readSecret.ts";
import { declaredRules } from "./logsIngestion/declaredRules.ts";
import { type LocalLogsIngestion, startLogsIngestion } from "./logsIngestion/logsIngestion.ts";
import {
  findsStorageByName,
  isResourceOf,
  type NationalCloud,
  tokenExchangeAudience,
} from "./nationalCloud.ts";
import { AzureadProvider } from "./providers/azureadProvider.ts";
import { AzureNativeProvider } from "./providers/azureNativeProvider.ts";
import { type ProviderHost, startProviderHost } from "./providers/providerHost.ts";
import { type SplunkServer, startSplunk } from "./splunk/server.ts";
import { type LocalStorage, startStorage } from "./storage/storage.ts";
import { createCertificateAuthority, type LocalTls, trustInThisProcess } from "./tls.ts";

export interface TenantOptions {
  /** Defaults to a new tenant id. */
  tenantId?: string;
  /** The cloud that the tenant is in; tokens for any other cloud's resources are refused. Defaults to a tenant of whichever is asked. */
  cloud?: NationalCloud;
  /** How the Management Activity API behaves where it differs from Microsoft's documents. Defaults to no difference. */
  knobs?: Partial<Knobs>;
}

/** What Management Activity API tokens are meant for, in each cloud: the local tenant is a tenant of whichever is asked. */
export const AUDIENCES = [
  "https://manage.office.com",
  "https://manage-gcc.office.com",
  "https://manage.office365.us",
  "https://manage.protection.apps.mil",
];

/** Microsoft's side, on loopback: Entra, the Management Activity API, Azure, and the CI system of the deployer. */
export interface LocalTenant {
  tenantId: string;
  subscriptionId: string;
  tls: LocalTls;
  directory: Directory;
  entra: Entra;
  pipeline: PipelineIssuer;
  activityApi: ActivityApi;
  /** The Management Activity API from behind: publishing, disabling, faults. */
  activity: ActivityService;
  admin: ActivityAdmin;
  resourceManager: ResourceManager;
  /** Azure Resource Manager over HTTP, as far as a look at the deployer's rights needs it. */
  azure: ResourceManagerEndpoint;
  storage: LocalStorage;
  functionApps: FunctionApps;
  /** Somebody's Splunk, without tokens and events. */
  splunk: SplunkServer;
  /** What the Application Insights components of the subscription have taken, as tables. */
  applicationInsights: ApplicationInsights;
  /** The event hubs of the subscription, from behind. */
  eventHubs: LocalEventHubs;
  /** What the data collection rules of the subscription have taken. */
  logsIngestion: LocalLogsIngestion;
  /** What is in the key vaults of the subscription. */
  keyVaults: LocalKeyVaults;
  /** What a CI system gives the job that runs `pulumi up` here. */
  environment: Record<string, string>;
  /** Stack configuration that leads the program to this tenant. */
  configuration: Record<string, unknown>;
  /** Stops everything. Nothing keeps running, and nothing stays on disk. */
  close(): Promise<void>;
}

/** Starts a local tenant. This process trusts its certificate authority from then on. */
export async function startTenant(options: TenantOptions = {}): Promise<LocalTenant> {
  const closers = new Closers();
  try {
    return await startParts(options, closers);
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function startParts(options: TenantOptions, closers: Closers): Promise<LocalTenant> {
  const folder = await mkdtemp(path.join(tmpdir(), "local-tenant-"));
  closers.add(() => rm(folder, { recursive: true, force: true }));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);

  const { tenantId, cloud } = options;
  const directory = new Directory({
    tenantId,
    ...(cloud ? { knowsResource: identifierUri => isResourceOf(cloud, identifierUri) } : {}),
  });
  const entra = closers.opened(await startEntra({ directory, tls }));
  const pipeline = closers.opened(await startPipelineIssuer({ tls }));
  const deployer = registerPipelineIdentity(directory, pipeline, cloud && tokenExchangeAudience(cloud));

  const activityApi = closers.opened(
    await startActivityApi({
      tls,
      tenantId: directory.tenantId,
      audience: AUDIENCES,
      verifyToken: token => entra.verify(token),
      knobs: options.knobs,
    }),
  );
  const admin = closers.opened(await startActivityAdmin(activityApi.service));
  const splunk = closers.opened(await startSplunk({ tls }));

  const azure = await startAzure(
    { folder, tls, cloud, directory, entra, deployer: deployer.servicePrincipal },
    closers,
  );
  return {
    tenantId: directory.tenantId,
    tls,
    directory,
    entra,
    pipeline,
    activityApi,
    activity: activityApi.service,
    admin,
    splunk,
    ...azure,
    environment: {
      NODE_EXTRA_CA_CERTS: tls.caFile,
      ARM_TENANT_ID: directory.tenantId,
      ARM_SUBSCRIPTION_ID: azure.subscriptionId,
      ARM_CLIENT_ID: deployer.application.clientId,
      ARM_USE_OIDC: "true",
      ...pipeline.environment,
      ...azure.environment,
    },
    configuration: {
      tenantId: directory.tenantId,
      activityApiUrl: activityApi.url,
      authorityUrl: entra.url,
      resourceManagerUrl: azure.azure.url,
      trustedPipelines: { deployment: { issuer: pipeline.issuer, subject: pipeline.subject } },
    },
    close: () => closers.closeAll(),
  };
}

interface AzureParts {
  folder: string;
  tls: LocalTls;
  cloud: NationalCloud | undefined;
  directory: Directory;
  entra: Entra;
  deployer: { clientId: string; objectId: string };
}

async function startAzure({ folder, tls, cloud, directory, entra, deployer }: AzureParts, closers: Closers) {
  const verifyToken = (token: string) => entra.verify(token);
  const storage: LocalStorage = closers.opened(
    await startStorage({
      tls,
      folder,
      verifyToken,
      roleAssignments: () => resourceManager.roleAssignments(),
      isReachable: (accountId, principalObjectId) =>
        reachesBlobs(principalObjectId, accountId, resourceManager),
      authorizationUri: `${entra.url}/${directory.tenantId}/oauth2/authorize`,
    }),
  );
  const functionApps = closers.opened(
    new FunctionApps({
      tls,
      verifyToken,
      storage,
      findsStorageByName: cloud === undefined || findsStorageByName(cloud),
      readSecret: (principal, secretUri) => readSecret(resourceManager, principal, secretUri),
      // The deployer is Contributor of the subscription, which includes publishing.
      mayPublish: principalObjectId => principalObjectId === deployer.objectId,
      startManagedIdentityEndpoint: clientIds =>
        startManagedIdentityEndpoint({ directory, entra, clientIds }),
      folder,
    }),
  );
  const applicationInsights: ApplicationInsights = closers.opened(
    await startApplicationInsights({
      tls,
      verifyToken,
      findComponent: instrumentationKey => findComponent(resourceManager, instrumentationKey),
      mayPublish: (principal, component) => mayPublishTelemetry(resourceManager, principal, component),
    }),
  );
  const roleAssignments = () => resourceManager.roleAssignments();
  const eventHubs: LocalEventHubs = closers.opened(
    await startEventHubs({
      tls,
      verifyToken,
      roleAssignments,
      eventHubs: () => declaredEventHubs(resourceManager),
    }),
  );
  const logsIngestion: LocalLogsIngestion = closers.opened(
    await startLogsIngestion({
      tls,
      verifyToken,
      roleAssignments,
      rules: () => declaredRules(resourceManager),
    }),
  );
  const keyVaults: LocalKeyVaults = closers.opened(
    await startKeyVaults({
      tls,
      verifyToken,
      roleAssignments,
      vaults: () => declaredVaults(resourceManager),
    }),
  );
  const resourceManager: ResourceManager = new ResourceManager({
    subscriptionId: randomUUID(),
    tenantId: directory.tenantId,
    deployerObjectId: deployer.objectId,
    principalType: objectId => (directory.servicePrincipals.has(objectId) ? "ServicePrincipal" : undefined),
    ingestionUrl: applicationInsights.url,
    logsIngestionUrl: logsIngestion.url,
    eventHubsUrl: eventHubs.endpoint,
    keyVaultsUrl: keyVaults.url,
    hooks: effects(storage, directory, functionApps),
  });
  const azure = closers.opened(
    await startResourceManagerServer({
      functionsOf: functionAppId => functionApps.functionNames(functionAppId),
      tls,
      verifyToken,
      subscriptionId: resourceManager.subscriptionId,
      deployerObjectId: deployer.objectId,
    }),
  );
  const azureNative = closers.opened(
    await startProviderHost(new AzureNativeProvider(resourceManager, deployer)),
  );
  const azuread = closers.opened(await startProviderHost(new AzureadProvider(directory, deployer)));
  return {
    subscriptionId: resourceManager.subscriptionId,
    resourceManager,
    azure,
    storage,
    functionApps,
    applicationInsights,
    eventHubs,
    logsIngestion,
    keyVaults,
    environment: { PULUMI_DEBUG_PROVIDERS: attach({ "azure-native": azureNative, azuread }) },
  };
}

/** What is declared becomes real: containers hold blobs, identities get tokens, function apps run. */
function effects(
  storage: LocalStorage,
  directory: Directory,
  functionApps: FunctionApps,
): ResourceManagerHooks {
  return {
    storageAccountCreated: async ({ accountName, resourceId }) => ({
      blob: storage.addAccount({ name: accountName, resourceId }).blobEndpoint,
    }),
    storageAccountDeleted: async ({ accountName }) => storage.removeAccount(accountName),
    containerCreated: ({ accountName, containerName }) => storage.addContainer(accountName, containerName),
    containerDeleted: ({ accountName, containerName }) => storage.removeContainer(accountName, containerName),
    identityCreated: async ({ name }) => {
      const { clientId, principalObjectId } = directory.createManagedIdentity(name);
      return { clientId, principalId: principalObjectId };
    },
    identityDeleted: async ({ principalId }) => directory.deleteServicePrincipal(principalId),
    functionAppCreated: app => functionApps.create(app),
    functionAppUpdated: app => functionApps.update(app),
    functionAppDeleted: app => functionApps.delete(app),
  };
}

function attach(hosts: Record<string, ProviderHost>): string {
  return Object.entries(hosts)
    .map(([name, { port }]) => `${name}:${port}`)
    .join(",");
}

/** Closes in the opposite order, and everything even when one part fails to close. */
class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closers.unshift(close);
  }

  opened<T extends { close(): Promise<void> }>(part: T): T {
    this.add(() => part.close());
    return part;
  }

  async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.#closers.splice(0)) {
      await close().catch(error => failures.push(error));
    }
    if (failures.length > 0) throw new AggregateError(failures, "The local tenant did not close cleanly.");
  }
}
