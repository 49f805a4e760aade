import { parseCloud } from "../../activity-api/clouds.ts";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { parseTenantId } from "../../activity-api/identifiers.ts";
import { type CheckFailure, InputCheck } from "../pulumi/inputCheck.ts";
import { definedOnly } from "../pulumi/wireFormat.ts";

/** What `VaultCertificate` hands to its provider, and what state keeps as its inputs. */
export interface VaultCertificateInputs {
  vaultUri: string;
  certificateName: string;
  tenantId: string;
  subject?: string;
  validityMonths?: number;
  renewBeforeDays?: number;
  roleTimeoutMinutes?: number;
  cloud?: string;
  authorityUrl?: string;
}

export const DEFAULTS = { validityMonths: 12, renewBeforeDays: 90, roleTimeoutMinutes: 10 } as const;

/**
 * The declared inputs in one spelling each, and everything that is wrong with them. Defaults are not written down: an
 * upgrade that changes one must not change every resource.
 */
export function checkInputs(news: VaultCertificateInputs): {
  inputs: VaultCertificateInputs;
  failures: CheckFailure[];
} {
  const check = new InputCheck();
  check.require(news, ["vaultUri", "certificateName", "tenantId"]);
  const inputs: VaultCertificateInputs = {
    ...news,
    vaultUri: check.parse("vaultUri", news.vaultUri, parseVaultUri),
    certificateName: check.parse("certificateName", news.certificateName, parseCertificateName),
    tenantId: check.parse("tenantId", news.tenantId, parseTenantId),
    subject: check.parse("subject", news.subject, parseSubject),
    validityMonths: check.parse(
      "validityMonths",
      news.validityMonths,
      wholeNumber(24, "months", DEFAULTS.validityMonths),
    ),
    renewBeforeDays: check.parse(
      "renewBeforeDays",
      news.renewBeforeDays,
      wholeNumber(365, "days", DEFAULTS.renewBeforeDays),
    ),
    roleTimeoutMinutes: check.parse(
      "roleTimeoutMinutes",
      news.roleTimeoutMinutes,
      wholeNumber(60, "minutes", DEFAULTS.roleTimeoutMinutes),
    ),
    cloud: check.parse("cloud", news.cloud, parseCloud),
    authorityUrl: check.parse("authorityUrl", news.authorityUrl, url => parseEndpoint("authorityUrl", url)),
  };
  if (check.failures.length === 0) refuseEndlessRenewal(inputs, check.failures);
  return { inputs: definedOnly(inputs), failures: check.failures };
}

/** The token goes there, so that nothing but https is let through. */
function parseVaultUri(value: string): string {
  const url = URL.parse(value);
  if (url?.protocol === "https:" && url.username === "" && url.search === "" && url.hash === "")
    return url.href.replace(/\/*$/, "/");
  throw new Error(
    `${JSON.stringify(value)} is not the URI of a key vault. It looks like https://<vault>.vault.azure.net/.`,
  );
}

/** https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#object-types */
function parseCertificateName(value: string): string {
  if (/^[a-z0-9-]{1,127}$/i.test(value)) return value;
  throw new Error(
    `${JSON.stringify(value)} is not a name for a certificate. Use up to 127 letters, digits and hyphens.`,
  );
}

function parseSubject(value: string): string {
  if (/^CN=[^,]+/i.test(value)) return value;
  throw new Error(`${JSON.stringify(value)} is not the subject of a certificate. Write it like CN=reader.`);
}

function wholeNumber(most: number, unit: string, usual: number): (value: number) => number {
  return value => {
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new Error(
      `${JSON.stringify(value)} is not a whole number of ${unit} from 1 to ${most}. ${usual} is the default.`,
    );
  };
}

/** A version that is due for renewal on its first day would be renewed by every update. */
function refuseEndlessRenewal(inputs: VaultCertificateInputs, failures: CheckFailure[]): void {
  const { validityMonths, renewBeforeDays } = { ...DEFAULTS, ...definedOnly(inputs) };
  // A value that is not known yet compares as neither.
  if (!(renewBeforeDays >= validityMonths * 28)) return;
  failures.push({
    property: "renewBeforeDays",
    reason: `${renewBeforeDays} days before its end, a certificate of ${validityMonths} months is hardly made. Use fewer days.`,
  });
}
