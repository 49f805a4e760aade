import { type Clock, systemClock } from "../../activity-api/clock.ts";
import { requestJson } from "../../activity-api/jsonRequest.ts";
import type { TokenSource } from "../../activity-api/tokens.ts";

export interface ExpectedFunctions {
  /** Resource id of the function app. */
  functionAppId: string;
  /** Names of the functions that must be there. */
  names: readonly string[];
  /** Azure Resource Manager. */
  resourceManagerUrl: string;
  tokens: TokenSource;
  /** For how long they may be missing. */
  timeoutMinutes: number;
  /** Defaults to the system's. */
  clock?: Clock;
}

const API_VERSION = "2024-11-01";
const FIRST_WAIT_MILLISECONDS = 500;
const LONGEST_WAIT_MILLISECONDS = 10_000;

/**
 * Waits until the app lists the functions. A deployment succeeds when the package is in its place; whether the host finds
 * a function in it, and so whether its timer will ever fire, shows only afterwards, in up to a minute.
 * https://learn.microsoft.com/rest/api/appservice/web-apps/list-functions
 *
 * @throws Error that names what is missing and what is there instead.
 */
export async function waitForFunctions(expected: ExpectedFunctions): Promise<void> {
  const { names, timeoutMinutes, clock = systemClock } = expected;
  const deadline = clock.now() + timeoutMinutes * 60_000;
  for (let wait = FIRST_WAIT_MILLISECONDS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MILLISECONDS)) {
    const found = await listFunctions(expected);
    const missing = names.filter(name => !found.includes(name));
    if (missing.length === 0) return;
    if (clock.now() + wait > deadline) throw new Error(describeMissing(missing, found, timeoutMinutes));
    await clock.sleep(wait);
  }
}

/** None while the app restarts, and Azure answers something else or nothing. */
async function listFunctions(expected: ExpectedFunctions): Promise<string[]> {
  const { functionAppId, resourceManagerUrl, tokens } = expected;
  const url = `${resourceManagerUrl}${functionAppId}/functions?api-version=${API_VERSION}`;
  const headers = { authorization: `Bearer ${await tokens.getToken()}` };
  const { status, body } = await requestJson({ method: "GET", url, headers });
  if (status === 401 || status === 403) throw new Error(describeRefused(functionAppId, status));
  const { value } = (body ?? {}) as { value?: { name?: string }[] };
  // Named as <app>/<function>.
  return Array.isArray(value) ? value.map(({ name = "" }) => name.slice(name.lastIndexOf("/") + 1)) : [];
}

function describeMissing(missing: string[], found: string[], minutes: number): string {
  return (
    `The code was published, but ${minutes} minutes later the function app has no function ${missing.join(", ")}` +
    `${found.length > 0 ? ` (it has ${found.join(", ")})` : ""}, so nothing would run. The host did not start the code: ` +
    `see "Functions" and "Diagnose and solve problems" of the app in the portal, and check its application settings.`
  );
}

function describeRefused(functionAppId: string, status: number): string {
  return (
    `The code was published, but the deployer may not see whether its functions are there (HTTP ${status}). Its identity ` +
    `needs the action Microsoft.Web/sites/functions/read on ${functionAppId}, which Website Contributor holds.`
  );
}
