import { DefaultAzureCredential, ManagedIdentityCredential, type TokenCredential } from "@azure/identity";

/**
 * What the poller proves itself with to Azure's own services.
 *
 * @param managedIdentityClientId the user-assigned identity that it runs as; undefined for whatever @azure/identity finds.
 */
export function azureCredential(managedIdentityClientId: string | undefined): TokenCredential {
  if (managedIdentityClientId === undefined) return new DefaultAzureCredential();
  return new ManagedIdentityCredential({ clientId: managedIdentityClientId });
}
