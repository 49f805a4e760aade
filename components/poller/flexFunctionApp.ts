import type { BlobContainer } from "@pulumi/azure-native/storage/blobContainer.js";
import type { StorageAccount } from "@pulumi/azure-native/storage/storageAccount.js";
import { AppServicePlan } from "@pulumi/azure-native/web/appServicePlan.js";
import { WebApp } from "@pulumi/azure-native/web/webApp.js";
import { WebAppFtpAllowed } from "@pulumi/azure-native/web/webAppFtpAllowed.js";
import { WebAppScmAllowed } from "@pulumi/azure-native/web/webAppScmAllowed.js";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDS, type Cloud } from "../../activity-api/clouds.ts";
import { nameOwner } from "../azure/nameOwner.ts";
import { functionAppName } from "../azure/naming.ts";
import { givenName, type ResourceNames } from "../azure/resourceNames.ts";
import { keepDerived } from "../pulumi/keepDerived.ts";
import { isPlain } from "../pulumi/validation.ts";

/** A user-assigned managed identity: what `azure-native:managedidentity:UserAssignedIdentity` gives. */
export interface ManagedIdentity {
  /** Resource id in Azure. */
  id: pulumi.Input<string>;
  /** Client id, by which the function asks for its tokens. */
  clientId: pulumi.Input<string>;
  /** Object id of its service principal, by which roles are granted to it. */
  principalId: pulumi.Input<string>;
}

/** Where the Functions host keeps its locks and keys, and the container of the code that it runs. */
export interface HostStorage {
  account: StorageAccount;
  packages: BlobContainer;
}

