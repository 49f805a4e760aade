import * as pulumi from "@pulumi/pulumi";

/**
 * What state keeps as the inputs of a component. A resource among the arguments would be kept by its URN, so that renaming
 * it, or a component above it, shows every component that was given it as changed: its outputs stand for it, and its id for
 * one that the cloud has.
 */
export function componentInputs(args: object): pulumi.Inputs {
  return withoutResources(args) as pulumi.Inputs;
}

function withoutResources(value: unknown): unknown {
  if (typeof value !== "object" || value === null || value instanceof Promise) return value;
  if (pulumi.Output.isInstance(value)) return value;
  if (Array.isArray(value)) return value.map(withoutResources);
  if (pulumi.CustomResource.isInstance(value)) return { id: value.id };
  const parts = pulumi.ComponentResource.isInstance(value) ? outputsOf(value) : Object.entries(value);
  return Object.fromEntries(parts.map(([name, part]) => [name, withoutResources(part)]));
}

function outputsOf(component: pulumi.ComponentResource): [string, unknown][] {
  return Object.entries(component).filter(
    ([name, value]) => name !== "urn" && pulumi.Output.isInstance(value),
  );
}
