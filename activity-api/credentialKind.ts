import { SettingError } from "./settingError.ts";

/**
 * How the application proves to Entra that it is itself. Credentials come from the environment only, never from code,
 * configuration or state. One is chosen by its word, or, with "auto", the first of this list that is there is used:
 *
 * | word | found by | Management Activity API | Azure Resource Manager |
 * |---|---|---|---|
 * | `certificate` | `SIEM_`, `ARM_` or `AZURE_CLIENT_CERTIFICATE_PATH` | of the same client id | of the same client id |
 * | `clientSecret` | `SIEM_`, `ARM_` or `AZURE_CLIENT_SECRET` | of the same client id | of the same client id |
 * | `vaultCertificate` | `SIEM_CLIENT_CERTIFICATE_KEY_ID` | signed for by the key vault, as the managed identity asks it to | no |
 * | `managedIdentity` | `SIEM_MANAGED_IDENTITY_CLIENT_ID`; for Azure `ARM_USE_MSI=true` | as federated credential, or as itself where the client id is its own | as itself |
 * | `oidcToken` | `ARM_OIDC_TOKEN`, `ARM_OIDC_TOKEN_FILE_PATH` | yes | yes |
 * | `workloadIdentity` | `AZURE_FEDERATED_TOKEN_FILE` | yes | yes |
 * | `githubActions` | `ACTIONS_ID_TOKEN_REQUEST_URL` | yes | yes |
 * | `azureDevOps` | `SYSTEM_OIDCREQUESTURI` | yes | yes |
 * | `azureCli` | `az` on PATH | only when chosen | last |
 *
 * What somebody set for this very application goes before what a platform offers to every application. The first that is
 * there decides: when Entra refuses it, the next one is not tried, since a run that works by accident with another
 * credential breaks by accident too.
 */
export const CredentialKind = {
  /** A PEM file with a certificate and its key. */
  certificate: "certificate",
  /** A client secret, for those who have nothing better. */
  clientSecret: "clientSecret",
  /** A certificate whose key is in a key vault, which signs for a managed identity. */
  vaultCertificate: "vaultCertificate",
  /** A user-assigned managed identity that the application trusts, or that is the client itself. */
  managedIdentity: "managedIdentity",
  /** An OpenID Connect token that a CI system handed out. */
  oidcToken: "oidcToken",
  /** The token file of a Kubernetes workload. */
  workloadIdentity: "workloadIdentity",
  /** The token that GitHub Actions gives a job. */
  githubActions: "githubActions",
  /** The token that Azure DevOps gives a service connection. */
  azureDevOps: "azureDevOps",
  /** Whoever is logged in to the Azure CLI. */
  azureCli: "azureCli",
} as const;
export type CredentialKind = (typeof CredentialKind)[keyof typeof CredentialKind];

/**
 * The kind of credential named by `value`, in any letter case, or "auto".
 *
 * @throws SettingError with the words that are allowed.
 */
export function parseCredential(value: string): CredentialKind | "auto" {
  const words = ["auto", ...Object.values(CredentialKind)] as const;
  const found = words.find(word => word.toLowerCase() === value.toLowerCase());
  if (found === undefined)
    throw new SettingError(`"${value}" is not a kind of credential. Use ${words.join(", ")}.`);
  return found;
}
