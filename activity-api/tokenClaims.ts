import { adminConsentUrl, type ConsentingTenant } from "./adminConsent.ts";
import { CLOUDS, Cloud } from "./clouds.ts";
import { ContentType } from "./contentTypes.ts";
import type { TokenErrorClass } from "./entraErrors.ts";
import { decodeClaims, listClaim, textClaim, timeClaim } from "./jwt.ts";

/** What a token for the Management Activity API says about itself. */
export interface TokenClaims {
  audience: string | undefined;
  tenantId: string | undefined;
  /** The application that the token was issued to, which will own the subscriptions. */
  clientId: string | undefined;
  /** Application permissions that an administrator granted. */
  roles: string[];
  /** Delegated permissions: present in the token of a user. */
  scopes: string[];
  expiresAt: Date | undefined;
}

/** `undefined` for a text that is no JSON Web Token. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const claims = decodeClaims(token);
  if (claims === undefined) return undefined;
  return {
    audience: textClaim(claims, "aud"),
    tenantId: textClaim(claims, "tid"),
    clientId: textClaim(claims, "appid") ?? textClaim(claims, "azp"),
    roles: listClaim(claims, "roles"),
    scopes: textClaim(claims, "scp")?.split(" ") ?? [],
    expiresAt: timeClaim(claims, "exp"),
  };
}

/** The tenant, application and content types that a token is to serve. */
export interface ExpectedToken extends ConsentingTenant {
  /** Defaults to Audit.General. DLP.All needs a role of its own. */
  contentTypes?: readonly ContentType[];
}

export interface TokenProblem {
  subject: "token" | "audience" | "tenant" | "role" | "clock";
  /** What is wrong. */
  finding: string;
  /** What to do about it; empty where nothing is known to help. */
  fix: string;
  /** "propagation" for a role, which may have been granted a moment ago. */
  errorClass: TokenErrorClass;
}

/** The token that Entra issued does not fit: the Management Activity API would refuse it. */
export class TokenClaimsError extends Error {
  override readonly name = "TokenClaimsError";
  readonly problems: readonly TokenProblem[];
  /** "propagation" when a fresh token may do within minutes, else "configuration". */
  readonly errorClass: TokenErrorClass;

  constructor(problems: readonly TokenProblem[]) {
    super(problems.map(({ finding, fix }) => `${finding} ${fix}`.trim()).join("\n"));
    this.problems = problems;
    this.errorClass = problems.every(problem => problem.errorClass === "propagation")
      ? "propagation"
      : "configuration";
  }
}

/**
 * Refuses a token before it is used, since the API's own answers say less: AF20010, AF10001, or a bare 401.
 *
 * @throws TokenClaimsError with everything that is wrong.
 */
export function checkToken(token: string, expected: ExpectedToken): TokenClaims {
  const claims = readTokenClaims(token);
  const problems = tokenProblems(claims, expected);
  if (claims === undefined || problems.length > 0) throw new TokenClaimsError(problems);
  return claims;
}

/** Everything about the token that does not fit, for a report; empty when all is well. */
export function tokenProblems(claims: TokenClaims | undefined, expected: ExpectedToken): TokenProblem[] {
  if (claims === undefined)
    return [
      {
        subject: "token",
        finding: "The access token is no JSON Web Token.",
        fix: "",
        errorClass: "configuration",
      },
    ];
  const problems = [audienceProblem, tenantProblem, clockProblem, roleProblem].map(find =>
    find(claims, expected),
  );
  return problems.filter(problem => problem !== undefined);
}

type FindProblem = (claims: TokenClaims, expected: ExpectedToken) => TokenProblem | undefined;

const audienceProblem: FindProblem = ({ audience }, { cloud }) => {
  const wanted = CLOUDS[cloud].audience;
  if (audience?.replace(/\/$/, "") === wanted) return undefined;
  const itsCloud = Object.values(Cloud).find(
    other => CLOUDS[other].audience === audience?.replace(/\/$/, ""),
  );
  return {
    subject: "audience",
    finding: `The token is for ${audience ?? "no audience"}, and the cloud ${cloud} needs one for ${wanted}.`,
    fix: itsCloud
      ? `If the tenant is in ${CLOUDS[itsCloud].displayName}, set the cloud to ${itsCloud}.`
      : "Leave the scope out.",
    errorClass: "configuration",
  };
};

const tenantProblem: FindProblem = ({ tenantId }, expected) => {
  if (tenantId?.toLowerCase() === expected.tenantId.toLowerCase()) return undefined;
  return {
    subject: "tenant",
    finding: `The token is of tenant ${tenantId ?? "(none)"}, and ${expected.tenantId} is configured.`,
    fix: "Set the tenant id of the tenant whose audit feed is wanted, and log in there.",
    errorClass: "configuration",
  };
};

const clockProblem: FindProblem = ({ expiresAt }) => {
  if (expiresAt === undefined || expiresAt > new Date()) return undefined;
  return {
    subject: "clock",
    finding: `The token just received expired at ${expiresAt.toISOString()} by the clock of this machine.`,
    fix: "Set the clock: it is ahead.",
    errorClass: "configuration",
  };
};

const roleProblem: FindProblem = (claims, expected) => {
  const granted = [...claims.roles, ...claims.scopes];
  const missing = requiredRoles(expected.contentTypes ?? [ContentType.General]).filter(
    role => !granted.includes(role),
  );
  if (missing.length === 0) return undefined;
  return {
    subject: "role",
    finding: `The token has ${rolesInWords(claims)}, and ${missing.join(" and ")} is missing.`,
    fix:
      `Request the application permission in the app registration (API "Office 365 Management APIs") and let an ` +
      `administrator consent to it; a delegated permission is not enough. Consent: ${adminConsentUrl(expected)}`,
    errorClass: "propagation",
  };
};

function rolesInWords({ roles, scopes }: TokenClaims): string {
  const words = roles.length === 0 ? "no roles" : `the roles ${roles.join(", ")}`;
  return scopes.length === 0 ? words : `${words} and, from a user's login, the scopes ${scopes.join(", ")}`;
}

/** ActivityFeed.ReadDlp is asked for only with DLP.All: it opens the sensitive values that were found. */
export function requiredRoles(contentTypes: readonly ContentType[]): string[] {
  return contentTypes.includes(ContentType.Dlp)
    ? ["ActivityFeed.Read", "ActivityFeed.ReadDlp"]
    : ["ActivityFeed.Read"];
}
