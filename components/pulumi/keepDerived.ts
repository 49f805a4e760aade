import * as pulumi from "@pulumi/pulumi";

/**
 * Options for a resource with a property that is derived from the name of its component, or of the stack, when none is
 * given: what was derived first stays. A component that is renamed with an alias, and a stack that is renamed, would derive
 * another, for which Azure replaces the resource: a storage account with all events in it. Only for what Azure lets nobody
 * change: drift of the property does not show any more.
 *
 * @param given what the user gave, whose changes count.
 */
export function keepDerived<Options extends pulumi.CustomResourceOptions>(
  property: string,
  given: unknown,
  opts: Options,
): Options {
  return given === undefined ? (pulumi.mergeOptions(opts, { ignoreChanges: [property] }) as Options) : opts;
}
