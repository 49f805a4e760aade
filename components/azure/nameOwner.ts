import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import * as pulumi from "@pulumi/pulumi";
import type { NameOwner } from "./naming.ts";

/** Who owns a resource whose name is derived: the component called `component`, in this stack and subscription. */
export function nameOwner(component: string, parent: pulumi.Resource | undefined): pulumi.Output<NameOwner> {
  return getClientConfigOutput({ parent }).apply(({ subscriptionId }) => ({
    subscriptionId,
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    component,
  }));
}
