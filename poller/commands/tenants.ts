import { managedTenantNames } from "../managedTenants.ts";
import { type PollerSettings, readSettings } from "../settings.ts";

/** Options of a command that is about a tenant. */
export interface TenantOptions {
  tenant?: string;
}

/** `--tenant` of a command that is about one tenant, or about all of them when none is named. */
export const TENANT_OPTION = [
  "--tenant <name>",
  "the tenant of SIEM_MANAGED_TENANT_<NAME>; all unless it is given",
] as const;

/** `--tenant` of a command that is about one tenant only. */
export const ONE_TENANT_OPTION = [
  "--tenant <name>",
  "the tenant of SIEM_MANAGED_TENANT_<NAME>, where there are several",
] as const;

/** What became of a tenant: a result, or why there is none. */
export type Outcome<T> = { tenant: string; result: T } | { tenant: string; error: string };

/** The settings of the named tenant, or of the only one. */
export function settingsOf({ tenant }: TenantOptions): PollerSettings {
  return readSettings(process.env, tenant?.toLowerCase());
}

/** Whether there are several tenants, of which none is named. */
export function isAboutAll({ tenant }: TenantOptions): boolean {
  return tenant === undefined && managedTenantNames(process.env).length > 0;
}

/** Does the same for every tenant. What goes wrong for one keeps no other from its turn. */
export function forEveryTenant<T>(work: (settings: PollerSettings) => Promise<T>): Promise<Outcome<T>[]> {
  return Promise.all(
    managedTenantNames(process.env).map(async tenant => {
      try {
        return { tenant, result: await work(readSettings(process.env, tenant)) };
      } catch (error) {
        return { tenant, error: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

/** The names of those whose result is not well, or that have none. */
export function failingTenants<T>(outcomes: readonly Outcome<T>[], isWell: (result: T) => boolean): string[] {
  const failing = outcomes.filter(outcome => !("result" in outcome && isWell(outcome.result)));
  return failing.map(({ tenant }) => tenant);
}

/** The last line of a command about all tenants, which names those that need somebody. */
export function describeFailing(failing: readonly string[], of: number): string {
  return failing.length === 0
    ? `All is well with all ${of} tenants.`
    : `${failing.length} of ${of} tenants need attention: ${failing.join(", ")}.`;
}
