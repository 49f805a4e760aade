import type { Cloud } from "../clouds.ts";
import type { TokenErrorClass } from "../entraErrors.ts";

/** What a token is wanted for. */
export interface WantedToken {
  tenantId: string;
  /** The application that the token is to be for; `undefined` where whoever is logged in will do. */
  clientId: string | undefined;
  cloud: Cloud;
  /** The audience with `/.default` behind it. */
  scope: string;
  /** Subscriptions belong to the application whose token starts them, so that no other one's will do. */
  forActivityApi: boolean;
}

export interface AccessToken {
  token: string;
  expiresAt: Date;
}

export interface KeyedCertificate {
  thumbprintSha256: string;
  /** PKCS #8 in PEM form. */
  privateKey: string;
}

/** What an application shows to Entra to be itself, or, with `"token"`, a way that needs no proof of ours. */
export type Proof =
  | { shows: "secret"; secret: string }
  | { shows: "certificate"; certificate: () => Promise<KeyedCertificate> }
  | { shows: "assertion"; assertion: (tokenEndpoint: string) => Promise<string> }
  | { shows: "token"; token: (options: { forceRefresh: boolean }) => Promise<AccessToken> };

/** A proof, or the reason why this place has none of the kind. */
export type Finding = { proof: Proof } | { unusable: string };

/**
 * Looks in the environment for one kind of credential. One that is there and broken is found all the same, and fails in
 * use with a CredentialError: passing over what somebody set up on purpose would hide the mistake.
 */
export type CredentialFinder = (wanted: WantedToken, env: NodeJS.ProcessEnv) => Finding;

/** Why a credential gave no token. Holds no secret. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
  readonly errorClass: TokenErrorClass;
  /** Entra's code, like AADSTS7000215, where Entra was asked. */
  readonly code: string | undefined;

  constructor(message: string, errorClass: TokenErrorClass = "configuration", code?: string) {
    super(message);
    this.errorClass = errorClass;
    this.code = code;
  }
}

/** The value of the first of these variables that is set to something, with its name. */
export function firstSet(
  env: NodeJS.ProcessEnv,
  names: readonly string[],
): { name: string; value: string } | undefined {
  for (const name of names) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}
