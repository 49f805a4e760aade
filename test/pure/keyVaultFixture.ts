import type { X509Certificate } from "node:crypto";
import { BUILT_IN_ROLES } from "../../local/azure/resourceTypes/builtInRoles.ts";
import { type DeclaredVault, type LocalKeyVaults, startKeyVaults } from "../../local/keyVault/keyVaults.ts";
import { type EntraFixture, registerReader } from "./localEntraFixture.ts";
import { grant } from "./sinkFixture.ts";

export const VAULT: DeclaredVault = {
  name: "siem",
  resourceId:
    "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.KeyVault/vaults/siem",
};

export const KEY_VAULT_CRYPTO_USER = "12338af0-0e69-4776-bea7-57ae8d297424";

/** What the stand-in wants of a certificate, and no more. */
export const CERTIFICATE_POLICY = {
  issuer: { name: "Self" },
  key_props: { kty: "RSA", key_size: 2048, exportable: false },
  x509_props: { subject: "CN=reader" },
};

/** A vault of the local tenant on which nobody has a role yet, and a deployer. */
export interface KeyVaultFixture {
  vaults: LocalKeyVaults;
  uri: string;
  deployer: { clientId: string; clientSecret: string; principalObjectId: string };
  /** Milliseconds by which the vault's clock is ahead. */
  clock: { aheadMilliseconds: number };
  grant(role: string, principalObjectId: string): void;
  revokeAll(): void;
  /** From behind, with nobody's role. */
  makeCertificate(): Promise<{ keyId: string; certificate: X509Certificate }>;
  close(): Promise<void>;
}

export async function startKeyVaultFixture({
  tls,
  entra,
  directory,
}: Pick<EntraFixture, "tls" | "entra" | "directory">): Promise<KeyVaultFixture> {
  let grants: ReturnType<typeof grant>[] = [];
  const clock = { aheadMilliseconds: 0 };
  const vaults = await startKeyVaults({
    tls,
    verifyToken: token => entra.verify(token),
    roleAssignments: () => grants,
    vaults: () => [VAULT],
    now: () => Date.now() + clock.aheadMilliseconds,
  });
  const { application, servicePrincipal } = registerReader(directory);
  const { secretText } = directory.addPassword(application.objectId);
  return {
    vaults,
    uri: `${vaults.url}/${VAULT.name}/`,
    deployer: {
      clientId: application.clientId,
      clientSecret: secretText,
      principalObjectId: servicePrincipal.objectId,
    },
    clock,
    grant: (role, principalObjectId) => {
      const [id] = Object.entries(BUILT_IN_ROLES).find(([, name]) => name === role)!;
      grants.push(grant(id, principalObjectId, VAULT.resourceId));
    },
    revokeAll: () => {
      grants = [];
    },
    makeCertificate: async () => {
      const made = await vaults.certificatesOf(VAULT.name).create("reader", CERTIFICATE_POLICY);
      const keyId = `${vaults.url}/${VAULT.name}/keys/reader/${made.version}`;
      return { keyId, certificate: made.certificate };
    },
    close: () => vaults.close(),
  };
}
