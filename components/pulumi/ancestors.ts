import type * as pulumi from "@pulumi/pulumi";

/** What the SDK keeps of every resource, though its types do not say so. */
interface Child {
  __parentResource?: pulumi.Resource;
}

/** The resource, then its parent, and so on up to the stack. */
export function* selfAndAncestors(resource: pulumi.Resource | undefined): Generator<pulumi.Resource> {
  for (let current = resource; current !== undefined; current = (current as Child).__parentResource)
    yield current;
}
