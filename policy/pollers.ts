import type { PolicyResource } from "@pulumi/policy";
import { isAzureType } from "./azureTypes.ts";

/** A `Poller` of the stack, by what the component gives as its outputs: Azure tells nobody the settings of a function app. */
export interface DeclaredPoller {
  resource: PolicyResource;
  tenantId: string;
  contentTypes: string[];
  selfHeal: boolean;
  functionApp: PolicyResource | undefined;
}

export function declaredPollers(resources: readonly PolicyResource[]): DeclaredPoller[] {
  return resources
    .filter(({ type }) => type === "defender-siem:index:Poller")
    .map(resource => ({
      resource,
      tenantId: resource.props.tenantId,
      contentTypes: resource.props.contentTypes,
      selfHeal: resource.props.selfHeal,
      functionApp: resources.find(
        ({ type, parent }) => isAzureType(type, "web:WebApp") && parent?.urn === resource.urn,
      ),
    }));
}
