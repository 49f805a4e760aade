import type { Properties } from "../azure/properties.ts";
import type { PropertyChange } from "../azure/propertyDiff.ts";

/**
 * A Pulumi resource provider without its protocol: plain objects in and out. What it throws reaches the user as the
 * error of the resource.
 *
 * Secrets arrive as plain values and the engine marks them again in what comes back, by property name.
 */
export interface HostedProvider {
  /** Package name, such as azure-native. */
  readonly name: string;
  /** Version of the SDK that it serves. */
  readonly version: string;
  check(request: CheckRequest): Promise<CheckResult> | CheckResult;
  /** Whether new inputs change the resource; nothing when they do not. */
  diff(request: DiffRequest): DiffResult;
  create(request: CreateRequest): Promise<CreatedResource>;
  /** What exists, or undefined when it is gone. */
  read(request: ReadRequest): Promise<ReadResource | undefined> | ReadResource | undefined;
  /** The new outputs. */
  update(request: UpdateRequest): Promise<Properties>;
  delete(request: ResourceRequest & { id: string }): Promise<void>;
  invoke(request: InvokeRequest): Promise<Properties> | Properties;
}

/** Configuration of the provider resource that a request goes through: `azure-native:location` and the like. */
export type ProviderConfiguration = Readonly<Record<string, string>>;

export interface ResourceRequest {
  /** Pulumi's token of the type, such as azure-native:storage:StorageAccount. */
  type: string;
  configuration: ProviderConfiguration;
}

export interface CheckRequest extends ResourceRequest {
  /** Logical name of the resource in the program. */
  name: string;
  inputs: Properties;
  /** Empty for a new resource. */
  oldInputs: Properties;
  /** The same for every run until the resource exists, so that names do not change between preview and up. */
  randomSeed: Uint8Array;
  autonaming?: Autonaming;
}

/** The stack's `pulumi:autonaming` configuration, applied to one resource. */
export interface Autonaming {
  mode: "propose" | "enforce" | "disable";
  proposedName: string;
}

export interface CheckResult {
  inputs: Properties;
  failures: { property?: string; reason: string }[];
}

export interface DiffRequest extends ResourceRequest {
  id: string;
  oldInputs: Properties;
  inputs: Properties;
}

export interface DiffResult {
  changes: PropertyChange[];
  /** Delete the old resource before its replacement is created, because both would have the same name. */
  deleteBeforeReplace: boolean;
}

export interface CreateRequest extends ResourceRequest {
  inputs: Properties;
  /** In a preview nothing may be created, and values may be unknown. */
  preview: boolean;
}

/** In a preview the id is empty. */
export interface CreatedResource {
  id: string;
  outputs: Properties;
}

export interface ReadRequest extends ResourceRequest {
  id: string;
  /** Both are empty when the resource is imported. */
  inputs: Properties;
  outputs: Properties;
}

export interface ReadResource extends CreatedResource {
  inputs: Properties;
}

export interface UpdateRequest extends CreateRequest {
  id: string;
  oldInputs: Properties;
  oldOutputs: Properties;
}

export interface InvokeRequest {
  /** Pulumi's token of the function, such as azure-native:authorization:getClientConfig. */
  token: string;
  args: Properties;
  configuration: ProviderConfiguration;
}
