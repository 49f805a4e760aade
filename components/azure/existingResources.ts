import type * as pulumi from "@pulumi/pulumi";
import { parseOrRefuse } from "../pulumi/validation.ts";

/*
 * What exists already and is handed over as one explicit object each. Nothing of it is ever changed or deleted: the
 * components declare what belongs to them in it or beside it, and read its ids.
 */

/** A resource group that exists already. */
export interface ExistingResourceGroup {
  /** Name of the resource group. */
  name: pulumi.Input<string>;
  /** Azure region of what is declared in it. Defaults to the location of the integration. */
  location?: pulumi.Input<string>;
}

/** A storage account that exists already. */
export interface ExistingStorageAccount {
  /** Resource id of the storage account, in the subscription that is deployed to. */
  id: pulumi.Input<string>;
  /** Root of its blobs, such as `https://contosoarchive.blob.core.windows.net/`. */
  blobEndpoint: pulumi.Input<string>;
}

/** Subnets that exist already, both in one virtual network. */
export interface ExistingVirtualNetwork {
  /** Resource id of the subnet that the function runs in: delegated to Microsoft.App/environments, in the function's region. */
  functionSubnetId: pulumi.Input<string>;
  /** Resource id of the subnet of the private endpoints: without delegation, in the same virtual network. */
  endpointSubnetId: pulumi.Input<string>;
  /** Private DNS zones that the virtual network asks. Defaults to a new one that is linked to it. */
  privateDnsZoneIds?: ExistingDnsZones;
}

/** Private DNS zones that exist already. */
export interface ExistingDnsZones {
  /** Resource id of the zone of blobs, `privatelink.blob.core.windows.net` in the public Azure. Defaults to none: the endpoints' addresses are then left to others, such as an Azure Policy. */
  blob?: pulumi.Input<string>;
}

interface Shape {
  required: readonly string[];
  optional: readonly string[];
}

export const APPLICATION: Shape = {
  required: ["clientId", "objectId", "servicePrincipalObjectId"],
  optional: [],
};
export const RESOURCE_GROUP: Shape = { required: ["name"], optional: ["location"] };
export const STORAGE_ACCOUNT: Shape = { required: ["id", "blobEndpoint"], optional: [] };
export const MANAGED_IDENTITY: Shape = { required: ["id", "clientId", "principalId"], optional: [] };
export const VIRTUAL_NETWORK: Shape = {
  required: ["functionSubnetId", "endpointSubnetId"],
  optional: ["privateDnsZoneIds"],
};

/**
 * What was passed, or undefined where nothing was: an empty object too, which is what a stack's configuration has for
 * its default.
 *
 * @throws pulumi.ResourceError for an object that lacks a part, or has one that means nothing here.
 */
export function existing<T extends object>(
  resource: pulumi.Resource,
  argument: string,
  value: T | undefined,
  shape: Shape,
): T | undefined {
  if (!isGiven(value)) return undefined;
  return parseOrRefuse(resource, argument, value, given => {
    const isResource = "urn" in given;
    const unknown = Object.keys(given).filter(key => ![...shape.required, ...shape.optional].includes(key));
    if (unknown.length > 0 && !isResource)
      throw new Error(`"${unknown[0]}" means nothing here. ${takes(shape)}`);
    const missing = shape.required.filter(key => !(given as Record<string, unknown>)[key]);
    if (missing.length > 0) throw new Error(`${missing.join(" and ")} is missing. ${takes(shape)}`);
    return given;
  });
}

/** A stack's configuration has an empty object for what is not given. */
export function isGiven<T extends object>(value: T | undefined): value is T {
  return value !== undefined && Object.keys(value).length > 0;
}

function takes({ required, optional }: Shape): string {
  const maybe = optional.length > 0 ? `, and may have ${optional.join(", ")}` : "";
  return `It needs ${required.join(", ")}${maybe}; leave the whole object out to have the resource declared.`;
}

/**
 * A check for ids of one type of resource.
 *
 * @param type such as Microsoft.Network/virtualNetworks/subnets
 */
export function resourceIdOf(type: string) {
  const [namespace, ...kinds] = type.split("/");
  const names = kinds.map(kind => `${kind}/[^/]+`).join("/");
  const pattern = new RegExp(
    `^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/${namespace}/${names}$`,
    "i",
  );
  return (value: string): string => {
    if (typeof value === "string" && pattern.test(value)) return value;
    const example = kinds.map(kind => `${kind}/<name>`).join("/");
    throw new Error(
      `${JSON.stringify(value)} is not the resource id of a ${type}. Use one like ` +
        `/subscriptions/<id>/resourceGroups/<name>/providers/${namespace}/${example}.`,
    );
  };
}

/**
 * Where the resource of a checked id is, for what is declared below it.
 *
 * @throws Error for a resource of another subscription: a provider declares in one only.
 */
export function addressIn(subscriptionId: string, id: string): { resourceGroupName: string; name: string } {
  const [, , own = "", , resourceGroupName = ""] = id.split("/");
  const name = id.slice(id.lastIndexOf("/") + 1);
  if (own.toLowerCase() === subscriptionId.toLowerCase()) return { resourceGroupName, name };
  throw new Error(
    `"${name}" is in the subscription ${own}, and this program declares resources in ${subscriptionId} only. Use one of ` +
      `that subscription.`,
  );
}

/** With the slash at its end that Azure gives it. */
export function parseBlobEndpoint(value: string): string {
  const url = URL.parse(value);
  const example = "https://contosoarchive.blob.core.windows.net/";
  if (url === null) throw new Error(`${JSON.stringify(value)} is not a URL. Use one like ${example}.`);
  // Before anything is printed: what follows may be a key.
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    throw new Error(
      `The URL of ${url.host} has a query or a password. Leave it out: blobs are read and written by identity.`,
    );
  if (url.protocol !== "https:") throw new Error(`"${value}" is not https. Use a URL like ${example}.`);
  return `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
}
