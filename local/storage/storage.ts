import { BlobServiceClient } from "@azure/storage-blob";
import type { RoleAssignment } from "../azure/heldRoles.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";
import { type Azurite, azuriteToken, startAzurite } from "./azurite.ts";
import { type BlobAccess, containerResourceId, mayAccessBlobs } from "./blobRoles.ts";
import type { StorageErrorCode } from "./storageErrors.ts";
import { type StorageAccount, type StorageRequest, startStorageFront } from "./storageFront.ts";

export interface StorageSettings {
  /** This process must trust `tls.ca` (`trustInThisProcess`) for the tenant's own look at what was stored. */
  tls: LocalTls;
  /** Checks an access token and gives its claims; any audience will do. */
  verifyToken: VerifyToken;
  /** The role assignments as they are now; asked for each request. */
  roleAssignments(): readonly RoleAssignment[];
  /** Whether the account's firewall lets requests of the principal in; asked for each. Defaults to every account being open. */
  isReachable?(accountResourceId: string, principalObjectId: string): boolean;
  /** Where a client without a token is sent to: `<login endpoint>/<tenant id>/oauth2/authorize`. */
  authorizationUri: string;
  /** Folder for the certificate that Azurite reads. */
  folder: string;
}

/** Errors to answer with in place of the service's own answer. */
export interface StorageFault {
  code: StorageErrorCode;
  /** How many requests fail. Defaults to 1. */
  count?: number;
  /** Which requests fail. Defaults to all that are authorized. */
  when?: (request: StorageRequest) => boolean;
}

/** Starts Azure Storage of the local tenant: blobs over HTTPS, by bearer token and role only, kept in memory. */
export async function startStorage(settings: StorageSettings): Promise<LocalStorage> {
  const azurite = await startAzurite(settings.tls, settings.folder);
  const accounts = new Map<string, StorageAccount>();
  const faults = new Faults();
  const { roleAssignments, isReachable = () => true } = settings;
  const front = await startStorageFront({
    ...settings,
    isReachable,
    azurite,
    account: name => accounts.get(name),
    fault: request => faults.next(request),
  });
  return new LocalStorage({ roleAssignments, isReachable, azurite, accounts, faults, front });
}

interface StorageParts {
  roleAssignments(): readonly RoleAssignment[];
  isReachable(accountResourceId: string, principalObjectId: string): boolean;
  azurite: Azurite;
  accounts: Map<string, StorageAccount>;
  faults: Faults;
  front: { url: string; close(): Promise<void> };
}

/** The storage accounts of the local tenant. Its methods act as Azure's own control plane, which needs no data role. */
export class LocalStorage {
  readonly #parts: StorageParts;
  readonly #unusedAzuriteAccounts: string[];

  constructor(parts: StorageParts) {
    this.#parts = parts;
    this.#unusedAzuriteAccounts = [...parts.azurite.accountNames];
  }

  /**
   * Makes the account reachable, empty; one that exists stays as it is.
   *
   * @returns `blobEndpoint`, with the slash at its end that Azure's has.
   * @throws Error when the accounts of this local tenant are used up.
   */
  addAccount({ name, resourceId }: { name: string; resourceId: string }): { blobEndpoint: string } {
    const existing = this.#parts.accounts.get(name);
    const azuriteAccount = existing?.azuriteAccount ?? this.#unusedAzuriteAccounts.shift();
    if (azuriteAccount === undefined)
      throw new Error(
        `The local tenant serves ${this.#parts.azurite.accountNames.length} storage accounts in its life, removed ones ` +
          `included, and "${name}" would be one more. Start it again.`,
      );
    this.#parts.accounts.set(name, { resourceId, azuriteAccount });
    return { blobEndpoint: `${this.#parts.front.url}/${name}/` };
  }

  hasAccount(name: string): boolean {
    return this.#parts.accounts.has(name);
  }

  /** The blobs are gone with it: an account of the same name starts empty. */
  removeAccount(name: string): void {
    this.#parts.accounts.delete(name);
  }

  /** Creates the container; one that exists stays as it is. */
  async addContainer(account: string, container: string): Promise<void> {
    await this.#client(account).getContainerClient(container).createIfNotExists();
  }

  /** Deletes the container with its blobs; one that does not exist is fine. */
  async removeContainer(account: string, container: string): Promise<void> {
    await this.#client(account).getContainerClient(container).deleteIfExists();
  }

  /** Names of the containers, in alphabetical order. */
  async listContainers(account: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of this.#client(account).listContainers()) names.push(name);
    return names;
  }

  /** Names of the blobs that begin with `prefix`, in alphabetical order. */
  async listBlobs(account: string, container: string, prefix = ""): Promise<string[]> {
    const names: string[] = [];
    const blobs = this.#client(account).getContainerClient(container).listBlobsFlat({ prefix });
    for await (const { name } of blobs) names.push(name);
    return names;
  }

  async readBlob(account: string, container: string, name: string): Promise<Buffer> {
    return await this.#client(account).getContainerClient(container).getBlobClient(name).downloadToBuffer();
  }

  /** Writes the blob, over an earlier one too. */
  async writeBlob(account: string, container: string, name: string, content: Uint8Array): Promise<void> {
    await this.#client(account).getContainerClient(container).getBlockBlobClient(name).uploadData(content);
  }

  /** Whether the principal's roles let it use blobs of the container, or of the whole account when none is named. */
  mayAccess(principalObjectId: string, access: BlobAccess, account: string, container?: string): boolean {
    const declared = this.#parts.accounts.get(account);
    if (declared === undefined) return false;
    const resourceId = container ? containerResourceId(declared.resourceId, container) : declared.resourceId;
    return mayAccessBlobs(this.#parts.roleAssignments(), principalObjectId, access, resourceId);
  }

  /** Whether the account's firewall lets requests of the principal in. */
  isReachable(principalObjectId: string, account: string): boolean {
    const declared = this.#parts.accounts.get(account);
    return declared !== undefined && this.#parts.isReachable(declared.resourceId, principalObjectId);
  }

  /** Makes requests of clients fail that would have been served. */
  setFault(fault: StorageFault): void {
    this.#parts.faults.add(fault);
  }

  /** Account and container of a URL below a blob endpoint of this tenant; undefined for any other URL. */
  locate(url: string): { account: string; container: string } | undefined {
    if (!url.startsWith(`${this.#parts.front.url}/`)) return undefined;
    const [account = "", container = ""] = new URL(url).pathname.split("/").filter(Boolean);
    return { account, container };
  }

  async close(): Promise<void> {
    await this.#parts.front.close();
    await this.#parts.azurite.close();
  }

  #client(account: string): BlobServiceClient {
    const declared = this.#parts.accounts.get(account);
    if (declared === undefined) throw new Error(`The local tenant has no storage account "${account}".`);
    const credential = {
      getToken: async () => ({ token: azuriteToken(), expiresOnTimestamp: Date.now() + 60_000 }),
    };
    return new BlobServiceClient(`${this.#parts.azurite.url}/${declared.azuriteAccount}`, credential);
  }
}

class Faults {
  readonly #pending: { fault: StorageFault; left: number }[] = [];

  add(fault: StorageFault): void {
    this.#pending.push({ fault, left: fault.count ?? 1 });
  }

  next(request: StorageRequest): StorageErrorCode | undefined {
    const pending = this.#pending.find(({ fault, left }) => left > 0 && (fault.when?.(request) ?? true));
    if (pending === undefined) return undefined;
    pending.left -= 1;
    return pending.fault.code;
  }
}
