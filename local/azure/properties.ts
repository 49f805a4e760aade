import { isDeepStrictEqual } from "node:util";

/** Inputs or outputs of a resource as Pulumi's SDK shapes them: plain JSON values. */
export type Properties = Record<string, unknown>;

/** What Pulumi's engine sends in a preview for a string, number and so on that is not known yet. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const UNKNOWNS: unknown[] = [
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
];

export function isUnknown(value: unknown): boolean {
  return UNKNOWNS.includes(value);
}

export function isObject(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether the value or any part of it is unknown. */
export function containsUnknown(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(containsUnknown);
  return isUnknown(value);
}

/** The value at a path such as `deleteRetentionPolicy.days`; undefined when any part of the way is missing. */
export function valueAt(properties: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), properties);
}

export function omit(properties: Properties, keys: Iterable<string>): Properties {
  const omitted = new Set(keys);
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !omitted.has(key)));
}

/** `properties` changed by `patch`: objects property by property, everything else as a whole; undefined removes. */
export function merged(properties: Properties, patch: Properties): Properties {
  const result = { ...properties };
  for (const [key, value] of Object.entries(patch)) {
    const current = result[key];
    if (value === undefined) delete result[key];
    else result[key] = isObject(current) && isObject(value) ? merged(current, value) : value;
  }
  return result;
}

/**
 * The inputs that a refresh puts into Pulumi's state: the old ones, changed wherever the service's answer has changed
 * since the last time. What the service merely adds, such as a default, is in both answers and stays out.
 */
export function driftedInputs(inputs: Properties, before: Properties, after: Properties): Properties {
  const drifted = { ...inputs };
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (isDeepStrictEqual(before[key], after[key])) continue;
    if (after[key] === undefined) delete drifted[key];
    else drifted[key] = driftedValue(inputs[key], before[key], after[key]);
  }
  return drifted;
}

function driftedValue(input: unknown, before: unknown, after: unknown): unknown {
  return isObject(input) && isObject(before) && isObject(after) ? driftedInputs(input, before, after) : after;
}
