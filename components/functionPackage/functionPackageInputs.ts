import { parseCloud } from "../../activity-api/clouds.ts";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { parseTenantId } from "../../activity-api/identifiers.ts";
import { type CheckFailure, InputCheck } from "../pulumi/inputCheck.ts";
import { definedOnly } from "../pulumi/wireFormat.ts";

/** What `FunctionPackage` hands to its provider, and what state keeps as its inputs. */
export interface FunctionPackageInputs {
  functionAppId: string;
  scmHostName: string;
  packagePath: string;
  contentHash: string;
  tenantId: string;
  cloud?: string;
  authorityUrl?: string;
  functions?: string[];
  resourceManagerUrl?: string;
  publishTimeoutMinutes?: number;
}

export const DEFAULT_PUBLISH_TIMEOUT_MINUTES = 10;

/**
 * The declared inputs in one spelling each, and everything that is wrong with them. Defaults are not written down: an
 * upgrade that changes one must not change every resource.
 */
export function checkInputs(news: FunctionPackageInputs): {
  inputs: FunctionPackageInputs;
  failures: CheckFailure[];
} {
  const check = new InputCheck();
  check.require(news, REQUIRED);
  const inputs: FunctionPackageInputs = {
    ...news,
    scmHostName: check.parse("scmHostName", news.scmHostName, parseHostName),
    contentHash: check.parse("contentHash", news.contentHash, parseContentHash),
    tenantId: check.parse("tenantId", news.tenantId, parseTenantId),
    cloud: check.parse("cloud", news.cloud, parseCloud),
    authorityUrl: check.parse("authorityUrl", news.authorityUrl, url => parseEndpoint("authorityUrl", url)),
    resourceManagerUrl: check.parse("resourceManagerUrl", news.resourceManagerUrl, url =>
      parseEndpoint("resourceManagerUrl", url),
    ),
    publishTimeoutMinutes: check.parse("publishTimeoutMinutes", news.publishTimeoutMinutes, parseTimeout),
  };
  return { inputs: definedOnly(inputs), failures: check.failures };
}

const REQUIRED = ["functionAppId", "scmHostName", "packagePath", "contentHash", "tenantId"] as const;

/** The token goes there, so that nothing but a host is let through. */
function parseHostName(value: string): string {
  if (/^[a-z0-9.-]+(:\d+)?$/i.test(value)) return value;
  throw new Error(
    `${JSON.stringify(value)} is not a host name. Write it without scheme and path: <app>.scm.azurewebsites.net.`,
  );
}

function parseContentHash(value: string): string {
  if (/^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw new Error(
    `${JSON.stringify(value)} is not a SHA-256 in hexadecimal digits. Use the contentHash that functionPackage() gives.`,
  );
}

function parseTimeout(value: number): number {
  if (typeof value === "number" && value >= 1 && value <= 120) return value;
  throw new Error(
    `${JSON.stringify(value)} is not a time-out. Use a number of minutes from 1 to 120; ` +
      `${DEFAULT_PUBLISH_TIMEOUT_MINUTES} is the default.`,
  );
}
