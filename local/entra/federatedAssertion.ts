import { createLocalJWKSet, type JWTPayload } from "jose";
import { verifyAssertion } from "./assertion.ts";
import type { Directory } from "./directory.ts";
import { type Application, ServicePrincipalKind } from "./directoryObjects.ts";
import type { IssuerKeys } from "./issuerKeys.ts";
import { TokenRefusal } from "./tokenErrors.ts";

export interface FederationContext {
  directory: Directory;
  /** The issuer of the tokens that Entra makes for this tenant's managed identities. */
  ownIssuer: string;
  issuerKeys: IssuerKeys;
  now: number;
}

/**
 * Accepts a token of another issuer as proof of being the application, when one of the application's federated
 * credentials trusts it and the issuer really signed it.
 * @throws TokenRefusal
 */
export async function verifyFederatedAssertion(
  application: Application,
  assertion: string,
  claims: JWTPayload,
  context: FederationContext,
): Promise<void> {
  refuseUntrusted(application, claims, context);
  await verifyAssertion(assertion, createLocalJWKSet(await context.issuerKeys.read(String(claims.iss))), {
    algorithms: ["RS256"],
    now: context.now,
    refusedSignature: 50013,
  });
  if (claims.iss === context.ownIssuer) refuseUnlessManagedIdentity(claims, context.directory);
}

/** Issuer, then subject, then audience: each has a code of its own, so that a user knows which to correct. */
function refuseUntrusted(application: Application, claims: JWTPayload, context: FederationContext): void {
  const { federatedCredentials, clientId } = application;
  const { iss: issuer, sub: subject = "", aud: audience } = claims;
  if (federatedCredentials.length === 0) {
    throw new TokenRefusal(
      70021,
      `The application '${clientId}' has no federated identity credential. Presented issuer: '${issuer}', ` +
        `subject: '${subject}', audience: '${audience}'.`,
    );
  }
  const ofIssuer = federatedCredentials.filter(credential => credential.issuer === issuer);
  if (ofIssuer.length === 0) throw unmatched(700211, "issuer", issuer, clientId);

  const ofSubject = ofIssuer.filter(credential => credential.subject === subject);
  if (ofSubject.length === 0) {
    const differsByCaseOnly = ofIssuer.some(other => other.subject.toLowerCase() === subject.toLowerCase());
    throw unmatched(differsByCaseOnly ? 7002138 : 700213, "subject", subject, clientId);
  }
  if (!ofSubject.some(({ audiences }) => audiences.some(trusted => sameAudience(trusted, claims, context)))) {
    throw unmatched(700212, "audience", audience, clientId);
  }
}

/** Entra's own tokens name the exchange by client id, and the credentials that trust them by its URI. */
function sameAudience(
  trusted: string,
  claims: JWTPayload,
  { directory, ownIssuer }: FederationContext,
): boolean {
  if (claims.iss !== ownIssuer) return claims.aud === trusted;
  const resource = directory.findResource(trusted);
  return resource !== undefined && resource.principal.clientId === claims.aud;
}

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
function refuseUnlessManagedIdentity(claims: JWTPayload, directory: Directory): void {
  const principal = directory.servicePrincipals.get(String(claims.sub));
  if (principal?.kind !== ServicePrincipalKind.managedIdentity) throw new TokenRefusal(700222);
}

function unmatched(
  code: 700211 | 700212 | 700213 | 7002138,
  what: "issuer" | "subject" | "audience",
  value: string | string[] | undefined,
  clientId: string,
): TokenRefusal {
  const but = code === 7002138 ? ", though one differs by letter case only, and letter case counts" : "";
  return new TokenRefusal(
    code,
    `No federated identity credential of the application '${clientId}' matches the presented assertion's ${what} ` +
      `'${value}'${but}. Compare issuer, subject and audience of its federated identity credentials with the assertion.`,
  );
}
