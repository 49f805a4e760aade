import { createHash, randomUUID } from "node:crypto";
import { CLOUDS } from "../clouds.ts";
import { SettingError } from "../settingError.ts";
import { parseKeyId, parseThumbprint, signWithKey } from "./keyVaultKey.ts";
import { managedIdentityToken } from "./managedIdentity.ts";
import { CredentialError, type CredentialFinder, type WantedToken } from "./proof.ts";

const VARIABLES = {
  keyId: "SIEM_CLIENT_CERTIFICATE_KEY_ID",
  thumbprint: "SIEM_CLIENT_CERTIFICATE_THUMBPRINT",
  identity: "SIEM_MANAGED_IDENTITY_CLIENT_ID",
} as const;

/**
 * A certificate of the application whose key is in a key vault and cannot leave it: SIEM_CLIENT_CERTIFICATE_KEY_ID and
 * SIEM_CLIENT_CERTIFICATE_THUMBPRINT. The vault signs, as the managed identity that SIEM_MANAGED_IDENTITY_CLIENT_ID names
 * asks it to. It goes before that identity's own token, which such an application does not trust.
 */
export const findVaultCertificate: CredentialFinder = (wanted, env) => {
  if (!wanted.forActivityApi)
    return { unusable: "it proves the application to the Management Activity API only" };
  if (!env[VARIABLES.keyId]?.trim()) return { unusable: `${VARIABLES.keyId} is not set` };
  return {
    proof: { shows: "assertion", assertion: tokenEndpoint => signedAssertion(tokenEndpoint, wanted, env) },
  };
};

/** https://learn.microsoft.com/entra/identity-platform/certificate-credentials */
async function signedAssertion(
  tokenEndpoint: string,
  { clientId, cloud }: WantedToken,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const keyId = setting(env, VARIABLES.keyId, parseKeyId);
  const thumbprint = setting(env, VARIABLES.thumbprint, parseThumbprint);
  const identity = setting(env, VARIABLES.identity, clientIdOfIdentity => clientIdOfIdentity.toLowerCase());
  const now = Math.floor(Date.now() / 1000);
  const unsigned = [
    { alg: "PS256", typ: "JWT", "x5t#S256": Buffer.from(thumbprint, "hex").toString("base64url") },
    { aud: tokenEndpoint, iss: clientId, sub: clientId, jti: randomUUID(), nbf: now, exp: now + 600 },
  ]
    .map(part => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  const { token } = await managedIdentityToken(identity, CLOUDS[cloud].keyVaultAudience, false);
  return `${unsigned}.${await signWithKey(keyId, token, createHash("sha256").update(unsigned).digest())}`;
}

function setting(env: NodeJS.ProcessEnv, name: string, parse: (value: string) => string): string {
  const value = env[name]?.trim();
  if (!value) throw new CredentialError(`${name} is not set, which ${VARIABLES.keyId} goes with.`);
  try {
    return parse(value);
  } catch (error) {
    if (error instanceof SettingError) throw new CredentialError(`${name}: ${error.message}`);
    throw error;
  }
}
