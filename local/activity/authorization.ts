import type { ContentType } from "./contentTypes.ts";
import { authorizationDenied, feedError } from "./errors.ts";
import { isGuid } from "./requestParameters.ts";

/**
 * Checks signature, lifetime and issuer of an access token and returns its claims.
 *
 * @throws whatever it likes for a token that is not good; the caller gets the 401 of the real service.
 */
export type VerifyToken = (token: string) => Promise<object>;

/** Whom a token was issued to. */
export interface Caller {
  tenantId: string;
  clientId: string;
  permissions: readonly string[];
}

/** @throws AspNetError 401 without a bearer token that is good and meant for this API. */
export async function authenticate(
  authorization: string | undefined,
  verifyToken: VerifyToken,
  audiences: readonly string[],
): Promise<Caller> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw authorizationDenied();
  const claims = await claimsOf(token, verifyToken);
  const { aud, tid, appid } = claims;
  const intended = typeof aud === "string" && audiences.includes(aud);
  if (!intended || typeof tid !== "string" || typeof appid !== "string") throw authorizationDenied();
  return { tenantId: tid, clientId: appid, permissions: permissionsOf(claims) };
}

/**
 * The tenant that the request is about, as it is configured here.
 *
 * @throws FeedError AF20013 for what is no GUID, AF20010 for another tenant than the token's, AF20011 for an unknown one.
 */
export function authorizedTenant(tenantInUrl: string, caller: Caller, known: readonly string[]): string {
  if (!isGuid(tenantInUrl)) throw feedError("AF20013", tenantInUrl);
  if (!same(tenantInUrl, caller.tenantId)) throw feedError("AF20010", tenantInUrl, caller.tenantId);
  const tenantId = known.find(candidate => same(candidate, tenantInUrl));
  if (tenantId === undefined) throw feedError("AF20011", tenantInUrl);
  return tenantId;
}

/**
 * DLP.All needs a permission of its own (https://github.com/elastic/integrations/pull/14771).
 *
 * @throws FeedError AF10001, which shows the permissions that the token has.
 */
export function requirePermission(caller: Caller, contentType: ContentType | undefined): void {
  const needed = contentType === "DLP.All" ? "ActivityFeed.ReadDlp" : "ActivityFeed.Read";
  if (!caller.permissions.includes(needed)) throw feedError("AF10001", caller.permissions.join(" "));
}

async function claimsOf(token: string, verifyToken: VerifyToken): Promise<Record<string, unknown>> {
  try {
    return { ...(await verifyToken(token)) };
  } catch {
    throw authorizationDenied();
  }
}

/** Application permissions are in `roles`, delegated ones in `scp`. */
function permissionsOf({ roles, scp }: Record<string, unknown>): string[] {
  const granted = Array.isArray(roles) ? roles.map(String) : [];
  return typeof scp === "string" ? [...granted, ...scp.split(" ")] : granted;
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
