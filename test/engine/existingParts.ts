import type { Properties } from "../../local/azure/properties.ts";
import type { ArmResource } from "../../local/azure/resourceType.ts";
import { resourceTypeOf } from "../../local/azure/resourceTypes/index.ts";
import type { LocalTenant } from "../../local/tenant.ts";

const LOCATION = "westeurope";

/** Makes an Azure resource as its owner would, outside of Pulumi. */
export async function makeInAzure(
  { resourceManager }: LocalTenant,
  token: string,
  inputs: Properties,
): Promise<ArmResource> {
  return await resourceManager.put(resourceTypeOf(`azure-native:${token}`), {
    location: LOCATION,
    ...inputs,
  });
}

/**
 * Registers an application as a directory team would that knows who is going to act as it: the deployment pipeline and a
 * managed identity. An administrator has consented to ActivityFeed.Read.
 */
export function registerTrustingApplication(
  { directory, entra, pipeline }: LocalTenant,
  identity: ArmResource,
) {
  const { objectId, clientId } = directory.createApplication({ displayName: "Contoso SIEM" });
  const { objectId: servicePrincipalObjectId } = directory.createServicePrincipal(clientId);
  const issuer = `${entra.url}/${directory.tenantId}/v2.0`;
  const trusted = {
    pipeline: { issuer: pipeline.issuer, subject: pipeline.subject },
    poller: { issuer, subject: String(identity.outputs.principalId) },
  };
  for (const [name, token] of Object.entries(trusted))
    directory.addFederatedCredential(objectId, { name, ...token, audiences: ["api://AzureADTokenExchange"] });
  const api = directory.findServicePrincipalByClientId("c5393580-f805-4401-95e8-94b7a6ef2fc2")!;
  directory.assignAppRole({
    appRoleId: api.appRoles.find(({ value }) => value === "ActivityFeed.Read")!.id,
    principalObjectId: servicePrincipalObjectId,
    resourceObjectId: api.objectId,
  });
  return { clientId, objectId, servicePrincipalObjectId };
}
