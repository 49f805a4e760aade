/*
 * The part of Pulumi's package schema that is used here:
 * https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */

export interface TypeSpec {
  type?: "string" | "integer" | "boolean" | "array" | "object";
  items?: TypeSpec;
  additionalProperties?: TypeSpec;
  $ref?: string;
  oneOf?: TypeSpec[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  /** Whether the value itself must be known when the program runs, and be no output of another resource. */
  plain?: true;
}

export interface PropertySpec extends TypeSpec {
  description?: string;
  const?: string;
  secret?: true;
}

export interface ObjectSpec {
  type: "object";
  description?: string;
  properties: Record<string, PropertySpec>;
  required: string[];
}

export interface EnumSpec {
  type: "string";
  description?: string;
  enum: { value: string; description?: string }[];
}

export interface ResourceSpec extends ObjectSpec {
  isComponent?: true;
  inputProperties: Record<string, PropertySpec>;
  requiredInputs: string[];
  aliases?: { type: string }[];
}

export interface PackageSpec {
  name: string;
  version: string;
  [setting: string]: unknown;
  types: Record<string, ObjectSpec | EnumSpec>;
  resources: Record<string, ResourceSpec>;
}
