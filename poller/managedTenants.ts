import { SettingError } from "../activity-api/settingError.ts";

const PREFIX = "SIEM_MANAGED_TENANT_";
const SCHEDULE = "SIEM_POLL_SCHEDULE";
const SINK_PREFIX = "SIEM_SINK_";

/** What the JSON of a tenant may say, and the variable that it takes the place of. */
const VARIABLES: Readonly<Record<string, string>> = {
  tenantId: "SIEM_TENANT_ID",
  cloud: "SIEM_CLOUD",
  contentTypes: "SIEM_CONTENT_TYPES",
  recordTypes: "SIEM_RECORD_TYPES",
  requestsPerMinute: "SIEM_REQUESTS_PER_MINUTE",
};

const PROPERTIES = [...Object.keys(VARIABLES), "sinks"];

/** The environment of a poller of one tenant, and where its values come from, for errors. */
export interface TenantEnvironment {
  env: NodeJS.ProcessEnv;
  /** What to call a variable that is not given as such. */
  origins: Readonly<Record<string, string>>;
}

/** A timer of the function app. */
export interface PollTimer {
  /** Of the function. */
  name: string;
  /** The managed tenant that it polls; undefined for the one of `SIEM_TENANT_ID`. */
  tenant: string | undefined;
  /** Refers to an application setting, which the host resolves. */
  schedule: string;
}

/** The names of the tenants that `SIEM_MANAGED_TENANT_<NAME>` describe, in alphabetical order; none for a single tenant. */
export function managedTenantNames(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env)
    .filter(([variable, value]) => variable.startsWith(PREFIX) && (value ?? "").trim() !== "")
    .map(([variable]) => variable.slice(PREFIX.length).toLowerCase())
    .sort();
}

/**
 * A timer for each tenant, so that one that fails or hangs is no other's trouble. What is wrong with the settings of a tenant
 * is told by its own runs.
 */
export function pollTimers(env: NodeJS.ProcessEnv): PollTimer[] {
  const ofTenants = managedTenantNames(env).map(tenant => ({
    name: `poll-${tenant}`,
    tenant,
    schedule: `%${SCHEDULE}_${tenant.toUpperCase()}%`,
  }));
  const single = { name: "poll", tenant: undefined, schedule: `%${SCHEDULE}%` };
  return env[SCHEDULE] === undefined ? ofTenants : [single, ...ofTenants];
}

/**
 * What all tenants share, with what the JSON of this one says in its place.
 *
 * @throws SettingError for a tenant that is not described, or not by an object of the known properties.
 */
export function environmentOfTenant(env: NodeJS.ProcessEnv, tenant: string): TenantEnvironment {
  const variable = `${PREFIX}${tenant.toUpperCase()}`;
  const json = env[variable]?.trim() ?? "";
  if (json === "") throw new SettingError(unknownTenant(env, tenant));
  try {
    if (!/^[a-z0-9]+$/.test(tenant))
      throw new SettingError("a tenant's name has only capital letters and digits. Rename the variable.");
    const given = parseObject(json);
    return {
      env: { ...withoutOtherSinks(env, given.sinks), ...ownVariables(given) },
      origins: Object.fromEntries(
        Object.entries(VARIABLES).map(([property, own]) => [own, `${variable}.${property}`]),
      ),
    };
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    throw new SettingError(`${variable}: ${error.message}`);
  }
}

function unknownTenant(env: NodeJS.ProcessEnv, tenant: string): string {
  const names = managedTenantNames(env);
  const choice =
    names.length === 0
      ? `No ${PREFIX}<NAME> is set: leave the name out, and the tenant of SIEM_TENANT_ID is meant.`
      : `Use ${names.join(", ")}.`;
  return `There is no tenant ${JSON.stringify(tenant)}. ${choice}`;
}

function parseObject(json: string): Record<string, unknown> {
  const example = '{"tenantId":"11111111-2222-4333-8444-555555555555"}';
  let given: unknown;
  try {
    given = JSON.parse(json);
  } catch {
    throw new SettingError(`it is not JSON. Write an object like ${example}.`);
  }
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new SettingError(`it is JSON and not an object. Write one like ${example}.`);
  const unknown = Object.keys(given).find(property => !PROPERTIES.includes(property));
  if (unknown !== undefined)
    throw new SettingError(`"${unknown}" is not a property of a tenant. Use ${PROPERTIES.join(", ")}.`);
  return given as Record<string, unknown>;
}

/** A tenant id that is left out must not be another one's. */
function ownVariables(given: Record<string, unknown>): NodeJS.ProcessEnv {
  const values = Object.entries(VARIABLES).flatMap(([property, variable]) =>
    given[property] === undefined ? [] : [[variable, asVariable(property, given[property])]],
  );
  return { SIEM_TENANT_ID: undefined, ...Object.fromEntries(values) };
}

function asVariable(property: string, value: unknown): string {
  const items = Array.isArray(value) ? value : [value];
  if (items.every(item => typeof item === "string" || typeof item === "number")) return items.join(",");
  throw new SettingError(
    `${property} is ${JSON.stringify(value)}. Write a text, a number, or a list of them.`,
  );
}

/** Without the sinks that the tenant does not name; with all of them when it names none. */
function withoutOtherSinks(env: NodeJS.ProcessEnv, sinks: unknown): NodeJS.ProcessEnv {
  if (sinks === undefined) return env;
  if (!Array.isArray(sinks) || !sinks.every(name => typeof name === "string"))
    throw new SettingError(
      `sinks is ${JSON.stringify(sinks)}. Write a list of names, or leave it out for all.`,
    );
  const missing = sinks.find(name => env[SINK_PREFIX + name.toUpperCase()] === undefined);
  if (missing !== undefined)
    throw new SettingError(
      `there is no sink "${missing}". Add ${SINK_PREFIX}${missing.toUpperCase()}, or remove it.`,
    );
  const isOwn = (variable: string) =>
    sinks.some(name => variable.slice(SINK_PREFIX.length).replace(/_TOKEN$/, "") === name.toUpperCase());
  return Object.fromEntries(
    Object.entries(env).filter(([variable]) => !variable.startsWith(SINK_PREFIX) || isOwn(variable)),
  );
}
