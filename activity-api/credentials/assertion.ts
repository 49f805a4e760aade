import { decodeClaims, textClaim, timeClaim } from "../jwt.ts";
import { CredentialError } from "./proof.ts";

/**
 * Refuses a token of an outside issuer that cannot be exchanged any more: Entra would only say that it is outside of its
 * validity (AADSTS700024), which reads like a wrong clock.
 *
 * @param origin where the token is from, for the error.
 */
export function checkAssertion(token: string, origin: string): string {
  const claims = decodeClaims(token);
  if (claims === undefined) throw new CredentialError(`${origin} holds no JSON Web Token.`);
  const expiresAt = timeClaim(claims, "exp");
  if (expiresAt !== undefined && expiresAt < new Date())
    throw new CredentialError(
      `${origin} holds a token that expired at ${expiresAt.toISOString()}. ` +
        `Tokens of CI systems live for minutes: request it in the step that uses it.`,
    );
  return token.trim();
}

/** What a federated credential has to say, word for word, to trust the token. */
export function describeAssertion(token: string): string | undefined {
  const claims = decodeClaims(token);
  if (claims === undefined) return undefined;
  const words = { issuer: "iss", subject: "sub", audience: "aud" };
  const parts = Object.entries(words).map(([word, claim]) => `${word} "${textClaim(claims, claim) ?? ""}"`);
  return `The presented token has ${parts.join(", ")}.`;
}
