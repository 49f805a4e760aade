import { rm } from "node:fs/promises";
import path from "node:path";
import { RestError } from "@azure/storage-blob";
import type { FunctionApp, FunctionAppHosts } from "../azure/resourceManagerHooks.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalStorage } from "../storage/storage.ts";
import type { LocalTls } from "../tls.ts";
import { LocalFunctionApp } from "./functionHost.ts";
import { hostStorageProblem } from "./hostStorage.ts";
import { type ReadSecret, resolvedSettings } from "./keyVaultReferences.ts";
import { type PublishEndpoint, startPublishEndpoint } from "./publishEndpoint.ts";

/** The parts of the local tenant that a function app uses. */
export interface FunctionAppSurroundings {
  tls: LocalTls;
  verifyToken: VerifyToken;
  storage: LocalStorage;
  /** Whether a storage account is found by its name alone, as in the public Azure. Defaults to true. */
  findsStorageByName?: boolean;
  readSecret: ReadSecret;
  /** Whether the principal may do Microsoft.Web/sites/publish/Action on the app. */
  mayPublish(principalObjectId: string, functionAppResourceId: string): boolean;
  /** Starts the endpoint at which the code gets the tokens of these identities. */
  startManagedIdentityEndpoint(clientIds: readonly string[]): Promise<ManagedIdentityEndpoint>;
  /** Folder that packages are unzipped below. */
  folder: string;
}

interface ManagedIdentityEndpoint {
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** The name that the platform gives the package in the deployment container. */
const PACKAGE_BLOB = "released-package.zip";

/** A declared function app: its publishing site, and its code once that is published. */
export class FunctionAppSite {
  readonly #surroundings: FunctionAppSurroundings;
  readonly #folder: string;
  #declared: FunctionApp;
  #packageFolder: string | undefined;
  #identities: ManagedIdentityEndpoint | undefined;
  #functionApp: LocalFunctionApp | undefined;
  #endpoint: PublishEndpoint | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(declared: FunctionApp, surroundings: FunctionAppSurroundings) {
    this.#declared = declared;
    this.#surroundings = surroundings;
    this.#folder = path.resolve(surroundings.folder, declared.name);
  }

  static async start(declared: FunctionApp, surroundings: FunctionAppSurroundings): Promise<FunctionAppSite> {
    const site = new FunctionAppSite(declared, surroundings);
    site.#endpoint = await startPublishEndpoint({
      tls: surroundings.tls,
      siteName: declared.name,
      verifyToken: surroundings.verifyToken,
      mayPublish: principal => surroundings.mayPublish(principal, declared.resourceId),
      storePackage: zip => site.#storePackage(zip),
      runPackage: folder => site.#inTurn(() => site.#runPackage(folder)),
      folder: site.#folder,
    });
    return site;
  }

  /** Nothing but the publishing site answers requests: timers are all that the host runs. */
  get hosts(): FunctionAppHosts {
    const hostName = this.#endpoint?.hostName ?? "";
    return { defaultHostName: hostName, scmHostName: hostName };
  }

  /** The host with the published code; undefined before the first deployment. */
  get functionApp(): LocalFunctionApp | undefined {
    return this.#functionApp;
  }

  /** Takes another declaration over; code that is published starts again with its settings, as in Azure. */
  async update(declared: FunctionApp): Promise<void> {
    await this.#inTurn(async () => {
      this.#declared = declared;
      if (this.#packageFolder !== undefined) await this.#runPackage(this.#packageFolder);
    });
  }

  /** Ends the code and deletes it. */
  async close(): Promise<void> {
    await this.#endpoint?.close();
    await this.#inTurn(() => this.#stop());
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** The platform writes the package as the app's identity, so that a missing role or container fails the deployment. */
  async #storePackage(zip: Uint8Array): Promise<void> {
    const { container, identity } = this.#declared.deployment;
    const { accountName, containerName } = container;
    const { storage } = this.#surroundings;
    if (!storage.hasAccount(accountName)) throw uploadFailed(`Name or service not known (${accountName})`);
    if (!storage.isReachable(identity.principalId, accountName))
      throw uploadFailed(
        "Response status code does not indicate success: 403 (This request is not authorized to perform this operation.)",
      );
    if (!storage.mayAccess(identity.principalId, "write", accountName, containerName))
      throw uploadFailed(
        "Response status code does not indicate success: 403 (This request is not authorized to perform this operation using this permission.)",
      );
    try {
      await storage.writeBlob(accountName, containerName, PACKAGE_BLOB, zip);
    } catch (error) {
      if (!(error instanceof RestError)) throw error;
      throw uploadFailed(
        `Response status code does not indicate success: ${error.statusCode} (${error.code}, container ${containerName})`,
      );
    }
  }

  async #runPackage(packageFolder: string): Promise<void> {
    await this.#stop();
    const { name, runtime, identities } = this.#declared;
    const {
      tls,
      storage,
      readSecret,
      startManagedIdentityEndpoint,
      findsStorageByName = true,
    } = this.#surroundings;
    this.#packageFolder = packageFolder;
    this.#identities = await startManagedIdentityEndpoint(identities.map(({ clientId }) => clientId));
    this.#functionApp = await LocalFunctionApp.start({
      name,
      runtimeVersion: runtime.version,
      appSettings: resolvedSettings(this.#declared, readSecret),
      packageFolder,
      platformEnvironment: { ...this.#identities.environment, NODE_EXTRA_CA_CERTS: path.resolve(tls.caFile) },
      hostStorageProblem: () => hostStorageProblem(this.#declared, storage, findsStorageByName),
    });
  }

  /** A deployment and a change of settings both start the code anew. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #stop(): Promise<void> {
    await this.#functionApp?.close();
    await this.#identities?.close();
    this.#functionApp = undefined;
    this.#identities = undefined;
  }
}

/** The words of the platform; https://github.com/Azure/azure-functions-core-tools/issues/4346 among others. */
function uploadFailed(reason: string): Error {
  return new Error(
    "InaccessibleStorageException: Failed to access storage account for deployment: BlobUploadFailedException: " +
      `Failed to upload blob to storage account: ${reason}.`,
  );
}
