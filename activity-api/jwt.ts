/** The claims of a JSON Web Token. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * What a token says, without a look at its signature: whoever receives the token checks that. `undefined` for a text that
 * is no JSON Web Token.
 */
export function decodeClaims(token: string): Claims | undefined {
  const parts = token.trim().split(".");
  if (parts.length !== 3) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, "base64url").toString("utf8"));
    return typeof claims === "object" && claims !== null && !Array.isArray(claims)
      ? (claims as Claims)
      : undefined;
  } catch {
    return undefined;
  }
}

/** A claim that holds text; some issuers write a list of one. */
export function textClaim(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  if (typeof value === "string") return value;
  return Array.isArray(value) && typeof value[0] === "string" ? value[0] : undefined;
}

/** A claim that holds a moment, in seconds since 1970. */
export function timeClaim(claims: Claims, name: string): Date | undefined {
  const value = claims[name];
  return typeof value === "number" && Number.isFinite(value) ? new Date(value * 1000) : undefined;
}

/** A claim that holds a list of words. */
export function listClaim(claims: Claims, name: string): string[] {
  const value = claims[name];
  return Array.isArray(value) ? value.filter(entry => typeof entry === "string") : [];
}

/** A text of somebody else's, fit for an error: whatever looks like a JSON Web Token is taken out. */
export function withoutTokens(text: string): string {
  return text.replace(/\beyJ[\w-]+(\.[\w-]*){1,4}/g, "[token]");
}