export interface FlexFunctionAppArgs {
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  identity: ManagedIdentity;
  hostStorage: HostStorage;
  /** Subnet that the app runs in. Defaults to none: it reaches everything over the internet. */
  subnetId?: pulumi.Input<string>;
  /** Decides how the host finds its storage. */
  cloud: pulumi.Output<Cloud>;
  names?: ResourceNames;
  /** How many timers the code has. */
  timers: number;
  /** Application settings besides those of the host. */
  settings: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Node versions that Flex Consumption runs; any other is accepted on creation and then never starts (Azure/Azure-Functions#2666). */
const NODE_VERSION = "24";

/** The smallest instance; a poll of a large tenant stays below 200 MB. */
const INSTANCE_MEMORY_MB = 512;

/**
 * The lowest limit that every region accepts. A timer runs on one instance whatever the limit
 * (Azure/azure-functions-host#10523), and each has one of its own, so that many of them need as many.
 * https://learn.microsoft.com/azure/azure-functions/event-driven-scaling
 */
const LEAST_INSTANCE_LIMIT = 40;

/**
 * A function app on a Flex Consumption plan of its own (one plan holds one app), with host storage by identity and both
 * password ways of publishing closed. What Flex refuses or needs is in one place here, with the evidence.
 */
export function createFlexFunctionApp(
  name: string,
  args: FlexFunctionAppArgs,
  opts: pulumi.CustomResourceOptions,
): WebApp {
  const { resourceGroupName } = args;
  const app = createApp(name, createPlan(name, args, opts), args, opts);
  // Publishing uses a bearer token; user name and password are off for both ways in (CKV_AZURE_57).
  const closed = { resourceGroupName, name: app.name, allow: false };
  new WebAppScmAllowed(`${name}-scm`, closed, { parent: opts.parent });
  new WebAppFtpAllowed(`${name}-ftp`, closed, { parent: opts.parent });
  return app;
}

/** Host name of the app's publishing site. Azure lists it among the names of the app, marked as the repository. */
export function scmHostName(app: WebApp): pulumi.Output<string> {
  return app.hostNameSslStates.apply(states => {
    const scm = states?.find(state => state.hostType === "Repository")?.name;
    if (scm) return scm;
    throw new pulumi.ResourceError(
      "The function app has no publishing host name to send its code to.",
      app,
      true,
    );
  });
}

function createPlan(name: string, args: FlexFunctionAppArgs, opts: pulumi.CustomResourceOptions) {
  const { resourceGroupName, location, tags } = args;
  return new AppServicePlan(
    `${name}-plan`,
    {
      name: opts.parent && givenName(opts.parent, args.names, "plan"),
      resourceGroupName,
      location,
      tags,
      kind: "functionapp",
      reserved: true,
      sku: { name: "FC1", tier: "FlexConsumption" },
    },
    { parent: opts.parent },
  );
}

function createApp(
  name: string,
  plan: AppServicePlan,
  args: FlexFunctionAppArgs,
  opts: pulumi.CustomResourceOptions,
) {
  const { resourceGroupName, location, tags, identity } = args;
  const given = opts.parent && givenName(opts.parent, args.names, "functionApp");
  return new WebApp(
    name,
    {
      name: given ?? nameOwner(name, opts.parent).apply(functionAppName),
      resourceGroupName,
      location,
      tags,
      kind: "functionapp,linux",
      serverFarmId: plan.id,
      reserved: true,
      httpsOnly: true,
      clientAffinityEnabled: false,
      // In a virtual network too: the publishing site has to be there for the pipeline, and it takes Entra tokens only.
      publicNetworkAccess: "Enabled",
      // No vnetRouteAllEnabled: an app on Flex Consumption sends everything into its network anyway.
      virtualNetworkSubnetId: args.subnetId,
      identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
      keyVaultReferenceIdentity: identity.id,
      functionAppConfig: {
        deployment: { storage: deploymentStorage(args) },
        runtime: { name: "node", version: NODE_VERSION },
        scaleAndConcurrency: {
          instanceMemoryMB: INSTANCE_MEMORY_MB,
          maximumInstanceCount: Math.max(LEAST_INSTANCE_LIMIT, args.timers),
        },
      },
      siteConfig: {
        minTlsVersion: "1.2",
        scmMinTlsVersion: "1.2",
        http20Enabled: true,
        appSettings: applicationSettings(args),
      },
    },
    // The name is fixed, so the old app has to go before a new one comes.
    pulumi.mergeOptions(keepDerived("name", given, opts), {
      deleteBeforeReplace: true,
      transformations: [dropFlexIncompatibleDefaults],
    }),
  );
}

/** The platform puts the published package here, as the app's identity. */
function deploymentStorage({ hostStorage, identity }: FlexFunctionAppArgs) {
  return {
    type: "blobContainer",
    value: pulumi.interpolate`${hostStorage.account.primaryEndpoints.blob}${hostStorage.packages.name}`,
    authentication: {
      type: "UserAssignedIdentity",
      userAssignedIdentityResourceId: identity.id,
    },
  };
}

/**
 * Memory of a poll that is not the program's own: one pool for all threads instead of one for each, and a small young
 * generation, as `npm run poll` has it. `npm run bench -- poller` measures with both.
 */
const LOW_MEMORY = { MALLOC_ARENA_MAX: "1", NODE_OPTIONS: "--max-semi-space-size=2" };

/**
 * `FUNCTIONS_WORKER_RUNTIME`, `FUNCTIONS_EXTENSION_VERSION` and `WEBSITE_RUN_FROM_PACKAGE` are not here on purpose: Flex
 * refuses them (Azure/azure-functions-host#10714).
 */
function applicationSettings(args: FlexFunctionAppArgs) {
  const { settings } = args;
  return isPlain(settings)
    ? allSettings(args, settings)
    : pulumi.output(settings).apply(known => allSettings(args, known));
}

function allSettings(
  { hostStorage, identity, cloud }: FlexFunctionAppArgs,
  settings: Record<string, pulumi.Input<string>>,
) {
  const others: Record<string, pulumi.Input<string>> = {
    AzureWebJobsStorage__credential: "managedidentity",
    AzureWebJobsStorage__clientId: identity.clientId,
    ...LOW_MEMORY,
    ...settings,
  };
  return [
    // With credential and client id all three are needed: else the app deploys and is dead (Azure/azure-functions-host#11796).
    storageAddress(hostStorage.account, cloud),
    ...Object.entries(others).map(([name, value]) => ({ name, value })),
  ];
}

/**
 * By its name the host looks for an account in the public Azure only. The address works everywhere, but apps with it were
 * unhealthy for days in 2026 and Microsoft's own GitHub action does not know it (Azure/azure-functions-host#11782, #11787),
 * so that it is used where it must be. A timer needs blobs only: the addresses of queues and tables are left out.
 */
function storageAddress(account: StorageAccount, cloud: pulumi.Output<Cloud>) {
  const isPublic = cloud.apply(known => CLOUDS[known].azureEnvironment === "public");
  return {
    name: isPublic.apply(known => `AzureWebJobsStorage__${known ? "accountName" : "blobServiceUri"}`),
    value: pulumi
      .all([isPublic, account.name, account.primaryEndpoints.blob])
      .apply(([known, name, url]) => (known ? name : url)),
  };
}

/**
 * Takes out what the SDK adds to every `siteConfig` and Flex Consumption refuses with error 51021, in some regions
 * already and in all of them by intention (pulumi/pulumi-azure-native#4168, #3074). Passing `undefined` does not
 * help, since the SDK fills it in again. A transformation and not a transform: transforms are not applied under mocks.
 */
const dropFlexIncompatibleDefaults: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  if (type !== "azure-native:web:WebApp" || props.siteConfig === undefined) return undefined;
  const siteConfig = pulumi.output(props.siteConfig).apply((declared: Record<string, unknown>) => {
    const { netFrameworkVersion: _version, localMySqlEnabled: _mySql, ...rest } = declared;
    return rest;
  });
  return { props: { ...props, siteConfig }, opts };
};
