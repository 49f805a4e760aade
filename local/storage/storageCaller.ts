import type { IncomingMessage } from "node:http";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { StorageRefusal } from "./storageErrors.ts";

export interface StorageCaller {
  principalObjectId: string;
}

/** How Azure Storage recognises a token that was meant for it; clients may also ask for one account alone. */
const AUDIENCES = [
  /^https:\/\/storage\.azure\.com\/?$/,
  /^e406a681-f3d4-42a8-90b6-c2b029497af1$/,
  /^https:\/\/[a-z0-9]+\.blob\.core\.(windows|usgovcloudapi)\.net\/?$/,
];

/**
 * Who sent the request, or why Azure would not serve it. The accounts that this project declares allow no shared keys
 * and no public access, so that a bearer token is the only way in.
 */
export async function authenticate(
  request: IncomingMessage,
  verifyToken: VerifyToken,
  authorizationUri: string,
): Promise<StorageCaller | StorageRefusal> {
  const challenge = {
    "www-authenticate": `Bearer authorization_uri=${authorizationUri} resource_id=https://storage.azure.com`,
  };
  const invalid = (detail: string): StorageRefusal => ({
    code: "InvalidAuthenticationInfo",
    detail,
    headers: challenge,
  });

  const authorization = request.headers.authorization;
  if (authorization === undefined && !isSignedUrl(request))
    return { code: "NoAuthenticationInformation", headers: challenge };
  if (authorization === undefined || /^SharedKey/i.test(authorization))
    return { code: "KeyBasedAuthenticationNotPermitted" };

  const token = /^Bearer (.+)$/i.exec(authorization)?.[1];
  if (token === undefined) return invalid("Authentication scheme is not supported.");
  try {
    const { aud, oid } = await verifyToken(token);
    if (!isForStorage(aud)) return invalid(`Audience validation failed. Audience: '${aud}'.`);
    if (typeof oid !== "string") return invalid("The token names no principal (oid).");
    return { principalObjectId: oid };
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

/** A shared access signature. Those of a user delegation key are refused too: nothing here hands out such keys. */
function isSignedUrl(request: IncomingMessage): boolean {
  return new URL(request.url ?? "/", "https://storage").searchParams.has("sig");
}

function isForStorage(audience: unknown): boolean {
  const audiences = Array.isArray(audience) ? audience : [audience];
  return audiences.some(value => typeof value === "string" && AUDIENCES.some(known => known.test(value)));
}
