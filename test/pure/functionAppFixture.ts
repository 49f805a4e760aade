import path from "node:path";
import { strToU8, type Zippable, zipSync } from "fflate";
import type { FunctionApp } from "../../local/azure/resourceManagerHooks.ts";
import {
  type ResourceManagerEndpoint,
  startResourceManagerServer,
} from "../../local/azure/resourceManagerServer.ts";
import { startManagedIdentityEndpoint } from "../../local/entra/managedIdentity.ts";
import { FunctionAppSite } from "../../local/functions/functionAppSite.ts";
import { type LocalStorage, startStorage } from "../../local/storage/storage.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";

export const RESOURCE_MANAGER = "https://management.azure.com";
const SUBSCRIPTION_ID = "11111111-2222-4333-8444-555555555555";
const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/siem`;
const HOST_ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/siemhost`;
const BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";

/** A function app without code, with all that Azure has around it, and a deployer who may publish to it. */
export interface FunctionAppFixture extends EntraFixture {
  resourceManager: ResourceManagerEndpoint;
  storage: LocalStorage;
  declared: FunctionApp;
  site: FunctionAppSite;
  deployer: { clientId: string; clientSecret: string };
  /** Takes the role on the host's storage account from the app's identity, or gives it back. */
  setHostStorageRole(granted: boolean): void;
  /** Closes the host's storage account to the app, or opens it again. */
  setHostStorageOpen(open: boolean): void;
  /** The next package is handed over only when the returned function is called. */
  holdNextDeployment(): () => void;
}

export async function startFunctionAppFixture(): Promise<FunctionAppFixture> {
  const entra = await startFixture();
  const { directory, tls, folder } = entra;
  const identityIds = directory.createManagedIdentity("siem-identity");
  const identity = {
    resourceId: `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/siem-identity`,
    name: "siem-identity",
    clientId: identityIds.clientId,
    principalId: identityIds.principalObjectId,
  };
  let hasRole = true;
  let isOpen = true;
  const ownsHostStorage = {
    scope: HOST_ACCOUNT,
    roleDefinitionId: BLOB_DATA_OWNER,
    principalObjectId: identity.principalId,
  };
  const storage = await startStorage({
    tls,
    verifyToken: token => entra.entra.verify(token),
    roleAssignments: () => (hasRole ? [ownsHostStorage] : []),
    isReachable: () => isOpen,
    authorizationUri: `${entra.entra.url}/${directory.tenantId}/oauth2/authorize`,
    folder,
  });
  const { blobEndpoint } = storage.addAccount({ name: "siemhost", resourceId: HOST_ACCOUNT });
  await storage.addContainer("siemhost", "packages");

  const deployer = registerDeployer(entra);
  let held: Promise<void> | undefined;
  const declared: FunctionApp = {
    resourceId: `${GROUP}/providers/Microsoft.Web/sites/siem-poller`,
    name: "siem-poller",
    runtime: { name: "node", version: "24" },
    appSettings: {
      AzureWebJobsStorage__accountName: "siemhost",
      AzureWebJobsStorage__credential: "managedidentity",
      AzureWebJobsStorage__clientId: identity.clientId,
      GREETING: "hello",
    },
    identities: [identity],
    deployment: {
      containerUrl: `${blobEndpoint}packages`,
      container: {
        resourceId: `${HOST_ACCOUNT}/blobServices/default/containers/packages`,
        accountName: "siemhost",
        containerName: "packages",
      },
      identity,
    },
  };
  const site = await FunctionAppSite.start(declared, {
    tls,
    verifyToken: token => entra.entra.verify(token),
    storage,
    readSecret: () => undefined,
    mayPublish: principal => principal === deployer.principalObjectId,
    startManagedIdentityEndpoint: async clientIds => {
      await held;
      const { environment, close } = await startManagedIdentityEndpoint({
        directory,
        entra: entra.entra,
        clientIds,
      });
      return { environment: { ...environment }, close };
    },
    folder: path.join(folder, "apps"),
  });
  const resourceManager = await startResourceManagerServer({
    tls,
    verifyToken: token => entra.entra.verify(token),
    subscriptionId: SUBSCRIPTION_ID,
    deployerObjectId: deployer.principalObjectId,
    functionsOf: resourceId =>
      resourceId === declared.resourceId
        ? (site.functionApp?.functions() ?? []).map(({ name }) => name)
        : undefined,
  });
  return {
    ...entra,
    resourceManager,
    storage,
    declared,
    site,
    deployer,
    setHostStorageRole: granted => {
      hasRole = granted;
    },
    setHostStorageOpen: open => {
      isOpen = open;
    },
    holdNextDeployment: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    close: async () => {
      await resourceManager.close();
      await site.close();
      await storage.close();
      await entra.close();
    },
  };
}

export function registerDeployer({ directory }: EntraFixture) {
  const application = directory.createApplication({ displayName: "deployer" });
  const { objectId } = directory.createServicePrincipal(application.clientId);
  const { secretText } = directory.addPassword(application.objectId);
  return { clientId: application.clientId, clientSecret: secretText, principalObjectId: objectId };
}

/** A package whose timer `poll` logs the setting GREETING; other files replace or join these. */
export function zipOfApp(files: Record<string, string> = {}): Uint8Array {
  const code = `
    const core = require("@azure/functions-core");
    core.setProgrammingModel({ name: "test", version: "1.0.0", getInvocationModel: ({ log }) => ({
      getArguments: async () => ({ context: { log }, inputs: [] }),
      invokeFunction: async (context, inputs, callback) => callback(context),
      getResponse: async () => ({}),
    }) });
    core.registerFunction(
      { name: "poll", bindings: { timer: { type: "timerTrigger", direction: "in", schedule: "0 0 0 1 1 *" } } },
      async context => context.log("information", "user", process.env.GREETING + " " + ANSWER));
    const ANSWER = 1;`;
  const entries: Zippable = {};
  const all = {
    "host.json": '{"version":"2.0"}',
    "package.json": '{"main":"function.cjs"}',
    "function.cjs": code,
  };
  for (const [name, text] of Object.entries({ ...all, ...files })) entries[name] = strToU8(text);
  return zipSync(entries, { mtime: new Date(1980, 0, 1) });
}
