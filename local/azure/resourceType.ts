import type { Properties } from "./properties.ts";
import type { ResourceManagerHooks } from "./resourceManagerHooks.ts";

/**
 * One type of Azure resource: what the registry needs to know to check, create, change and delete it. A new type is one
 * such entry in the file of its Azure service.
 */
export interface ResourceType {
  /** Pulumi's token, such as azure-native:storage:StorageAccount. */
  token: string;
  /** Default API version of the type in azure-native. */
  apiVersion: string;
  /** Resource id with its parameters named as the SDK's inputs: `/subscriptions/{subscriptionId}/...`. */
  path: string;
  /** Inputs, besides the parameters of the path, without which the request is refused. Defaults to none. */
  required?: readonly string[];
  /** Inputs, besides the parameters of the path, whose change needs a new resource. Defaults to none. */
  createOnly?: readonly string[];
  /** Limits that azure-native checks in a preview, by the path of the input. Defaults to none. */
  limits?: Readonly<Record<string, Limits>>;
  /** Where the resource lives. `regional` takes the resource group's region when none is given. Defaults to `none`. */
  location?: "regional" | "regionalOrGlobal" | "none";
  /** Outputs that are no inputs, by their path where they are a part of one; unknown in a preview. */
  outputs: readonly string[];
  /** Inputs that Azure does not give back. Defaults to none. */
  writeOnly?: readonly string[];
  /** Of a resource that exists as long as its parent does: creating it changes it, and deleting it restores these. */
  defaults?: Properties;
  /** Sub-resources that exist with the resource and need no declaration, such as blobServices/default. */
  parts?: readonly string[];
  /** Throws an `AzureError` when Azure would refuse to create the resource, or to change `previous` into it. */
  refuse?(resource: ArmResource, azure: AzureView, previous?: ArmResource): void;
  /** Throws an `AzureError` when Azure would refuse to delete the resource. */
  refuseDeletion?(resource: ArmResource, azure: AzureView): void;
  /** Acts, and gives the outputs. Defaults to no outputs besides name and type. */
  created?(resource: ArmResource, azure: AzureView): Promise<Properties> | Properties;
  /** Acts on changed inputs, and gives the outputs. Defaults to keeping them. */
  updated?(resource: ArmResource, azure: AzureView): Promise<Properties> | Properties;
  deleted?(resource: ArmResource, azure: AzureView): Promise<void>;
}

export interface Limits {
  minLength?: number;
  maxLength?: number;
  pattern?: RegExp;
  minimum?: number;
  maximum?: number;
}

export interface ArmResource {
  id: string;
  name: string;
  type: ResourceType;
  /** The resource as it was put or changed since, in the SDK's shape. */
  properties: Properties;
  /** What Azure adds to it. */
  outputs: Properties;
}

/** What the rules of one type may see of everything else. */
export interface AzureView {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly hooks: ResourceManagerHooks;
  /** Where monitoring resources say that they take telemetry. */
  readonly ingestionUrl: string;
  /** Where data collection endpoints take rows. */
  readonly logsIngestionUrl: string;
  /** Where every Event Hubs namespace is reached. */
  readonly eventHubsUrl: string;
  /** Above all key vaults; undefined where each has the host that it has in Azure. */
  readonly keyVaultsUrl: string | undefined;
  /** Who deploys, as an object id. */
  readonly deployerObjectId: string;
  /** Globally unique names that somebody else has. */
  readonly takenNames: readonly string[];
  /** By resource id, in any letter case. */
  find(id: unknown): ArmResource | undefined;
  /** Also of sub-resources that need no declaration. */
  exists(id: string): boolean;
  list(token?: string): ArmResource[];
  /** What the object id names in the directory. */
  principalType(objectId: string): PrincipalType | undefined;
}

export type PrincipalType = "ServicePrincipal" | "User" | "Group";
