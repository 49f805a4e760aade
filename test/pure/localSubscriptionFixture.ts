import { createHash } from "node:crypto";
import { merged, type Properties } from "../../local/azure/properties.ts";
import { ResourceManager, type ResourceManagerSettings } from "../../local/azure/resourceManager.ts";
import type { FunctionApp, ResourceManagerHooks } from "../../local/azure/resourceManagerHooks.ts";
import { Directory } from "../../local/entra/directory.ts";
import { AzureNativeProvider } from "../../local/providers/azureNativeProvider.ts";
import type { CreatedResource, HostedProvider } from "../../local/providers/hostedProvider.ts";

export const SUBSCRIPTION_ID = "5ab5c71b-0000-4000-8000-000000000001";

export interface LocalSubscription {
  directory: Directory;
  deployer: { clientId: string; objectId: string };
  resourceManager: ResourceManager;
  /** What Azure made happen elsewhere, in order. */
  effects: string[];
  /** The function apps as they were told last, by name. */
  functionApps: Map<string, FunctionApp>;
}

/** A subscription with nothing in it, whose effects on the rest of the tenant are written down instead. */
export function localSubscription(settings: Partial<ResourceManagerSettings> = {}): LocalSubscription {
  const directory = new Directory();
  const servicePrincipal = directory.createServicePrincipal(
    directory.createApplication({ displayName: "pipeline" }).clientId,
  );
  const effects: string[] = [];
  const functionApps = new Map<string, FunctionApp>();
  return {
    directory,
    deployer: servicePrincipal,
    resourceManager: new ResourceManager({
      subscriptionId: SUBSCRIPTION_ID,
      tenantId: directory.tenantId,
      deployerObjectId: servicePrincipal.objectId,
      hooks: recordingHooks(directory, effects, functionApps),
      principalType: objectId => (directory.servicePrincipals.has(objectId) ? "ServicePrincipal" : undefined),
      ...settings,
    }),
    effects,
    functionApps,
  };
}

function recordingHooks(
  directory: Directory,
  effects: string[],
  functionApps: Map<string, FunctionApp>,
): ResourceManagerHooks {
  return {
    async storageAccountCreated({ accountName }) {
      effects.push(`account ${accountName} created`);
      return { blob: `https://127.0.0.1:10000/${accountName}/` };
    },
    async storageAccountDeleted({ accountName }) {
      effects.push(`account ${accountName} deleted`);
    },
    async containerCreated({ accountName, containerName }) {
      effects.push(`container ${accountName}/${containerName} created`);
    },
    async containerDeleted({ accountName, containerName }) {
      effects.push(`container ${accountName}/${containerName} deleted`);
    },
    async identityCreated({ name }) {
      const { clientId, principalObjectId } = directory.createManagedIdentity(name);
      return { clientId, principalId: principalObjectId };
    },
    async identityDeleted({ principalId }) {
      directory.deleteServicePrincipal(principalId);
    },
    async functionAppCreated(app) {
      functionApps.set(app.name, app);
      effects.push(`app ${app.name} created`);
      return { defaultHostName: "127.0.0.1:7071", scmHostName: "127.0.0.1:7072" };
    },
    async functionAppUpdated(app) {
      functionApps.set(app.name, app);
      effects.push(`app ${app.name} updated`);
    },
    async functionAppDeleted({ name }) {
      functionApps.delete(name);
      effects.push(`app ${name} deleted`);
    },
  };
}

/** What Pulumi's engine does with a new resource of a program: check its inputs, then create it. */
export async function declare(
  provider: HostedProvider,
  type: string,
  inputs: Properties,
  name = "siem",
): Promise<CreatedResource> {
  const request = { type, configuration: {} };
  const randomSeed = createHash("sha256").update(`${type} ${name}`).digest();
  const checked = await provider.check({ ...request, name, inputs, oldInputs: {}, randomSeed });
  if (checked.failures.length > 0) throw new Error(checked.failures.map(({ reason }) => reason).join("\n"));
  return await provider.create({ ...request, inputs: checked.inputs, preview: false });
}

