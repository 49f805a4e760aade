import type * as pulumi from "@pulumi/pulumi";
import type { ConstructResult, Provider } from "@pulumi/pulumi/provider/index.js";
import { type LifecycleModule, lifecycleOf } from "./lifecycles.ts";
import { concealed, type Properties, revealed, secretNames } from "./secrets.ts";
import { ServedSchema } from "./servedSchema.ts";

/**
 * The components, and the resources that they are made of besides Azure's and Entra's, for programs in any language.
 *
 * Pulumi's own host for components serves CommonJS only, and no unions, which sinks are. Pulumi's server around this class
 * does the protocol; what it leaves to its providers is to take secrets out of their wrapping and to wrap them again.
 */
export class SiemProvider implements Provider {
  readonly #schema = new ServedSchema();
  readonly version = this.#schema.version;

  async getSchema(): Promise<string> {
    return this.#schema.text;
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<ConstructResult> {
    // Loaded here: the whole of Pulumi's SDK takes half a second, which neither the schema nor a resource has to wait for.
    const { constructComponent } = await import("./components.ts");
    return await constructComponent(this.#schema, { name, type, inputs, options });
  }

  async check(urn: pulumi.URN, olds: Properties, news: Properties) {
    const { inputs, failures } = await (await lifecycle(urn)).check(known(olds), known(news));
    return { inputs: concealed(inputs, this.#secrets(urn, news)), failures };
  }

  async diff(id: pulumi.ID, urn: pulumi.URN, olds: Properties, news: Properties) {
    return await (await lifecycle(urn)).diff(id, known(olds), known(news));
  }

  async create(urn: pulumi.URN, inputs: Properties) {
    const secrets = this.#secrets(urn, inputs);
    const { create } = await lifecycle(urn);
    const { id, outs } = await create(known(inputs)).catch(error => failPartially(error, secrets));
    return { id, outs: concealed(outs, secrets) };
  }

  async read(id: pulumi.ID, urn: pulumi.URN, props: Properties) {
    const found = await (await lifecycle(urn)).read(id, known(props));
    if (found.id === undefined) return {};
    const secrets = this.#secrets(urn, props);
    const inputs = found.inputs && concealed(found.inputs, secrets);
    return { id: found.id, props: concealed(found.props, secrets), inputs };
  }

  async update(id: pulumi.ID, urn: pulumi.URN, olds: Properties, news: Properties) {
    const secrets = this.#secrets(urn, news);
    const { update } = await lifecycle(urn);
    const { outs } = await update(id, known(olds), known(news)).catch(error => failPartially(error, secrets));
    return { outs: concealed(outs, secrets) };
  }

  async delete(id: pulumi.ID, urn: pulumi.URN, props: Properties): Promise<void> {
    await (await lifecycle(urn)).remove(id, known(props));
  }

  /** What came as one, and what the schema says is one however it came. */
  #secrets(urn: pulumi.URN, properties: Properties): ReadonlySet<string> {
    const { inputProperties } = this.#schema.resource(typeOf(urn));
    const declared = Object.keys(inputProperties).filter(name => inputProperties[name]!.secret);
    return new Set([...secretNames(properties), ...declared]);
  }
}

function lifecycle(urn: pulumi.URN): Promise<LifecycleModule> {
  return lifecycleOf(typeOf(urn));
}

/** The last of the types in a URN, which begins with those of the parents. */
function typeOf(urn: pulumi.URN): string {
  return urn.split("::")[2]!.split("$").at(-1)!;
}

/** Without what a dynamic resource keeps of its provider, in the state of one that has moved here. */
function known(properties: Properties): Properties {
  const { __provider: _, ...others } = revealed(properties);
  return others;
}

/** With the properties of an error that says that the resource exists and is not ready. */
function failPartially(error: unknown, secrets: ReadonlySet<string>): never {
  const { properties } = error as { properties?: Properties };
  throw properties === undefined
    ? error
    : Object.assign(error as Error, { properties: concealed(properties, secrets) });
}
