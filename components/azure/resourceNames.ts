import type * as pulumi from "@pulumi/pulumi";
import { checked, parseOrRefuse } from "../pulumi/validation.ts";

/**
 * Names for the Azure resources whose names matter to people: those of a naming convention, and those that become host
 * names. Each defaults to a derived or generated one that no other stack has. Resources below these, such as containers
 * and subnets, are named after what they hold.
 */
export interface ResourceNames {
  /** Name of the resource group. Defaults to a generated one. */
  resourceGroup?: pulumi.Input<string>;
  /** Name of the managed identity that the poller runs as. Defaults to a generated one. */
  identity?: pulumi.Input<string>;
  /** Name of the storage account of events, 3 to 24 lower-case letters and digits. Defaults to a derived one. */
  eventStorage?: pulumi.Input<string>;
  /** Name of the storage account of the Functions host, 3 to 24 lower-case letters and digits. Defaults to a derived one. */
  hostStorage?: pulumi.Input<string>;
  /** Name of the function app. Defaults to a derived one. */
  functionApp?: pulumi.Input<string>;
  /** Name of the function app's plan. Defaults to a generated one. */
  plan?: pulumi.Input<string>;
  /** Name of the virtual network. Defaults to a generated one. */
  virtualNetwork?: pulumi.Input<string>;
  /** Name of the Log Analytics workspace. Defaults to a generated one. */
  workspace?: pulumi.Input<string>;
}

interface NameRule {
  pattern: RegExp;
  allowed: string;
}

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const RULES: Record<keyof ResourceNames, NameRule> = {
  resourceGroup: {
    pattern: /^[-\p{L}\p{N}._()]{0,89}[-\p{L}\p{N}_()]$/u,
    allowed: "1 to 90 letters, digits, '-', '_', '.', '(' and ')', and no '.' at the end",
  },
  identity: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/,
    allowed: "3 to 128 letters, digits, '-' and '_', beginning with a letter or digit",
  },
  eventStorage: { pattern: /^[a-z0-9]{3,24}$/, allowed: "3 to 24 lower-case letters and digits" },
  hostStorage: { pattern: /^[a-z0-9]{3,24}$/, allowed: "3 to 24 lower-case letters and digits" },
  functionApp: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]$/,
    allowed: "2 to 60 letters, digits and '-', and no '-' at the ends",
  },
  plan: { pattern: /^[A-Za-z0-9_-]{1,60}$/, allowed: "1 to 60 letters, digits, '-' and '_'" },
  virtualNetwork: {
    pattern: /^[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9_])?$/,
    allowed:
      "1 to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit, and ending with one or '_'",
  },
  workspace: {
    pattern: /^[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]$/,
    allowed: "4 to 63 letters, digits and '-', and no '-' at the ends",
  },
};

/**
 * The name that was given to a resource, checked by Azure's rules for its type.
 *
 * @returns undefined where none was given.
 * @throws pulumi.ResourceError for a name that Azure would refuse, and for a resource that has no name to give.
 */
export function givenName(
  resource: pulumi.Resource,
  names: ResourceNames | undefined,
  named: keyof ResourceNames,
): pulumi.Output<string> | undefined {
  for (const key of Object.keys(names ?? {})) parseOrRefuse(resource, `names.${key}`, key, parseNamed);
  const name = names?.[named];
  if (name === undefined || name === "") return undefined;
  return checked(resource, `names.${named}`, name, value => parseName(value, RULES[named]));
}

function parseNamed(key: string): string {
  if (key in RULES) return key;
  throw new Error(`There is no such name to give. Use ${Object.keys(RULES).join(", ")}.`);
}

function parseName(value: string, { pattern, allowed }: NameRule): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is not a name that Azure takes. Use ${allowed}.`);
}
