import type * as pulumi from "@pulumi/pulumi";
import { selfAndAncestors } from "./ancestors.ts";

/** What the SDK keeps of every resource, though its types do not say so. */
interface Named {
  __name?: string;
  __aliases?: pulumi.Output<pulumi.URN>[];
}

/**
 * The names that a component had before, by its own aliases and by those of the components above, after which it is named.
 * For a child whose name does not begin with that of the component: the engine finds the former name of any other.
 */
export function formerNames(component: pulumi.Resource): pulumi.Output<string>[] {
  const { __name: name = "" } = component as Named;
  return [...selfAndAncestors(component)].flatMap(resource => {
    const { __name: stem = "", __aliases: aliases = [] } = resource as Named;
    if (!name.startsWith(stem)) return [];
    return aliases.map(alias => alias.apply(urn => lastPart(urn) + name.slice(stem.length)));
  });
}

function lastPart(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + "::".length);
}
