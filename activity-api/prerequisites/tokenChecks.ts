import type { CredentialKind } from "../credentialKind.ts";
import type { CredentialSearch } from "../credentials.ts";
import { ENTRA_ERRORS, TokenError } from "../entraErrors.ts";
import {
  type ExpectedToken,
  readTokenClaims,
  requiredRoles,
  type TokenClaims,
  tokenProblems,
} from "../tokenClaims.ts";
import { searchCredential, tokenSource } from "../tokens.ts";
import { type PrerequisiteCheck, splitAdvice } from "./check.ts";

export interface ObtainedToken {
  /** Undefined when there is none. */
  token: string | undefined;
  /** What is to be said of the token, and of the roles in it. */
  checks: PrerequisiteCheck[];
}

const noRoles: PrerequisiteCheck = {
  name: "roles",
  state: "unknown",
  finding: "They are in the token, and there is none.",
};

/** What an application that does not exist yet leaves open. */
export const noApplication: ObtainedToken = {
  token: undefined,
  checks: [
    {
      name: "token",
      state: "unknown",
      finding: "No client id is given, so that no token was asked for.",
      fix: "Give the client id once the application exists; the stack exports it as clientId.",
    },
    noRoles,
  ],
};

/** Asks for a token as the application, and names each credential that was looked at on the way. */
export async function obtainToken(
  expected: ExpectedToken & { credential: CredentialKind | "auto" | undefined },
  env: NodeJS.ProcessEnv,
): Promise<ObtainedToken> {
  const search = searchCredential(expected, env);
  try {
    const token = await tokenSource(expected, env).getToken();
    const claims = readTokenClaims(token);
    return { token, checks: [checkClaims(claims, expected, search), checkRoles(claims, expected)] };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { token: undefined, checks: [refused(error), noRoles] };
  }
}

function refused(error: TokenError): PrerequisiteCheck {
  const name = "token";
  const advice = ENTRA_ERRORS[Number(error.code?.replace("AADSTS", ""))]?.next;
  if (advice !== undefined) return { name, state: "failed", ...splitAdvice(error.message, advice) };
  return {
    name,
    state: "failed",
    finding: error.message,
    fix: "Set up the credential, or choose another one (SIEM_CREDENTIAL).",
  };
}

/** All but the roles, which are a check of their own. */
function checkClaims(
  claims: TokenClaims | undefined,
  expected: ExpectedToken,
  search: CredentialSearch,
): PrerequisiteCheck {
  const name = "token";
  const obtained = inWords(search);
  const [problem] = tokenProblems(claims, expected).filter(({ subject }) => subject !== "role");
  if (problem !== undefined)
    return {
      name,
      state: "failed",
      finding: `${problem.finding} ${obtained}`,
      fix: problem.fix || undefined,
    };
  const { clientId = expected.clientId, expiresAt } = claims!;
  if (clientId.toLowerCase() !== expected.clientId.toLowerCase())
    return {
      name,
      state: "failed",
      finding: `The token is the application ${clientId}'s, to which the subscriptions would belong. ${obtained}`,
      fix: `Choose a credential that proves to be ${expected.clientId}.`,
    };
  return {
    name,
    state: "ok",
    finding: `${obtained} Valid until ${expiresAt?.toISOString() ?? "(not said)"}.`,
  };
}

function inWords({ found, passedOver }: CredentialSearch): string {
  const others = passedOver.map(({ kind }) => kind).join(", ");
  return `Obtained with the credential ${found?.kind}.${others && ` Looked for before it and not there: ${others}.`}`;
}

function checkRoles(claims: TokenClaims | undefined, expected: ExpectedToken): PrerequisiteCheck {
  if (claims === undefined) return noRoles;
  const name = "roles";
  const missing = tokenProblems(claims, expected).find(({ subject }) => subject === "role");
  if (missing !== undefined) return { name, state: "failed", finding: missing.finding, fix: missing.fix };
  return {
    name,
    state: "ok",
    finding: `The token has ${requiredRoles(expected.contentTypes ?? []).join(" and ")}.`,
  };
}
