import { CLOUDS, type Cloud } from "../clouds.ts";
import { toleratedSkewMilliseconds } from "../errors.ts";
import { ACTIVITY_API_ERRORS, ErrorAction } from "../errorTable.ts";
import { type PrerequisiteCheck, splitAdvice } from "./check.ts";
import type { Listing } from "./listing.ts";
import type { TenantMetadata } from "./tenantMetadata.ts";

/** Whether the Management Activity API is reached, and what it thinks of the token when there is one. */
export function checkService(listing: Listing, host: string, hasToken: boolean): PrerequisiteCheck {
  const name = "service";
  if ("subscriptions" in listing)
    return { name, state: "ok", finding: `${host} answers, and accepts the token.` };
  const { failure } = listing;
  if (!hasToken && failure.action === ErrorAction.refreshToken)
    return { name, state: "ok", finding: `${host} answers. Without a token it was asked for nothing.` };
  if (failure.action === ErrorAction.grantRole)
    return {
      name,
      state: "ok",
      finding: `${host} answers. It refuses the token for want of the role (${failure.code}).`,
    };
  return { name, state: "failed", ...splitAdvice(failure.message, failure.next) };
}

/** The services tell the time in whole seconds. */
const noticeableSeconds = 1;

/** Tokens and time ranges are judged by Microsoft's clocks. */
export function checkClock(skewMilliseconds: number | undefined): PrerequisiteCheck {
  const name = "clock";
  if (skewMilliseconds === undefined)
    return {
      name,
      state: "unknown",
      finding: "Nobody answered whose clock this machine's could be compared with.",
    };
  const seconds = Math.round(Math.abs(skewMilliseconds) / 1000);
  const finding =
    seconds <= noticeableSeconds
      ? "This machine's clock agrees with the service's."
      : `This machine's clock is ${duration(seconds)} ${skewMilliseconds > 0 ? "behind" : "ahead of"} the service's.`;
  if (Math.abs(skewMilliseconds) < toleratedSkewMilliseconds) return { name, state: "ok", finding };
  return { name, state: "failed", finding, fix: ACTIVITY_API_ERRORS.clockWrong.next };
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

/** Whether the tenant lives in the cloud that is configured; the login host tells it without a token. */
export function checkCloud(cloud: Cloud, metadata: TenantMetadata, listing: Listing): PrerequisiteCheck {
  const name = "cloud";
  const { displayName } = CLOUDS[cloud];
  if (metadata.tenant === "unknown")
    return {
      name,
      state: "failed",
      finding: `The login host of ${cloud} (${displayName}) knows no such tenant.`,
      fix:
        "Check the tenant id and the cloud: commercial and gcc log in at login.microsoftonline.com, gccHigh and dod " +
        "at login.microsoftonline.us.",
    };
  if (metadata.cloud === cloud)
    return { name, state: "ok", finding: `The tenant is in ${cloud} (${displayName}), as configured.` };
  if (metadata.cloud !== undefined)
    return {
      name,
      state: "failed",
      finding: `The tenant is in ${metadata.cloud} (${CLOUDS[metadata.cloud].displayName}), and ${cloud} is configured.`,
      fix: `Set the cloud to ${metadata.cloud}.`,
    };
  if ("subscriptions" in listing)
    return { name, state: "ok", finding: `The service of ${cloud} (${displayName}) knows the tenant.` };
  const why = metadata.reason ?? "The login host knows the tenant, and does not say in which cloud it is.";
  return { name, state: "unknown", finding: `Not known whether the tenant is in ${cloud}. ${why}` };
}
