import { isObject, merged, omit, type Properties, UNKNOWN } from "../azure/properties.ts";
import { normalizedLocation } from "../azure/propertyDiff.ts";
import { armType, parseResourceId, pathInputs } from "../azure/resourceId.ts";
import type { ArmResource, ResourceType } from "../azure/resourceType.ts";
import { CREATE_BEFORE_DELETE } from "./autoName.ts";

/** What azure-native gives as the outputs of a resource: Azure's answer to a GET. */
export function outputsOf({ name, type, properties, outputs }: ArmResource): Properties {
  const body = type.writeOnly?.reduce(withoutPath, properties) ?? properties;
  const { location } = properties;
  const given = {
    azureApiVersion: type.apiVersion,
    ...omit(body, [...pathInputs(type.path), CREATE_BEFORE_DELETE]),
    ...(typeof location === "string" ? { location: normalizedLocation(location) } : {}),
  };
  return { ...merged(given, outputs), name, type: armType(type.path) };
}

/** The outputs that are known before the resource exists: its inputs. */
export function previewOutputs(type: ResourceType, inputs: Properties): Properties {
  const unknown = ["name", "type", ...type.outputs].map(unknownAt).reduce(merged);
  const onlyInPath = pathInputs(type.path).filter(name => name !== "name");
  return merged(unknown, omit(inputs, [...onlyInPath, CREATE_BEFORE_DELETE]));
}

/** The part of the outputs that a program could have given, in the shape in which it would have. */
export function inputsOf(type: ResourceType, outputs: Properties): Properties {
  const inputs = ["name", "type", ...type.outputs].reduce(withoutPath, outputs);
  const { identity } = inputs;
  if (!isObject(identity) || !isObject(identity.userAssignedIdentities)) return inputs;
  // The SDK takes a list of resource ids and gives them as the keys of an object.
  const userAssignedIdentities = Object.keys(identity.userAssignedIdentities);
  return { ...inputs, identity: { ...identity, userAssignedIdentities } };
}

/** The inputs that a resource id holds, for a resource that is imported. */
export function inputsFromId(type: ResourceType, id: string): Properties {
  return omit(parseResourceId(type.path, id) ?? {}, ["subscriptionId"]);
}

/** Nothing but an unknown value, at a path such as properties.vaultUri. */
function unknownAt(path: string): Properties {
  const [first = "", ...rest] = path.split(".");
  return { [first]: rest.length === 0 ? UNKNOWN : unknownAt(rest.join(".")) };
}

function withoutPath(properties: Properties, path: string): Properties {
  const [first = "", ...rest] = path.split(".");
  const child = properties[first];
  if (rest.length === 0) return omit(properties, [first]);
  return isObject(child) ? { ...properties, [first]: withoutPath(child, rest.join(".")) } : properties;
}
