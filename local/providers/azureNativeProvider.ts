import { AzureError } from "../azure/azureError.ts";
import { driftedInputs, isUnknown, type Properties, UNKNOWN } from "../azure/properties.ts";
import { diffProperties } from "../azure/propertyDiff.ts";
import { armType, pathInputs } from "../azure/resourceId.ts";
import type { ResourceManager } from "../azure/resourceManager.ts";
import type { ResourceType } from "../azure/resourceType.ts";
import { resourceTypeOf } from "../azure/resourceTypes/index.ts";
import { autoName, CREATE_BEFORE_DELETE } from "./autoName.ts";
import type {
  CheckRequest,
  CheckResult,
  CreatedResource,
  CreateRequest,
  DiffRequest,
  DiffResult,
  HostedProvider,
  InvokeRequest,
  ProviderConfiguration,
  ReadRequest,
  ReadResource,
  ResourceRequest,
  UpdateRequest,
} from "./hostedProvider.ts";
import { inputFailures } from "./inputChecks.ts";
import { inputsFromId, inputsOf, outputsOf, previewOutputs } from "./resourceShape.ts";

/** Who the provider is signed in as. */
export interface Deployer {
  clientId: string;
  /** Object id of the service principal. */
  objectId: string;
}

/**
 * A stand-in for Pulumi's azure-native provider: the SDK's requests become requests to the local Azure Resource
 * Manager. Where the real provider has a habit, such as how it names what the program left unnamed or what a refresh
 * puts into the state, this one has it too.
 */
export class AzureNativeProvider implements HostedProvider {
  readonly name = "azure-native";
  readonly version = "3.28.0";
  readonly #resourceManager: ResourceManager;
  readonly #deployer: Deployer;

  constructor(resourceManager: ResourceManager, deployer: Deployer) {
    this.#resourceManager = resourceManager;
    this.#deployer = deployer;
  }

  check(request: CheckRequest): CheckResult {
    const type = resourceTypeOf(request.type);
    const inputs = {
      azureApiVersion: type.apiVersion,
      ...request.inputs,
      ...autoName(type.path, request),
      ...this.#defaultLocation(type, request),
    };
    return { inputs, failures: inputFailures(type, inputs) };
  }

  diff({ type, oldInputs, inputs }: DiffRequest): DiffResult {
    const { path, createOnly = [] } = resourceTypeOf(type);
    const changes = diffProperties(oldInputs, inputs, [...pathInputs(path), ...createOnly]);
    const replaces = changes.some(change => change.replaces);
    return { changes, deleteBeforeReplace: replaces && oldInputs[CREATE_BEFORE_DELETE] !== true };
  }

  async create({ type, inputs, preview, configuration }: CreateRequest): Promise<CreatedResource> {
    const resourceType = resourceTypeOf(type);
    if (preview) return { id: "", outputs: previewOutputs(resourceType, inputs) };
    this.#refuseOtherSubscription(configuration);
    const id = this.#resourceManager.idOf(resourceType, inputs);
    const existing = this.#resourceManager.get(id);
    if (existing !== undefined && resourceType.defaults === undefined) {
      throw new Error(`cannot create already existing resource '${existing.id}'`);
    }
    const resource = await this.#resourceManager.put(resourceType, inputs);
    return { id: resource.id, outputs: outputsOf(resource) };
  }

  read({ type, id, inputs, outputs, configuration }: ReadRequest): ReadResource | undefined {
    this.#refuseOtherSubscription(configuration);
    const resourceType = resourceTypeOf(type);
    const found = this.#find(resourceType, id);
    if (found === undefined) return undefined;
    const isImport = Object.keys(inputs).length === 0;
    const known = inputsOf(resourceType, found);
    return {
      id,
      outputs: found,
      inputs: isImport
        ? { ...inputsFromId(resourceType, id), ...known }
        : driftedInputs(inputs, inputsOf(resourceType, outputs), known),
    };
  }

  async update(request: UpdateRequest): Promise<Properties> {
    const type = resourceTypeOf(request.type);
    if (request.preview) {
      const { name, location } = request.oldOutputs;
      return { ...previewOutputs(type, request.inputs), name, location };
    }
    this.#refuseOtherSubscription(request.configuration);
    return outputsOf(await this.#resourceManager.put(type, request.inputs));
  }

  async delete({ id, configuration }: ResourceRequest & { id: string }): Promise<void> {
    this.#refuseOtherSubscription(configuration);
    await this.#resourceManager.delete(id);
  }

  invoke({ token, args, configuration }: InvokeRequest): Properties {
    this.#refuseOtherSubscription(configuration);
    const { subscriptionId, tenantId } = this.#resourceManager;
    if (token === "azure-native:authorization:getClientConfig") {
      const { clientId, objectId } = this.#deployer;
      return { clientId, objectId, subscriptionId, tenantId };
    }
    const [, module, getter] = token.split(":");
    if (getter?.startsWith("get")) {
      return this.#getExisting(resourceTypeOf(`azure-native:${module}:${getter.slice("get".length)}`), args);
    }
    throw new Error(`The local tenant has no function ${token}.`);
  }

  /** The order is azure-native's: what the resource has, what the stack configures, where its group is. */
  #defaultLocation({ location = "none" }: ResourceType, request: CheckRequest): Properties {
    if (location === "none" || request.inputs.location !== undefined) return {};
    const own = request.oldInputs.location ?? request.configuration.location;
    if (own !== undefined) return { location: own };
    const { resourceGroupName } = request.inputs;
    if (isUnknown(resourceGroupName)) return { location: UNKNOWN };
    const { subscriptionId } = this.#resourceManager;
    const group = this.#resourceManager.find(
      `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroupName}`,
    );
    return group === undefined ? {} : { location: outputsOf(group).location };
  }

  #find(type: ResourceType, id: string): Properties | undefined {
    const resource = this.#resourceManager.get(id);
    if (resource?.type.token === type.token) return outputsOf(resource);
    const existsByItself = type.defaults !== undefined && this.#resourceManager.exists(id);
    if (!existsByItself) return undefined;
    return outputsOf({
      id,
      name: id.slice(id.lastIndexOf("/") + 1),
      type,
      properties: { ...type.defaults },
      outputs: {},
    });
  }

  #getExisting(type: ResourceType, args: Properties): Properties {
    const id = this.#resourceManager.idOf(type, args);
    const found = this.#find(type, id);
    if (found !== undefined) return { id, ...found };
    throw new AzureError(
      404,
      "ResourceNotFound",
      `The Resource '${armType(type.path)}' with the id '${id}' was not found. For more details please go to ` +
        "https://aka.ms/ARMResourceNotFoundFix",
    );
  }

  #refuseOtherSubscription({ subscriptionId }: ProviderConfiguration): void {
    if (subscriptionId === undefined || subscriptionId === this.#resourceManager.subscriptionId) return;
    throw new AzureError(
      404,
      "SubscriptionNotFound",
      `The subscription '${subscriptionId}' could not be found.`,
    );
  }
}
