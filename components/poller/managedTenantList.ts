import type * as pulumi from "@pulumi/pulumi";
import { CLOUDS, type Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { type ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { parseTenantId } from "../../activity-api/identifiers.ts";
import { parseOrRefuse, wholeNumberBetween } from "../pulumi/validation.ts";
import { definedOnly } from "../pulumi/wireFormat.ts";
import { parseWantedRecordType } from "./wantedRecordTypes.ts";

/** A tenant of a customer. Plain in all of its parts, since they decide which resources there are and what these are called. */
export interface ManagedTenant {
  /** Tenant id (a GUID) of the customer's tenant. */
  tenantId: string;
  /** Microsoft cloud of the customer's tenant, of those with the same login host: commercial or gcc, gccHigh or dod. Defaults to the cloud of all. */
  cloud?: Cloud;
  /** Content types to subscribe to and collect. Defaults to those of all. */
  contentTypes?: string[];
  /** Names or numbers of the record types to keep, or `all`. Defaults to those of all. */
  recordTypes?: (string | number)[];
  /** Most requests to the Management Activity API in a minute, from 10 on, of which every tenant has its own. Defaults to 2000. */
  requestsPerMinute?: number;
  /** Names of the sinks that its events go to. Defaults to all. */
  sinks?: string[];
}

/** A tenant whose properties are in one spelling each. */
export interface ListedTenant extends ManagedTenant {
  contentTypes?: ContentType[];
  recordTypes?: string[];
}

/** What a list is checked against. */
export interface TenantSurroundings {
  /** The cloud of the application; undefined where it is not known yet, and is checked elsewhere. */
  cloud?: Cloud;
  /** Names of the sinks; undefined when they are another stack's. */
  sinkNames?: readonly string[];
}

const PROPERTIES = ["tenantId", "cloud", "contentTypes", "recordTypes", "requestsPerMinute", "sinks"];

/** It becomes part of an application setting and of a function's name. */
const TENANT_NAME = /^[a-z][a-z0-9]{0,23}$/;

/** The list as it is declared, by name, with everything checked. Plain, since it decides which resources there are. */
export function readTenantList(
  tenants: Record<string, ManagedTenant>,
  surroundings: TenantSurroundings,
  parent: pulumi.Resource,
): Record<string, ListedTenant> {
  const read = Object.entries(tenants).map(([name, tenant]) => {
    parseOrRefuse(parent, "tenants", name, refuseName);
    return [name, readTenant(`tenants.${name}`, tenant, surroundings, parent)] as const;
  });
  parseOrRefuse(parent, "tenants", read, refuseTwins);
  return Object.fromEntries(read);
}

function readTenant(
  argument: string,
  tenant: ManagedTenant,
  { cloud, sinkNames }: TenantSurroundings,
  parent: pulumi.Resource,
): ListedTenant {
  parseOrRefuse(parent, argument, tenant, refuseUnknownProperties);
  const read = <In, Out>(property: string, value: In | undefined, parse: (value: In) => Out) =>
    value === undefined ? undefined : parseOrRefuse(parent, `${argument}.${property}`, value, parse);
  const readEach = <In, Out>(property: string, values: In[] | undefined, parse: (value: In) => Out) =>
    values?.map((value, index) => parseOrRefuse(parent, `${argument}.${property}[${index}]`, value, parse));
  return definedOnly({
    tenantId: parseOrRefuse(parent, `${argument}.tenantId`, tenant.tenantId, parseTenantId),
    cloud: read("cloud", tenant.cloud, value => cloudBeside(value, cloud)),
    contentTypes: readEach("contentTypes", tenant.contentTypes, parseContentType),
    recordTypes: readEach("recordTypes", tenant.recordTypes, parseWantedRecordType),
    requestsPerMinute: read("requestsPerMinute", tenant.requestsPerMinute, parseRequests),
    sinks: read("sinks", tenant.sinks, names => knownSinks(names, sinkNames)),
  });
}

const parseRequests = wholeNumberBetween(
  10,
  1_000_000,
  "requests",
  "Every tenant has 2000 a minute, which its other clients share; E5 has about twice that.",
);

function refuseName(name: string): void {
  if (TENANT_NAME.test(name)) return;
  throw new Error(
    `${JSON.stringify(name)} is not a name for a tenant. Use up to 24 lower-case letters and digits, a letter first: ` +
      "the name becomes part of an application setting and of a function's name.",
  );
}

/** Written by hand in a stack's configuration, where a misspelled property would go unseen. */
function refuseUnknownProperties(tenant: ManagedTenant): void {
  const unknown = Object.keys(tenant ?? {}).find(property => !PROPERTIES.includes(property));
  if (unknown !== undefined)
    throw new Error(`"${unknown}" is not a property of a tenant. Use ${PROPERTIES.join(", ")}.`);
  if (tenant?.tenantId === undefined) throw new Error("there is no tenantId. Write the tenant's id, a GUID.");
}

/** The application and its identity are of one login host, and unknown at any other. */
function cloudBeside(value: string, own: Cloud | undefined): Cloud {
  const cloud = parseCloud(value);
  if (own === undefined || CLOUDS[cloud].azureEnvironment === CLOUDS[own].azureEnvironment) return cloud;
  throw new Error(
    `A tenant of ${cloud} logs in at ${hostOf(cloud)}, and the application of this list, which is in ${own}, at ` +
      `${hostOf(own)}: neither knows the other's. Declare such tenants in a ManagedTenants of their own, with a ` +
      "tenantId and a cloud there and with providers for that Azure.",
  );
}

function hostOf(cloud: Cloud): string {
  return new URL(CLOUDS[cloud].authorityUrl).host;
}

function knownSinks(names: string[], known: readonly string[] | undefined): string[] {
  if (!Array.isArray(names)) throw new Error(`${JSON.stringify(names)} is not a list of names.`);
  const missing = known === undefined ? undefined : names.find(name => !known.includes(name));
  if (missing === undefined) return names;
  const choice = known?.length ? `Use ${known.join(", ")}.` : "There is none.";
  throw new Error(`There is no sink "${missing}". ${choice}`);
}

/** Two pollers of one tenant would share a ledger, and one of them would do nothing. */
function refuseTwins(tenants: readonly (readonly [string, ListedTenant])[]): void {
  for (const [index, [name, { tenantId }]] of tenants.entries()) {
    const twin = tenants.slice(0, index).find(([, other]) => other.tenantId === tenantId);
    if (twin !== undefined)
      throw new Error(`${twin[0]} and ${name} are the same tenant, ${tenantId}. Keep one of them.`);
  }
}
