import { invalidStorageParameter } from "../azureError.ts";
import { isObject, type Properties } from "../properties.ts";

/** https://learn.microsoft.com/azure/storage/blobs/lifecycle-management-policy-structure */
const MAXIMUM_RULES = 100;
const MAXIMUM_PREFIXES = 10;
const BLOB_TYPES = ["blockBlob", "appendBlob"];
const TIERING = ["tierToCool", "tierToCold", "tierToArchive"];
const ACTIONS: Record<string, readonly string[]> = {
  baseBlob: [...TIERING, "tierToHot", "delete", "enableAutoTierToHotFromCool"],
  snapshot: [...TIERING, "tierToHot", "delete"],
  version: [...TIERING, "tierToHot", "delete"],
};
/** Snapshots and versions never change, so their age counts from their creation. */
const AGES: Record<string, readonly string[]> = {
  baseBlob: [
    "daysAfterModificationGreaterThan",
    "daysAfterLastAccessTimeGreaterThan",
    "daysAfterCreationGreaterThan",
    "daysAfterLastTierChangeGreaterThan",
  ],
  snapshot: ["daysAfterCreationGreaterThan", "daysAfterLastTierChangeGreaterThan"],
  version: ["daysAfterCreationGreaterThan", "daysAfterLastTierChangeGreaterThan"],
};

/** @throws AzureError when the rules of a management policy are not of the form that the service takes */
export function refuseInvalidLifecycleRules(rules: unknown): void {
  if (!Array.isArray(rules) || rules.length === 0 || rules.length > MAXIMUM_RULES) {
    throw invalidStorageParameter("policy.rules");
  }
  const names = rules.map(rule => (isObject(rule) ? rule.name : undefined));
  if (new Set(names).size < names.length) throw invalidStorageParameter("policy.rules.name");
  for (const [index, rule] of rules.entries()) refuseInvalidRule(rule, `policy.rules[${index}]`);
}

function refuseInvalidRule(rule: unknown, path: string): void {
  if (!isObject(rule)) throw invalidStorageParameter(path);
  if (typeof rule.name !== "string" || !/^[A-Za-z0-9-]{1,256}$/.test(rule.name)) {
    throw invalidStorageParameter(`${path}.name`);
  }
  if (rule.type !== "Lifecycle") throw invalidStorageParameter(`${path}.type`);
  if (!isObject(rule.definition)) throw invalidStorageParameter(`${path}.definition`);
  refuseInvalidFilters(rule.definition.filters, `${path}.definition.filters`);
  refuseInvalidActions(rule.definition, `${path}.definition.actions`);
}

function refuseInvalidFilters(filters: unknown, path: string): void {
  const { blobTypes, prefixMatch } = isObject(filters) ? filters : ({} as Properties);
  if (!Array.isArray(blobTypes) || blobTypes.length === 0 || !blobTypes.every(isBlobType)) {
    throw invalidStorageParameter(`${path}.blobTypes`);
  }
  if (prefixMatch !== undefined && (!Array.isArray(prefixMatch) || prefixMatch.length > MAXIMUM_PREFIXES)) {
    throw invalidStorageParameter(`${path}.prefixMatch`);
  }
}

function isBlobType(blobType: unknown): boolean {
  return BLOB_TYPES.includes(String(blobType));
}

function refuseInvalidActions({ actions }: Properties, path: string): void {
  if (!isObject(actions) || Object.keys(actions).length === 0) throw invalidStorageParameter(path);
  for (const [target, perTarget] of Object.entries(actions)) {
    const [known, ages] = [ACTIONS[target], AGES[target]];
    if (known === undefined || ages === undefined || !isObject(perTarget)) {
      throw invalidStorageParameter(`${path}.${target}`);
    }
    for (const [action, condition] of Object.entries(perTarget)) {
      const isSwitch = action === "enableAutoTierToHotFromCool" && typeof condition === "boolean";
      if (!known.includes(action) || (!isSwitch && !isAge(condition, ages))) {
        throw invalidStorageParameter(`${path}.${target}.${action}`);
      }
    }
  }
}

function isAge(condition: unknown, ages: readonly string[]): boolean {
  if (!isObject(condition) || Object.keys(condition).length === 0) return false;
  return Object.entries(condition).every(
    ([age, days]) => ages.includes(age) && typeof days === "number" && Number.isInteger(days) && days >= 0,
  );
}
