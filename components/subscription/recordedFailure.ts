import { TokenError } from "../../activity-api/entraErrors.ts";
import { ActivityApiError } from "../../activity-api/errors.ts";
import { ErrorAction } from "../../activity-api/errorTable.ts";
import { SubscriptionNotReadyError } from "../../activity-api/subscriptionNotReady.ts";
import { TokenClaimsError } from "../../activity-api/tokenClaims.ts";
import { definedOnly } from "../pulumi/wireFormat.ts";
import type { AuditSubscriptionInputs } from "./auditSubscriptionInputs.ts";
import { type AuditSubscriptionOutputs, asObserved } from "./auditSubscriptionState.ts";

/** Why a tenant's subscription is not known to be as declared. */
export type TenantFailure = ActivityApiError | TokenError | TokenClaimsError | SubscriptionNotReadyError;

/** What a subscription is said to be that nobody could ask for. It is never declared, so that it shows as drift. */
const STATUS_UNKNOWN = "unknown";

/**
 * Whether a failure is one of this tenant alone, and is to be recorded rather than to end the run of all others. A deployer
 * without any credential is no tenant's failure.
 */
export function mayBeRecorded(
  { onFailure }: Pick<AuditSubscriptionInputs, "onFailure">,
  error: unknown,
): error is TenantFailure {
  if (onFailure !== "record") return false;
  if (error instanceof TokenError) return error.credential !== undefined;
  return (
    error instanceof ActivityApiError ||
    error instanceof TokenClaimsError ||
    error instanceof SubscriptionNotReadyError
  );
}

/** Entra's refusals of an application that the tenant has put out, or of a tenant that is no more. */
const PUT_OUT = [
  "AADSTS700016",
  "AADSTS7000229",
  "AADSTS7000112",
  "AADSTS65001",
  "AADSTS650052",
  "AADSTS90002",
];

/** Whether the tenant does not let the application in any more, so that trying again would come to the same. */
export function isPutOut(error: TenantFailure): boolean {
  if (error instanceof ActivityApiError) return error.action === ErrorAction.grantRole;
  if (error instanceof TokenError) return PUT_OUT.includes(error.code ?? "");
  return error instanceof TokenClaimsError && error.errorClass === "propagation";
}

/** Why, in one sentence or two: one line each is what many tenants leave room for. */
export function reasonOf(error: TenantFailure): string {
  return error instanceof TokenError && error.code !== undefined ? error.refusal : error.message;
}

/** What is known of a subscription after a failure, with the failure. */
export function withFailure(known: AuditSubscriptionOutputs, error: TenantFailure): AuditSubscriptionOutputs {
  if (!(error instanceof SubscriptionNotReadyError))
    return { ...known, status: STATUS_UNKNOWN, failure: reasonOf(error) };
  return definedOnly({
    ...asObserved(known, error.listed),
    nextStartAllowedAt: error.nextStartAllowedAt?.toISOString(),
    failure: error.message,
  });
}
