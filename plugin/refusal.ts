import * as pulumi from "@pulumi/pulumi";
import type { ResourceSpec } from "./schema/specs.ts";

/** What is wrong with an argument. */
export interface Problem {
  /** Such as `sinks.hub.kind` or `contentTypes[0]`. */
  propertyPath: string;
  reason: string;
}

/**
 * The error that refuses arguments. The engine prints the value of each argument that it is told of as such, be it a secret
 * or something that holds one: those are named in the text alone.
 */
export function refusal(
  problems: Problem[],
  inputs: pulumi.Inputs,
  { inputProperties }: ResourceSpec,
): Error | pulumi.InputPropertiesError {
  const mayBeShown = problems.every(({ propertyPath }) => {
    const names = propertyPath.split(/[.[\]]+/).filter(name => name !== "");
    return !inputProperties[names[0]!]?.secret && !holdsOutput(valueAt(inputs, names));
  });
  if (mayBeShown) return new pulumi.InputPropertiesError({ message: "", errors: problems });
  return new Error(problems.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`).join("\n"));
}

function valueAt(value: unknown, [name, ...further]: string[]): unknown {
  if (name === undefined || !isObject(value) || pulumi.Output.isInstance(value)) return value;
  return valueAt((value as Record<string, unknown>)[name], further);
}

/** Outputs are what is secret, and what is known later. */
function holdsOutput(value: unknown): boolean {
  if (!isObject(value)) return false;
  return (
    pulumi.Output.isInstance(value) ||
    pulumi.Resource.isInstance(value) ||
    Object.values(value).some(holdsOutput)
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
