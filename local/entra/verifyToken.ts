/** Checks signature, issuer and times of an access token and gives its claims; throws with the reason. */
export type VerifyToken = (token: string) => Promise<{ aud?: unknown; oid?: unknown }>;
