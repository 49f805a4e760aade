/**
 * What happens elsewhere in the local tenant when Azure Resource Manager creates, changes or deletes something: the
 * composition of the tenant supplies it. Each call is awaited; what it throws fails the request, and a create that
 * fails leaves nothing behind.
 */
export interface ResourceManagerHooks {
  storageAccountCreated(account: StorageAccountReference): Promise<StorageEndpoints>;
  /** The account's containers have been deleted before. */
  storageAccountDeleted(account: StorageAccountReference): Promise<void>;
  containerCreated(container: ContainerReference): Promise<void>;
  containerDeleted(container: ContainerReference): Promise<void>;
  /** A user-assigned managed identity needs a service principal in the directory. */
  identityCreated(identity: { resourceId: string; name: string }): Promise<IdentityIds>;
  identityDeleted(identity: ManagedIdentity): Promise<void>;
  functionAppCreated(app: FunctionApp): Promise<FunctionAppHosts>;
  functionAppUpdated(app: FunctionApp): Promise<void>;
  functionAppDeleted(app: { resourceId: string; name: string }): Promise<void>;
}

export interface StorageAccountReference {
  resourceId: string;
  accountName: string;
}

/** URLs of the account's services; each ends in a slash, as Azure's do. */
export interface StorageEndpoints {
  blob: string;
}

export interface ContainerReference {
  resourceId: string;
  accountName: string;
  containerName: string;
}

export interface IdentityIds {
  clientId: string;
  /** Object id of the identity's service principal. */
  principalId: string;
}

export interface ManagedIdentity extends IdentityIds {
  resourceId: string;
  name: string;
}

export interface FunctionApp {
  resourceId: string;
  name: string;
  runtime: { name: string; version: string };
  /** Application settings by name: the environment of the app's functions. */
  appSettings: Record<string, string>;
  /** The user-assigned identities that the app may act as. */
  identities: ManagedIdentity[];
  /** The one of them by which the platform resolves Key Vault references; undefined when none is named. */
  keyVaultReferenceIdentity?: ManagedIdentity;
  /** Where the app's code is kept, and the identity that reads and writes it there. */
  deployment: { containerUrl: string; container: ContainerReference; identity: ManagedIdentity };
}

/** Host names without scheme, with a port where the port is not 443. */
export interface FunctionAppHosts {
  defaultHostName: string;
  /** Of the deployment (SCM) site. */
  scmHostName: string;
}
