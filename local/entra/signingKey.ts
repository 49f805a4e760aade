import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

/** The key of an issuer of tokens, which verifiers find by `kid` in the issuer's JSON Web Key Set. */
export interface SigningKey {
  publicKeys: { keys: JWK[] };
  sign(claims: JWTPayload): Promise<string>;
}

export async function createSigningKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    publicKeys: { keys: [{ ...jwk, kid, use: "sig", alg: "RS256" }] },
    sign: claims =>
      new SignJWT(claims).setProtectedHeader({ typ: "JWT", alg: "RS256", kid, x5t: kid }).sign(privateKey),
  };
}
