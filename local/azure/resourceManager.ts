import { AzureError } from "./azureError.ts";
import { refuseUnavailableLocation } from "./locations.ts";
import { merged, type Properties } from "./properties.ts";
import { armType, isAtOrBelow, lastSegment, parentPath, resourceId } from "./resourceId.ts";
import type { ResourceManagerHooks } from "./resourceManagerHooks.ts";
import type { ArmResource, AzureView, PrincipalType, ResourceType } from "./resourceType.ts";
import { refuseWhenLocked } from "./resourceTypes/managementLock.ts";

export interface ResourceManagerSettings {
  subscriptionId: string;
  tenantId: string;
  /** Object id of the principal that deploys. */
  deployerObjectId: string;
  hooks: ResourceManagerHooks;
  /** What an object id names in the directory; undefined when nothing. */
  principalType(objectId: string): PrincipalType | undefined;
  /** Globally unique names that somebody else has: of storage accounts and function apps. Defaults to none. */
  takenNames?: readonly string[];
  /** Where monitoring resources say that they take telemetry. Defaults to a port of this machine that nothing listens on. */
  ingestionUrl?: string;
  /** Where data collection endpoints take rows. Defaults as `ingestionUrl` does. */
  logsIngestionUrl?: string;
  /** Where every Event Hubs namespace is reached. Defaults as `ingestionUrl` does. */
  eventHubsUrl?: string;
  /** Above all key vaults. Defaults to none: each says that it has the host that it has in Azure. */
  keyVaultsUrl?: string;
}

/** A port of this machine that nothing listens on. */
const NOWHERE = "https://127.0.0.1:9";

/** One request to Azure Resource Manager, for tests. */
export interface ArmRequest {
  method: "PUT" | "GET" | "DELETE";
  resourceId: string;
  /** Azure's error code, or the message of a failed hook; absent when the request succeeded. */
  refusedWith?: string;
}

/** A role that a principal holds on a resource and on everything below it. */
export interface RoleAssignment {
  /** Resource id. */
  scope: string;
  /** Resource id of the role definition; it ends in the role's GUID. */
  roleDefinitionId: string;
  principalObjectId: string;
}

/**
 * Azure Resource Manager with one subscription, in memory. It refuses what Azure refuses, in Azure's words, and acts
 * through its hooks.
 */
export class ResourceManager implements AzureView {
  readonly subscriptionId: string;
  readonly tenantId: string;
  readonly deployerObjectId: string;
  readonly hooks: ResourceManagerHooks;
  readonly ingestionUrl: string;
  readonly logsIngestionUrl: string;
  readonly eventHubsUrl: string;
  readonly keyVaultsUrl: string | undefined;
  readonly takenNames: readonly string[];
  readonly #principalType: ResourceManagerSettings["principalType"];
  /** By resource id in lower case. */
  readonly #resources = new Map<string, ArmResource>();
  readonly #requests: ArmRequest[] = [];

  constructor(settings: ResourceManagerSettings) {
    this.subscriptionId = settings.subscriptionId;
    this.tenantId = settings.tenantId;
    this.deployerObjectId = settings.deployerObjectId;
    this.hooks = settings.hooks;
    this.ingestionUrl = settings.ingestionUrl ?? `${NOWHERE}/`;
    this.logsIngestionUrl = settings.logsIngestionUrl ?? NOWHERE;
    this.eventHubsUrl = settings.eventHubsUrl ?? NOWHERE;
    this.keyVaultsUrl = settings.keyVaultsUrl;
    this.takenNames = settings.takenNames ?? [];
    this.#principalType = settings.principalType;
  }

  /** The id that a resource with these inputs has. */
  idOf(type: ResourceType, inputs: Properties): string {
    return resourceId(type.path, { ...inputs, subscriptionId: this.subscriptionId });
  }

