import * as pulumi from "@pulumi/pulumi";
import type { ConstructResult } from "@pulumi/pulumi/provider/index.js";
import { serveResourcesHere } from "../components/pulumi/shimmedResource.ts";
import { refuseWhatCannotBe } from "./arguments.ts";
import { type Problem, refusal } from "./refusal.ts";
import type { ResourceSpec } from "./schema/specs.ts";
import type { ServedSchema } from "./servedSchema.ts";

/** A component as another program declares it. */
export interface DeclaredComponent {
  name: string;
  /** Token, such as defender-siem:index:SiemIntegration. */
  type: string;
  inputs: pulumi.Inputs;
  options: pulumi.ComponentResourceOptions;
}

type ComponentClass = new (
  name: string,
  args: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource & Record<string, pulumi.Input<unknown>>;

/**
 * Constructs a component for a program in another language.
 *
 * @throws InputPropertiesError or Error for arguments that cannot be meant.
 */
export async function constructComponent(
  schema: ServedSchema,
  { name, type, inputs, options }: DeclaredComponent,
): Promise<ConstructResult> {
  const spec = schema.component(type);
  refuseWhatCannotBe(inputs, spec, schema);
  serveResourcesHere(schema.version);
  const Component = await classOf(type);
  const component = construct(Component, { name, type, inputs, options }, spec);
  const state = Object.keys(spec.properties).map(property => [property, component[property]]);
  return { urn: component.urn, state: Object.fromEntries(state) };
}

/** Loaded here: Azure's and Entra's classes take a while, and arguments that are refused need none of them. */
async function classOf(type: string): Promise<ComponentClass> {
  const classes: Record<string, unknown> = await import("../components/index.ts");
  return classes[type.slice(type.lastIndexOf(":") + 1)] as ComponentClass;
}

function construct(
  Component: ComponentClass,
  { name, inputs, options }: DeclaredComponent,
  spec: ResourceSpec,
): InstanceType<ComponentClass> {
  try {
    return new Component(name, inputs, options);
  } catch (error) {
    const problem = problemOf(error, spec);
    throw problem === undefined ? error : refusal([problem], inputs, spec);
  }
}

/** What a component refuses begins with the argument. Told apart, the engine can show its value beside it. */
function problemOf(error: unknown, { inputProperties }: ResourceSpec): Problem | undefined {
  if (!pulumi.ResourceError.isInstance(error)) return undefined;
  const [, propertyPath = "", property = "", reason = ""] =
    /^((\w+)[^:\s]*): (.*)$/s.exec(error.message) ?? [];
  return Object.hasOwn(inputProperties, property) ? { propertyPath, reason } : undefined;
}
