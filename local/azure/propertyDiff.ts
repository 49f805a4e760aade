import { isDeepStrictEqual } from "node:util";
import { isObject, type Properties } from "./properties.ts";

export type ChangeKind = "add" | "update" | "delete";

export interface PropertyChange {
  /** Where, in Pulumi's notation: `siteConfig.appSettings[2].value`. */
  path: string;
  kind: ChangeKind;
  replaces: boolean;
}

/**
 * Compares inputs property by property.
 * @param createOnly paths, with `[]` for any element of a list, of what can only be set when the resource is created
 */
export function diffProperties(
  olds: Properties,
  news: Properties,
  createOnly: readonly string[] = [],
): PropertyChange[] {
  return compareObjects(olds, news, "").map(change => ({
    ...change,
    replaces: createOnly.some(path => isWithin(change.path, path)),
  }));
}

type Change = Omit<PropertyChange, "replaces">;

function compareObjects(olds: Properties, news: Properties, prefix: string): Change[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)]);
  return [...keys].flatMap(key => compare(olds[key], news[key], prefix + key));
}

function compare(oldValue: unknown, newValue: unknown, path: string): Change[] {
  if (isDeepStrictEqual(oldValue, newValue) || isSameLocation(path, oldValue, newValue)) return [];
  if (oldValue === undefined) return [{ path, kind: "add" }];
  if (newValue === undefined) return [{ path, kind: "delete" }];
  if (isObject(oldValue) && isObject(newValue)) return compareObjects(oldValue, newValue, `${path}.`);
  if (Array.isArray(oldValue) && Array.isArray(newValue)) {
    const longest = oldValue.length > newValue.length ? oldValue : newValue;
    return longest.flatMap((_, index) => compare(oldValue[index], newValue[index], `${path}[${index}]`));
  }
  return [{ path, kind: "update" }];
}

/** "West Europe" and "westeurope" are one region. */
function isSameLocation(path: string, oldValue: unknown, newValue: unknown): boolean {
  if (path !== "location" || typeof oldValue !== "string" || typeof newValue !== "string") return false;
  return normalizedLocation(oldValue) === normalizedLocation(newValue);
}

export function normalizedLocation(location: string): string {
  return location.replaceAll(" ", "").toLowerCase();
}

function isWithin(path: string, createOnlyPath: string): boolean {
  const anyElement = path.replaceAll(/\[\d+\]/g, "[]");
  return (
    [".", "["].some(next => anyElement.startsWith(createOnlyPath + next)) || anyElement === createOnlyPath
  );
}
