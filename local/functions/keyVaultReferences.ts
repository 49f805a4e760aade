import type { FunctionApp } from "../azure/resourceManagerHooks.ts";

/** Reads a secret as a principal; undefined when it may not, or there is no such secret. */
export type ReadSecret = (principalObjectId: string, secretUri: string) => string | undefined;

/** https://learn.microsoft.com/azure/app-service/app-service-key-vault-references */
const REFERENCE = /^@Microsoft\.KeyVault\(SecretUri=([^)]+)\)$/;

/**
 * Application settings as the code gets them: with the secrets in place of the references to them. The platform reads
 * them as the identity that the app names for it; a reference that it cannot resolve stays as it is, without an error.
 */
export function resolvedSettings(
  { appSettings, keyVaultReferenceIdentity }: FunctionApp,
  readSecret: ReadSecret,
): Record<string, string> {
  const resolved = Object.entries(appSettings).map(([name, value]) => {
    const secretUri = REFERENCE.exec(value)?.[1];
    if (secretUri === undefined || keyVaultReferenceIdentity === undefined) return [name, value];
    return [name, readSecret(keyVaultReferenceIdentity.principalId, secretUri) ?? value];
  });
  return Object.fromEntries(resolved);
}
