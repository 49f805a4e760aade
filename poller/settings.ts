import { Cloud, parseCloud } from "../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../activity-api/contentTypes.ts";
import { parseCredential } from "../activity-api/credentialKind.ts";
import { parseKeyId, parseThumbprint } from "../activity-api/credentials/keyVaultKey.ts";
import { parseEndpoint } from "../activity-api/endpoints.ts";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "../activity-api/identifiers.ts";
import { BASELINE_REQUESTS_PER_MINUTE } from "../activity-api/rateLimiter.ts";
import { DEFENDER_RECORD_TYPES, parseRecordType } from "../activity-api/recordTypes.ts";
import { SettingError } from "../activity-api/settingError.ts";
import type { WantedRecordTypes } from "./content/recordTypeFilter.ts";
import { EnvironmentReader } from "./environmentReader.ts";
import { environmentOfTenant, managedTenantNames } from "./managedTenants.ts";
import { readSinks, type SinkSettings } from "./sinks/sinkSettings.ts";
import { parseStoreLocation, type StoreLocation } from "./store/storeLocation.ts";

/** What a poller is told, by the application settings of its function or the environment of the command. */
export interface PollerSettings {
  /** Name of the tenant, where there are several. */
  tenant: string | undefined;
  tenantId: string;
  clientId: string;
  cloud: Cloud;
  contentTypes: readonly ContentType[];
  recordTypes: WantedRecordTypes;
  /** Where events land. */
  store: StoreLocation;
  /** Where the poller keeps what it knows of every content blob. */
  ledger: StoreLocation;
  publisherIdentifier: string;
  /** The identity that reads and writes blobs; without it, whatever @azure/identity finds. */
  managedIdentityClientId: string | undefined;
  activityApiUrl: string | undefined;
  authorityUrl: string | undefined;
  /** How far behind the last listing the next one begins, since content is at times listed late. */
  overlapMinutes: number;
  /** How often all seven days are listed again. */
  sweepIntervalHours: number;
  /** How many content blobs are fetched at a time. */
  concurrency: number;
  /** Most requests to the Management Activity API in any minute. */
  requestsPerMinute: number;
  /** After how many failed runs a content blob is given up. */
  attemptsPerBlob: number;
  /** How long a run may take new work; undefined for until it is done. */
  runSeconds: number | undefined;
  /** Whether a run enables a wanted content type that is not enabled, rather than only reporting it. */
  selfHeal: boolean;
  /** Where events go beside the store, in alphabetical order. */
  sinks: readonly SinkSettings[];
}

/**
 * Reads the settings of a tenant from the environment:
 *
 * | variable | default | meaning |
 * |---|---|---|
 * | `SIEM_TENANT_ID` | | tenant id (a GUID) |
 * | `SIEM_CLIENT_ID` | | client id of the application that holds ActivityFeed.Read and owns the subscriptions |
 * | `SIEM_STORE` | | where events land: URL of a blob container, or a folder |
 * | `SIEM_LEDGER` | the store | where the ledger is kept: URL of a blob container, or a folder |
 * | `SIEM_CLOUD` | commercial | commercial, gcc, gccHigh or dod |
 * | `SIEM_CONTENT_TYPES` | Audit.General | content types, separated by commas |
 * | `SIEM_RECORD_TYPES` | 28,41,47,64 | names or numbers of the record types to keep, separated by commas, or all |
 * | `SIEM_PUBLISHER_ID` | the tenant id | publisher identifier (a GUID) |
 * | `SIEM_CREDENTIAL` | auto | how the application proves itself, see `CredentialKind` |
 * | `SIEM_MANAGED_IDENTITY_CLIENT_ID` | | client id of the user-assigned identity that the poller runs as |
 * | `SIEM_CLIENT_CERTIFICATE_KEY_ID` | | key in a key vault, with its version, with which that identity signs for the application |
 * | `SIEM_CLIENT_CERTIFICATE_THUMBPRINT` | | SHA-256 of the key's certificate, which the application knows |
 * | `SIEM_ACTIVITY_API_URL` | the cloud's | Management Activity API, for odd networks and tests |
 * | `SIEM_AUTHORITY_URL` | the cloud's | login endpoint, for odd networks and tests |
 * | `SIEM_OVERLAP_MINUTES` | 60 | how far behind the last listing the next one begins |
 * | `SIEM_SWEEP_INTERVAL_HOURS` | 6 | how often all seven days are listed again |
 * | `SIEM_CONCURRENCY` | 10 | how many content blobs are fetched at a time |
 * | `SIEM_REQUESTS_PER_MINUTE` | 2000 | most requests in any minute: what every tenant has. Others of the tenant share it; E5 has about twice that |
 * | `SIEM_ATTEMPTS_PER_BLOB` | 12 | after how many failed runs a content blob is given up |
 * | `SIEM_RUN_SECONDS` | none; 240 in the function | how long a run takes new work |
 * | `SIEM_SELF_HEAL` | false | true to enable a wanted content type at once that is found not enabled |
 * | `SIEM_MANAGED_TENANT_<NAME>` | none | in place of `SIEM_TENANT_ID`, one of several tenants, as JSON: `tenantId` and maybe `cloud`, `contentTypes`, `recordTypes`, `requestsPerMinute`, and `sinks` for the names of those that it uses; <NAME> is capital letters and digits |
 * | `SIEM_SINK_<NAME>` | none | a destination beside the store, as JSON: see `SINK_KINDS`; <NAME> is capital letters and digits |
 * | `SIEM_SINK_<NAME>_TOKEN` | | its secret, for kinds that have one |
 *
 * `APPLICATIONINSIGHTS_CONNECTION_STRING` and `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`, which Azure Functions knows too,
 * say where each run's metrics go, and as which identity.
 *
 * @param tenant name of the tenant, where there are several.
 * @throws SettingError that names every wrong variable, its value, what is allowed and what to do.
 */
