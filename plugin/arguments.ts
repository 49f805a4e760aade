import * as pulumi from "@pulumi/pulumi";
import { type Problem, refusal } from "./refusal.ts";
import type { ObjectSpec, PropertySpec, ResourceSpec, TypeSpec } from "./schema/specs.ts";
import type { ServedSchema } from "./servedSchema.ts";

/**
 * Refuses what the types of a typed language would not let through: missing arguments, resources in place of their
 * outputs, and outputs where a component has to know a value when the program runs.
 *
 * @throws InputPropertiesError or Error with all of them.
 */
export function refuseWhatCannotBe(inputs: pulumi.Inputs, spec: ResourceSpec, schema: ServedSchema): void {
  const { inputProperties, requiredInputs } = spec;
  const missing = requiredInputs
    .filter(name => inputs[name] === undefined || inputs[name] === null)
    .map(name => ({ propertyPath: name, reason: `The ${name} is missing. Declare it.` }));
  const given = problemsOfParts("", inputs, name => inputProperties[name], schema);
  const problems = [...missing, ...given];
  if (problems.length > 0) throw refusal(problems, inputs, spec);
}

function problemsOf(
  propertyPath: string,
  value: unknown,
  spec: PropertySpec | undefined,
  schema: ServedSchema,
): Problem[] {
  if (spec === undefined || typeof value !== "object" || value === null) return [];
  if (pulumi.Output.isInstance(value)) return spec.plain ? [{ propertyPath, reason: UNKNOWN_BY_NOW }] : [];
  if (pulumi.Resource.isInstance(value)) return [{ propertyPath, reason: NO_RESOURCE }];
  if (Array.isArray(value))
    return value.flatMap((item, index) => problemsOf(`${propertyPath}[${index}]`, item, spec.items, schema));
  const properties = propertiesOf(spec, value, schema);
  return problemsOfParts(
    `${propertyPath}.`,
    value,
    name => properties?.[name] ?? spec.additionalProperties,
    schema,
  );
}

function problemsOfParts(
  prefix: string,
  parts: object,
  specOf: (name: string) => PropertySpec | undefined,
  schema: ServedSchema,
): Problem[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    problemsOf(`${prefix}${name}`, part, specOf(name), schema),
  );
}

/** Of a named type, or of the one among several that a word in the value names. */
function propertiesOf({ $ref, discriminator }: TypeSpec, value: object, schema: ServedSchema) {
  const word = discriminator && (value as Record<string, unknown>)[discriminator.propertyName];
  const reference = $ref ?? discriminator?.mapping[String(word)];
  return reference === undefined ? undefined : (schema.type(reference) as ObjectSpec).properties;
}

const UNKNOWN_BY_NOW =
  "It is an output of another resource, or a secret, and decides which resources there are, so that it has to be known " +
  "when the program runs. Give a value, or one from the stack's configuration.";

const NO_RESOURCE = "It is a resource. Give an object of its outputs, with the names that this argument has.";