/** Short names of the types that the tests declare. */
export const RESOURCE_GROUP = "azure-native:resources:ResourceGroup";
export const STORAGE_ACCOUNT = "azure-native:storage:StorageAccount";
export const BLOB_CONTAINER = "azure-native:storage:BlobContainer";
export const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";
export const PLAN = "azure-native:web:AppServicePlan";
export const WEB_APP = "azure-native:web:WebApp";

export interface DeclaredParts extends LocalSubscription {
  provider: AzureNativeProvider;
  groupId: string;
  accountId: string;
  containerId: string;
  identity: CreatedResource;
  planId: string;
}

/** A subscription in which everything exists that a function app needs. */
export async function declaredParts(settings: Partial<ResourceManagerSettings> = {}): Promise<DeclaredParts> {
  const subscription = localSubscription(settings);
  const provider = new AzureNativeProvider(subscription.resourceManager, subscription.deployer);
  const resourceGroupName = "siem-rg";
  const group = await declare(provider, RESOURCE_GROUP, { resourceGroupName, location: "West Europe" });
  const account = await declare(provider, STORAGE_ACCOUNT, { ...ACCOUNT, accountName: "siemhost" });
  const container = await declare(provider, BLOB_CONTAINER, {
    resourceGroupName,
    accountName: "siemhost",
    containerName: "packages",
  });
  const identity = await declare(provider, IDENTITY, { resourceGroupName, resourceName: "poller" });
  const plan = await declare(provider, PLAN, { ...FLEX_PLAN, name: "flex" });
  return {
    ...subscription,
    provider,
    groupId: group.id,
    accountId: account.id,
    containerId: container.id,
    identity,
    planId: plan.id,
  };
}

export const ACCOUNT = {
  resourceGroupName: "siem-rg",
  kind: "StorageV2",
  sku: { name: "Standard_ZRS" },
};

export const FLEX_PLAN = {
  resourceGroupName: "siem-rg",
  kind: "functionapp",
  reserved: true,
  sku: { name: "FC1", tier: "FlexConsumption" },
};

/** The inputs of a function app that Azure accepts on these parts, changed by `changes`. */
export function functionAppInputs(parts: DeclaredParts, changes: Properties = {}): Properties {
  const hostStorage = {
    AzureWebJobsStorage__accountName: "siemhost",
    AzureWebJobsStorage__credential: "managedidentity",
    AzureWebJobsStorage__clientId: parts.identity.outputs.clientId,
  };
  const inputs = {
    resourceGroupName: "siem-rg",
    name: "siem-poller",
    kind: "functionapp,linux",
    reserved: true,
    serverFarmId: parts.planId,
    identity: { type: "UserAssigned", userAssignedIdentities: [parts.identity.id] },
    functionAppConfig: {
      deployment: {
        storage: {
          type: "blobContainer",
          value: "https://127.0.0.1:10000/siemhost/packages",
          authentication: {
            type: "UserAssignedIdentity",
            userAssignedIdentityResourceId: parts.identity.id,
          },
        },
      },
      runtime: { name: "node", version: "24" },
      scaleAndConcurrency: { instanceMemoryMB: 512, maximumInstanceCount: 40 },
    },
    siteConfig: { minTlsVersion: "1.2", appSettings: appSettings(hostStorage) },
  };
  return merged(inputs, changes);
}

export function appSettings(settings: Record<string, unknown>): { name: string; value: unknown }[] {
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}

/** Application id of "Office 365 Management APIs", and the id of its role ActivityFeed.Read. */
export const MANAGEMENT_APIS = "c5393580-f805-4401-95e8-94b7a6ef2fc2";
export const ACTIVITY_FEED_READ = "594c1fb6-4f81-4475-ae41-0c394909246c";
