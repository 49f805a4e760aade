import { ACTIVITY_API_ERRORS, ErrorAction } from "../errorTable.ts";
import type { PrerequisiteCheck } from "./check.ts";
import type { Listing } from "./listing.ts";
import type { NewestContent } from "./newestContent.ts";

const name = "audit logging";

/** In the Security & Compliance PowerShell the property always reads False: https://learn.microsoft.com/purview/audit-log-enable-disable */
const howToSee =
  "To see for yourself, run Get-AdminAuditLogConfig | Format-List UnifiedAuditLogIngestionEnabled in Exchange Online " +
  "PowerShell (not in that of Security & Compliance, which always says False).";

/**
 * Whether unified audit logging is on. No request asks for it: lists work as ever while it is off, and only the answer
 * to a start tells. Starting is no look, so that recent content is the one proof, and without it nothing is claimed.
 */
export function checkAuditLogging(listing: Listing, contents: readonly NewestContent[]): PrerequisiteCheck {
  if ("failure" in listing && listing.failure.action === ErrorAction.enableAuditing) {
    const { means, next } = ACTIVITY_API_ERRORS.auditingOff;
    return { name, state: "failed", finding: `The service says: ${means}.`, fix: next };
  }
  const proof = contents.find(({ items }) => items.length > 0);
  if (proof !== undefined)
    return {
      name,
      state: "ok",
      finding: `It is on: the newest content of ${proof.contentType} is from ${proof.items[0]!.contentCreated}.`,
    };
  return { name, state: "unknown", finding: whyUnknown(contents), fix: howToSee };
}

function whyUnknown(contents: readonly NewestContent[]): string {
  const [first] = contents;
  if (first === undefined) return "Not known until a subscription is started, which fails while it is off.";
  const { failure } = contents.find(content => content.failure !== undefined) ?? {};
  if (failure !== undefined) return failure.message;
  const silent = contents.map(({ contentType }) => contentType).join(" and ");
  return (
    `It was on when ${silent} was started. There is no content since ${first.since.toISOString().slice(0, 10)}: ` +
    `the subscription is hours old, the tenant is quiet, or audit logging was turned off.`
  );
}
