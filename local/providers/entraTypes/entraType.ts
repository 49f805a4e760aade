import type { Properties } from "../../azure/properties.ts";
import type { Directory } from "../../entra/directory.ts";

/** One type of azuread resource, over the directory of the local tenant. */
export interface EntraType {
  /** Pulumi's token, such as azuread:index/application:Application. */
  token: string;
  /** What a message calls it. */
  noun: string;
  required: readonly string[];
  /** Inputs whose change needs a new resource. */
  createOnly: readonly string[];
  /** Outputs that are no inputs; unknown in a preview. */
  outputs: readonly string[];
  /** What azuread finds wrong with inputs by itself, in a preview already. Unknown inputs are left out of them. */
  failures?(inputs: Properties): string[];
  /** @returns the resource's id in Pulumi's state */
  create(inputs: Properties, entra: Entra): string;
  /** @returns undefined when it is gone */
  read(id: string, entra: Entra): Properties | undefined;
  update(id: string, inputs: Properties, entra: Entra): void;
  delete(id: string, entra: Entra): void;
}

export interface Entra {
  directory: Directory;
  /** Properties that the directory takes without any effect, such as tags, by object id. */
  descriptions: Map<string, Properties>;
}

/** The object id at the end of ids such as /applications/<object id>. */
export function objectIdIn(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

export function listOf<Item = Properties>(value: unknown): Item[] {
  return Array.isArray(value) ? value : [];
}
