import type { EnumSpec, ObjectSpec, PackageSpec, ResourceSpec } from "./schema/specs.ts";
import golden from "./schema.json" with { type: "json" };

/** The schema as it is served, which also tells what there is to serve. */
export class ServedSchema {
  readonly #schema = golden as PackageSpec;

  get text(): string {
    return JSON.stringify(this.#schema);
  }

  get version(): string {
    return this.#schema.version;
  }

  /** @throws Error with what is served, for anything else. */
  component(type: string): ResourceSpec {
    return this.#find(type, true);
  }

  /** A resource that this package has a provider of its own for. @throws likewise. */
  resource(type: string): ResourceSpec {
    return this.#find(type, false);
  }

  /** What a `$ref` points to. */
  type(reference: string): ObjectSpec | EnumSpec {
    return this.#schema.types[reference.replace("#/types/", "")]!;
  }

  #find(type: string, isComponent: boolean): ResourceSpec {
    const found = this.#schema.resources[type];
    if (found !== undefined && (found.isComponent ?? false) === isComponent) return found;
    const served = Object.entries(this.#schema.resources)
      .filter(([, spec]) => (spec.isComponent ?? false) === isComponent)
      .map(([token]) => token);
    throw new Error(
      `${type} is no ${isComponent ? "component" : "resource"} of defender-siem ${this.version}. It has ${served.join(", ")}.`,
    );
  }
}
