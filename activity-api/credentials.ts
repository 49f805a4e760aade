import { CredentialKind } from "./credentialKind.ts";
import { findAzureCli } from "./credentials/azureCli.ts";
import { findAzureDevOps } from "./credentials/azureDevOps.ts";
import { findCertificate } from "./credentials/certificate.ts";
import { findClientSecret } from "./credentials/clientSecret.ts";
import { findGithubActions } from "./credentials/githubActions.ts";
import { findManagedIdentity } from "./credentials/managedIdentity.ts";
import { findOidcToken } from "./credentials/oidcToken.ts";
import type { CredentialFinder, Finding, Proof, WantedToken } from "./credentials/proof.ts";
import { findVaultCertificate } from "./credentials/vaultCertificate.ts";
import { findWorkloadIdentity } from "./credentials/workloadIdentity.ts";

/** In the order of discovery. */
const finders: Readonly<Record<CredentialKind, CredentialFinder>> = {
  certificate: findCertificate,
  clientSecret: findClientSecret,
  vaultCertificate: findVaultCertificate,
  managedIdentity: findManagedIdentity,
  oidcToken: findOidcToken,
  workloadIdentity: findWorkloadIdentity,
  githubActions: findGithubActions,
  azureDevOps: findAzureDevOps,
  azureCli: findAzureCli,
};

export interface CredentialSearch {
  /** The kind that is used, or `undefined` where none is there. */
  found: { kind: CredentialKind; proof: Proof } | undefined;
  /** The kinds that come before it, each with the reason why it cannot be used. */
  passedOver: { kind: CredentialKind; reason: string }[];
}

/** The credential of the chosen kind, or with "auto" the first in the order of `CredentialKind`. */
export function findCredential(
  chosen: CredentialKind | "auto",
  wanted: WantedToken,
  env: NodeJS.ProcessEnv,
): CredentialSearch {
  const passedOver: CredentialSearch["passedOver"] = [];
  for (const kind of chosen === "auto" ? Object.values(CredentialKind) : [chosen]) {
    const finding = look(kind, chosen, wanted, env);
    if ("proof" in finding) return { found: { kind, proof: finding.proof }, passedOver };
    passedOver.push({ kind, reason: finding.unusable });
  }
  return { found: undefined, passedOver };
}

function look(
  kind: CredentialKind,
  chosen: CredentialKind | "auto",
  wanted: WantedToken,
  env: NodeJS.ProcessEnv,
): Finding {
  if (kind === "azureCli" && chosen === "auto" && wanted.forActivityApi)
    return {
      unusable: "used only when chosen, since a subscription started with it would belong to the Azure CLI",
    };
  const finding = finders[kind](wanted, env);
  if ("proof" in finding && finding.proof.shows !== "token" && wanted.clientId === undefined)
    return { unusable: "it proves an application, and no client id is given" };
  return finding;
}
