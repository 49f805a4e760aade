import * as pulumi from "@pulumi/pulumi";

let plugin: { version: string } | undefined;

/**
 * Tells, before the first resource, that this process is the plugin, which serves the providers itself: its resources
 * are of types of its own. A dynamic resource would be served from the folder of a program that may have no Node modules
 * (https://github.com/pulumi/pulumi/issues/5455).
 *
 * @param version of the plugin. Without it the engine would start another plugin for what this one declares.
 */
export function serveResourcesHere(version: string): void {
  plugin = { version };
}

/**
 * A dynamic resource whose provider is kept in state as nothing but the way to its code: a constant text that imports a
 * module of this package by the package's own name, which resolves here and where it is installed.
 *
 * `pulumi.dynamic.Resource` would keep the provider's functions there. An edit of them is then an update of every
 * resource, and `read` and `delete` of a resource go on running what was edited away
 * (https://github.com/pulumi/pulumi/issues/6490). With this text an upgrade of the package changes no resource, and
 * every operation runs the code of today. It also spares the program the compiler, which Pulumi loads to turn functions
 * into text.
 *
 * In the plugin it is a resource of this package, which the same modules provide for. A resource that was dynamic before
 * becomes it without a change.
 */
export abstract class ShimmedResource extends pulumi.CustomResource {
  /** @param providerModule what the package exports the provider's code as, such as `audit-subscription-provider`. */
  constructor(
    type: string,
    providerModule: string,
    name: string,
    properties: pulumi.Inputs,
    opts: pulumi.CustomResourceOptions | undefined,
  ) {
    const dynamicType = `pulumi-nodejs:dynamic/defender-siem:${type}`;
    if (plugin === undefined) {
      const inputs = { ...properties, __provider: shimTo(`defender-siem/${providerModule}`) };
      super(dynamicType, name, inputs, opts);
    } else {
      const { version } = plugin;
      const options = pulumi.mergeOptions(opts, { version, aliases: [{ type: dynamicType }] });
      super(`defender-siem:index:${type}`, name, properties, options);
    }
  }
}

/**
 * CommonJS, evaluated by Pulumi's plugin for dynamic providers, which calls `handler` and then these methods. It is in
 * every state: whatever changes here changes every resource once.
 */
function shimTo(specifier: string): string {
  return `exports.handler = () => {
  const provider = () => import(${JSON.stringify(specifier)});
  return {
    async check(olds, news) { return (await provider()).check(olds, news); },
    async diff(id, olds, news) { return (await provider()).diff(id, olds, news); },
    async create(inputs) { return (await provider()).create(inputs); },
    async read(id, props) { return (await provider()).read(id, props); },
    async update(id, olds, news) { return (await provider()).update(id, olds, news); },
    async delete(id, props) { return (await provider()).remove(id, props); },
  };
};
`;
}
