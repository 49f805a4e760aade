import { randomUUID } from "node:crypto";

interface TokenErrorMeaning {
  status: number;
  error: string;
  means: string;
}

/**
 * The refusals of the token endpoint. The codes are those of
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes; statuses and `error` are as reported by
 * users, since Microsoft documents neither. Sentences are ours: clients must read codes, not prose.
 */
export const TOKEN_ERRORS = {
  28002: refused(400, "invalid_scope", "The scope is not valid."),
  50012: refused(401, "invalid_client", "Authentication failed."),
  50013: refused(401, "invalid_client", "The signature of the assertion could not be validated."),
  50027: refused(400, "invalid_request", "The assertion is not a JSON Web Token."),
  50059: refused(
    400,
    "invalid_request",
    "The request names no tenant, and none follows from the credentials.",
  ),
  50196: refused(429, "temporarily_unavailable", "The client repeats the same request in a loop."),
  53003: refused(400, "access_denied", "Access is blocked by conditional access policies."),
  65001: refused(400, "invalid_grant", "An administrator has not consented to the use of the application."),
  70003: refused(400, "unsupported_grant_type", "The grant type is not supported."),
  70011: refused(400, "invalid_scope", "The scope is not valid."),
  70021: refused(401, "invalid_client", "No federated identity credential matches the assertion."),
  70025: refused(401, "invalid_client", "The client has no federated identity credentials."),
  90002: refused(400, "invalid_request", "The tenant was not found."),
  90024: refused(503, "temporarily_unavailable", "The request budget is exceeded for the moment."),
  90033: refused(503, "temporarily_unavailable", "A transient error has occurred. Try again."),
  90038: refused(400, "invalid_request", "The tenant belongs to another national cloud."),
  90055: refused(429, "temporarily_unavailable", "There are too many requests."),
  90061: refused(400, "invalid_request", "The request to the external OpenID endpoint failed."),
  500011: refused(400, "invalid_resource", "The resource principal was not found in the tenant."),
  650052: refused(400, "invalid_client", "The tenant is not subscribed to the service."),
  650057: refused(400, "invalid_resource", "The resource is not listed in the application's registration."),
  700016: refused(400, "unauthorized_client", "The application was not found in the directory."),
  700023: refused(401, "invalid_client", "The assertion's audience is not this token endpoint."),
  700024: refused(401, "invalid_client", "The assertion is not within its valid time range."),
  700027: refused(
    401,
    "invalid_client",
    "The certificate of the assertion is not registered on the application.",
  ),
  700030: refused(401, "invalid_client", "The certificate is invalid."),
  700211: refused(401, "invalid_client", "No federated identity credential matches the assertion's issuer."),
  700212: refused(
    401,
    "invalid_client",
    "No federated identity credential matches the assertion's audience.",
  ),
  700213: refused(401, "invalid_client", "No federated identity credential matches the assertion's subject."),
  700222: refused(
    401,
    "invalid_client",
    "Of Entra's own tokens only those of managed identities are accepted.",
  ),
  700226: refused(
    401,
    "invalid_client",
    "Of Entra's own tokens only those of managed identities are accepted.",
  ),
  700227: refused(401, "invalid_client", "The audience of the assertion is forbidden."),
  700236: refused(
    401,
    "invalid_client",
    "Of Entra's own tokens only those of managed identities are accepted.",
  ),
  900023: refused(400, "invalid_request", "The tenant is neither a GUID nor a domain name."),
  900144: refused(400, "invalid_request", "A parameter is missing."),
  900382: refused(400, "invalid_request", "Confidential clients are not supported across clouds."),
  900432: refused(400, "invalid_request", "Confidential clients are not supported across clouds."),
  7000112: refused(401, "unauthorized_client", "The application is disabled."),
  7000215: refused(401, "invalid_client", "The client secret is wrong."),
  7000218: refused(401, "invalid_client", "The request has neither client_secret nor client_assertion."),
  7000222: refused(401, "invalid_client", "The client secret has expired."),
  7000229: refused(401, "invalid_client", "The application has no service principal in the tenant."),
  7002121: refused(
    401,
    "invalid_client",
    "No federated identity credential matches the assertion's audience.",
  ),
  7002137: refused(401, "invalid_client", "No federated identity credential matches the assertion."),
  7002138: refused(
    401,
    "invalid_client",
    "No federated identity credential matches the subject's letter case.",
  ),
  9002313: refused(400, "invalid_request", "The request is malformed."),
} satisfies Record<number, TokenErrorMeaning>;

export type TokenErrorCode = keyof typeof TOKEN_ERRORS;

function refused(status: number, error: string, means: string): TokenErrorMeaning {
  return { status, error, means };
}

/** A token request that Entra refuses. `details` take the place of the general sentence of the code. */
export class TokenRefusal extends Error {
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, details?: string) {
    super(`AADSTS${code}: ${details ?? TOKEN_ERRORS[code].means}`);
    this.name = "TokenRefusal";
    this.code = code;
  }

  get status(): number {
    return TOKEN_ERRORS[this.code].status;
  }
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#error-response */
export interface TokenErrorBody {
  error: string;
  error_description: string;
  error_codes: number[];
  timestamp: string;
  trace_id: string;
  correlation_id: string;
  error_uri: string;
}

export function tokenErrorBody(
  refusal: TokenRefusal,
  context: { authorityUrl: string; correlationId: string; now: number },
): TokenErrorBody {
  const timestamp = new Date(context.now).toISOString().replace(/T(.*)\.\d+Z/, " $1Z");
  const traceId = randomUUID();
  const trailer = `Trace ID: ${traceId} Correlation ID: ${context.correlationId} Timestamp: ${timestamp}`;
  return {
    error: TOKEN_ERRORS[refusal.code].error,
    error_description: `${refusal.message} ${trailer}`,
    error_codes: [refusal.code],
    timestamp,
    trace_id: traceId,
    correlation_id: context.correlationId,
    error_uri: `${context.authorityUrl}/error?code=${refusal.code}`,
  };
}