export function readSettings(env: NodeJS.ProcessEnv, tenant?: string): PollerSettings {
  if (tenant === undefined) return readTenant(new EnvironmentReader(refuseManyTenants(env)), tenant);
  const own = environmentOfTenant(env, tenant);
  const read = new EnvironmentReader(own.env, own.origins);
  if (env.SIEM_TENANT_ID)
    read.addProblem(
      "SIEM_TENANT_ID",
      "there are several tenants, each with its own. Remove the variable SIEM_TENANT_ID.",
    );
  return readTenant(read, tenant);
}

function refuseManyTenants(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = managedTenantNames(env);
  if (names.length === 0) return env;
  throw new SettingError(`There are several tenants. Name one of them with --tenant: ${names.join(", ")}.`);
}

function readTenant(read: EnvironmentReader, tenant: string | undefined): PollerSettings {
  const tenantId = read.required("SIEM_TENANT_ID", parseTenantId);
  const clientId = read.required("SIEM_CLIENT_ID", parseClientId);
  const store = read.required("SIEM_STORE", parseStoreLocation);
  // Used where the token is asked for; a wrong word is told here, with the other settings.
  read.optional("SIEM_CREDENTIAL", parseCredential);
  read.optional("SIEM_CLIENT_CERTIFICATE_KEY_ID", parseKeyId);
  read.optional("SIEM_CLIENT_CERTIFICATE_THUMBPRINT", parseThumbprint);
  const settings = {
    tenant,
    tenantId,
    clientId,
    cloud: read.optional("SIEM_CLOUD", parseCloud) ?? Cloud.commercial,
    contentTypes: read.optional("SIEM_CONTENT_TYPES", parseContentTypes) ?? [ContentType.General],
    recordTypes: read.optional("SIEM_RECORD_TYPES", parseRecordTypes) ?? new Set(DEFENDER_RECORD_TYPES),
    store,
    ledger: read.optional("SIEM_LEDGER", parseStoreLocation) ?? store,
    publisherIdentifier: read.optional("SIEM_PUBLISHER_ID", parsePublisherIdentifier) ?? tenantId,
    managedIdentityClientId: read.optional("SIEM_MANAGED_IDENTITY_CLIENT_ID", parseClientId),
    activityApiUrl: read.optional("SIEM_ACTIVITY_API_URL", value => parseEndpoint("URL", value)),
    authorityUrl: read.optional("SIEM_AUTHORITY_URL", value => parseEndpoint("URL", value)),
    overlapMinutes: read.optional("SIEM_OVERLAP_MINUTES", wholeNumber(0, 10_000, "minutes")) ?? 60,
    sweepIntervalHours: read.optional("SIEM_SWEEP_INTERVAL_HOURS", wholeNumber(1, 168, "hours")) ?? 6,
    concurrency: read.optional("SIEM_CONCURRENCY", wholeNumber(1, 32, "requests")) ?? 10,
    requestsPerMinute:
      read.optional("SIEM_REQUESTS_PER_MINUTE", wholeNumber(10, 1_000_000, "requests")) ??
      BASELINE_REQUESTS_PER_MINUTE,
    attemptsPerBlob: read.optional("SIEM_ATTEMPTS_PER_BLOB", wholeNumber(1, 2000, "runs")) ?? 12,
    runSeconds: read.optional("SIEM_RUN_SECONDS", wholeNumber(10, 86_400, "seconds")),
    selfHeal: read.optional("SIEM_SELF_HEAL", parseSwitch) ?? false,
    sinks: readSinks(read),
  };
  read.refuseWrongValues();
  return settings;
}

function parseContentTypes(value: string): ContentType[] {
  return [...new Set(listed(value).map(parseContentType))];
}

function parseRecordTypes(value: string): WantedRecordTypes {
  const names = listed(value);
  if (!names.some(name => name.toLowerCase() === "all")) return new Set(names.map(parseRecordType));
  if (names.length === 1) return "all";
  throw new SettingError(`"${value}" names all and others. Write all, or the others without it.`);
}

function listed(value: string): string[] {
  const items = value.split(",").map(item => item.trim());
  if (items.every(item => item !== "")) return items;
  throw new SettingError(`"${value}" has an empty item. Separate the items with one comma each.`);
}

function parseSwitch(value: string): boolean {
  const word = value.trim().toLowerCase();
  if (word === "true" || word === "false") return word === "true";
  throw new SettingError(`"${value}" is neither true nor false. Write one of them.`);
}

function wholeNumber(least: number, most: number, unit: string): (value: string) => number {
  return value => {
    const number = /^\d+$/.test(value.trim()) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new SettingError(
      `"${value}" is not a number of ${unit}. Use a whole number from ${least} to ${most}.`,
    );
  };
}
