import { randomBytes } from "node:crypto";
import type { JWTPayload } from "jose";
import type { Directory } from "./directory.ts";
import type { ServicePrincipal } from "./directoryObjects.ts";
import { TOKEN_EXCHANGE } from "./microsoftApplications.ts";

/** Entra dates tokens back by so much, so that resources whose clock is behind accept them at once. */
const BACKDATED_SECONDS = 300;

/** An app-only access token of the resources of Office 365 and Azure, which all take version 1.0. */
export interface AccessTokenClaims extends JWTPayload {
  aud: string;
  iss: string;
  /** Object id of the client's service principal; `sub` is the same. */
  oid: string;
  sub: string;
  /** Client id. */
  appid: string;
  tid: string;
  /** Absent when nothing is granted: consent that is missing is no error, and shows at the resource only. */
  roles?: string[];
}

export interface TokenSubject {
  directory: Directory;
  principal: ServicePrincipal;
  /** "1" for a secret, "2" for anything that is signed. */
  authenticationClass: "1" | "2";
}

/** https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */
export function accessTokenClaims(
  { directory, principal, authenticationClass }: TokenSubject,
  resource: { audience: string; roles: string[] },
  period: { now: number; lifetimeSeconds: number },
): AccessTokenClaims {
  const issuer = stsIssuer(directory.tenantId);
  return {
    aud: resource.audience,
    iss: issuer,
    ...validity(period),
    appid: principal.clientId,
    appidacr: authenticationClass,
    idp: issuer,
    idtyp: "app",
    oid: principal.objectId,
    ...(resource.roles.length > 0 && { roles: resource.roles }),
    sub: principal.objectId,
    tid: directory.tenantId,
    uti: uniqueTokenIdentifier(),
    ver: "1.0",
  };
}

/** A token with which a principal proves itself to another application: version 2.0, issued by the authority. */
export function exchangeTokenClaims(
  { directory, principal, authenticationClass }: TokenSubject,
  authorityUrl: string,
  period: { now: number; lifetimeSeconds: number },
): JWTPayload {
  return {
    aud: TOKEN_EXCHANGE.clientId,
    iss: exchangeIssuer(authorityUrl, directory.tenantId),
    ...validity(period),
    azp: principal.clientId,
    azpacr: authenticationClass,
    idtyp: "app",
    oid: principal.objectId,
    sub: principal.objectId,
    tid: directory.tenantId,
    uti: uniqueTokenIdentifier(),
    ver: "2.0",
  };
}

/** The issuer of version 1.0, the same in every cloud but China's. Storage accepts tokens of no other. */
export function stsIssuer(tenantId: string): string {
  return `https://sts.windows.net/${tenantId}/`;
}

export function exchangeIssuer(authorityUrl: string, tenantId: string): string {
  return `${authorityUrl}/${tenantId}/v2.0`;
}

function validity({ now, lifetimeSeconds }: { now: number; lifetimeSeconds: number }) {
  const nowSeconds = Math.floor(now / 1000);
  const issuedAt = nowSeconds - BACKDATED_SECONDS;
  return { iat: issuedAt, nbf: issuedAt, exp: nowSeconds + lifetimeSeconds };
}

/** Makes two tokens differ that are issued to the same client within a second. */
function uniqueTokenIdentifier(): string {
  return randomBytes(16).toString("base64url");
}