  /**
   * Creates the resource, or changes the one that has its id.
   * @throws AzureError when Azure would refuse it
   */
  async put(type: ResourceType, inputs: Properties): Promise<ArmResource> {
    const id = this.idOf(type, inputs);
    return await this.#recorded("PUT", id, async () => {
      const previous = this.find(id);
      const resource: ArmResource = {
        id: previous?.id ?? id,
        name: lastSegment(id),
        type,
        properties: inputs,
        outputs: previous?.outputs ?? {},
      };
      this.#refuse(resource, previous);
      return previous === undefined ? await this.#create(resource) : await this.#change(previous, inputs);
    });
  }

  /** @returns undefined when there is no such resource */
  get(id: string): ArmResource | undefined {
    const resource = this.find(id);
    this.#requests.push({
      method: "GET",
      resourceId: id,
      ...(resource === undefined ? { refusedWith: "ResourceNotFound" } : {}),
    });
    return resource;
  }

  /**
   * Deletes the resource with everything below it; one that is gone already is fine.
   * @throws AzureError when Azure would refuse it
   */
  async delete(id: string): Promise<void> {
    await this.#recorded("DELETE", id, async () => {
      const resource = this.find(id);
      if (resource === undefined) return;
      refuseWhenLocked(this, id, "delete");
      resource.type.refuseDeletion?.(resource, this);
      await this.remove(id);
    });
  }

  /** Changes a resource behind Pulumi's back: objects property by property, everything else as a whole. */
  async change(id: string, patch: Properties): Promise<void> {
    const resource = this.#required(id);
    await this.#change(resource, merged(resource.properties, patch));
  }

  /** Deletes a resource and everything below it behind Pulumi's back. */
  async remove(id: string): Promise<void> {
    const { id: top } = this.#required(id);
    const doomed = [...this.#resources.values()].filter(resource => isAtOrBelow(resource.id, top));
    for (const resource of doomed.toSorted((a, b) => b.id.length - a.id.length)) {
      await resource.type.deleted?.(resource, this);
      this.#resources.delete(resource.id.toLowerCase());
    }
  }

  /** Every request that the provider has made, in order. */
  requests(): readonly ArmRequest[] {
    return this.#requests;
  }

  roleAssignments(): RoleAssignment[] {
    return this.list("azure-native:authorization:RoleAssignment").map(({ properties }) => ({
      scope: String(properties.scope),
      roleDefinitionId: String(properties.roleDefinitionId),
      principalObjectId: String(properties.principalId),
    }));
  }

  find(id: unknown): ArmResource | undefined {
    return typeof id === "string" ? this.#resources.get(id.toLowerCase()) : undefined;
  }

  list(token?: string): ArmResource[] {
    return [...this.#resources.values()].filter(({ type }) => token === undefined || type.token === token);
  }

  exists(id: string): boolean {
    const wanted = id.toLowerCase();
    if (wanted === `/subscriptions/${this.subscriptionId}`.toLowerCase() || this.#resources.has(wanted)) {
      return true;
    }
    return this.list().some(resource =>
      resource.type.parts?.some(part => `${resource.id}/${part}`.toLowerCase() === wanted),
    );
  }

  principalType(objectId: string): PrincipalType | undefined {
    return this.#principalType(objectId);
  }

  #refuse(resource: ArmResource, previous: ArmResource | undefined): void {
    refuseMissingParent(resource, this);
    refuseWhenLocked(this, resource.id, "write");
    refuseUnavailableLocation(resource);
    resource.type.refuse?.(resource, this, previous);
  }

  /** The id is taken before the first wait, so that two requests at the same time see each other. */
  async #create(resource: ArmResource): Promise<ArmResource> {
    const key = resource.id.toLowerCase();
    this.#resources.set(key, resource);
    try {
      resource.outputs = (await resource.type.created?.(resource, this)) ?? {};
    } catch (error) {
      this.#resources.delete(key);
      throw error;
    }
    return resource;
  }

  async #change(resource: ArmResource, properties: Properties): Promise<ArmResource> {
    const before = resource.properties;
    resource.properties = properties;
    try {
      resource.outputs = { ...resource.outputs, ...(await resource.type.updated?.(resource, this)) };
    } catch (error) {
      resource.properties = before;
      throw error;
    }
    return resource;
  }

  #required(id: string): ArmResource {
    const resource = this.find(id);
    if (resource === undefined) throw new Error(`The local subscription has no resource '${id}'.`);
    return resource;
  }

  async #recorded<Result>(
    method: ArmRequest["method"],
    id: string,
    act: () => Promise<Result>,
  ): Promise<Result> {
    const request: ArmRequest = { method, resourceId: id };
    this.#requests.push(request);
    try {
      return await act();
    } catch (error) {
      request.refusedWith = error instanceof AzureError ? error.code : String(error);
      throw error;
    }
  }
}

function refuseMissingParent(resource: ArmResource, azure: AzureView): void {
  const { path } = resource.type;
  const parameters = { ...resource.properties, subscriptionId: azure.subscriptionId };
  const parent = resourceId(parentPath(path), parameters);
  if (azure.exists(parent)) return;
  const group = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)/i.exec(parent);
  if (group !== null && !azure.exists(group[0])) {
    throw new AzureError(404, "ResourceGroupNotFound", `Resource group '${group[1]}' could not be found.`);
  }
  if (path.startsWith("/{")) {
    throw new AzureError(
      404,
      "ResourceNotFound",
      `The Resource '${parent.split("/providers/").at(-1)}' under resource group '${group?.[1]}' was not found. ` +
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    );
  }
  throw new AzureError(
    404,
    "ParentResourceNotFound",
    `Failed to perform 'write' on resource(s) of type '${armType(path).split("/").slice(1).join("/")}', because the ` +
      `parent resource '${parent}' could not be found.`,
  );
}
