import type { PolicyResource } from "@pulumi/policy";
import { isAzureType } from "./azureTypes.ts";

/** A `Poller` of the stack, by what the component gives as its outputs: Azure tells nobody the settings of a function app. */
export interface DeclaredPoller {
  resource: PolicyResource;
  /** The tenants that it collects: several, or one. */
  tenants: { tenantId: string; contentTypes: string[] }[];
  selfHeal: boolean;
  functionApp: PolicyResource | undefined;
}

export function declaredPollers(resources: readonly PolicyResource[]): DeclaredPoller[] {
  return resources
    .filter(({ type }) => type === "defender-siem:index:Poller")
    .map(resource => ({
      resource,
      tenants: tenantsOf(resource),
      selfHeal: resource.props.selfHeal,
      functionApp: resources.find(
        ({ type, parent }) => isAzureType(type, "web:WebApp") && parent?.urn === resource.urn,
      ),
    }));
}

function tenantsOf({ props }: PolicyResource): DeclaredPoller["tenants"] {
  const several = Object.values<DeclaredPoller["tenants"][number]>(props.tenants ?? {});
  return several.length > 0 ? several : [{ tenantId: props.tenantId, contentTypes: props.contentTypes }];
}
