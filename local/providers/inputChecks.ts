import { isUnknown, type Properties, valueAt } from "../azure/properties.ts";
import { pathInputs } from "../azure/resourceId.ts";
import type { Limits, ResourceType } from "../azure/resourceType.ts";
import type { CheckResult } from "./hostedProvider.ts";

/** What azure-native finds wrong with inputs by itself, before Azure sees them; in its words. */
export function inputFailures(type: ResourceType, inputs: Properties): CheckResult["failures"] {
  return [...missing(type, inputs), ...beyondLimits(type, inputs)].map(reason => ({ reason }));
}

function missing(type: ResourceType, inputs: Properties): string[] {
  const required = [
    ...pathInputs(type.path),
    ...(type.required ?? []),
    ...(type.location === "regional" ? ["location"] : []),
  ];
  return required
    .filter(name => inputs[name] === undefined)
    .map(name =>
      name === "location"
        ? "missing required property 'location'. Either set it explicitly or configure it with 'pulumi config set " +
          "azure-native:location <value>'."
        : `missing required property '${name}'`,
    );
}

function beyondLimits(type: ResourceType, inputs: Properties): string[] {
  return Object.entries(type.limits ?? {}).flatMap(([path, limits]) => {
    const value = valueAt(inputs, path);
    return isUnknown(value) ? [] : violations(path, value, limits);
  });
}

function violations(path: string, value: unknown, limits: Limits): string[] {
  const { minLength = 0, maxLength = Infinity, pattern, minimum = -Infinity, maximum = Infinity } = limits;
  const found: string[] = [];
  if (typeof value === "string") {
    if (value.length < minLength) {
      found.push(`'${path}' is too short (${value.length}): at least ${minLength} characters required`);
    }
    if (value.length > maxLength) {
      found.push(`'${path}' is too long (${value.length}): at most ${maxLength} characters allowed`);
    }
    if (pattern !== undefined && !pattern.test(value)) {
      found.push(`'${path}' does not match expression '${pattern.source}'`);
    }
  }
  if (typeof value === "number") {
    if (value < minimum) found.push(`'${path}' is too low (${value.toFixed(6)} < ${minimum.toFixed(6)})`);
    if (value > maximum) found.push(`'${path}' is too high (${value.toFixed(6)} > ${maximum.toFixed(6)})`);
  }
  return found;
}
