import type * as pulumi from "@pulumi/pulumi";
import type { ListedTenant } from "./managedTenantList.ts";
import { everyMinutesOfOwn } from "./schedule.ts";

/** What `poller/function.ts` calls the timer functions; the one of a single tenant has no name behind it. */
export function pollFunction(tenant?: string): string {
  return tenant === undefined ? "poll" : `poll-${tenant}`;
}

/** What the poller reads of each of many tenants; `poller/managedTenants.ts` is the other end. */
export function tenantSettings(
  tenants: Record<string, ListedTenant>,
  pollIntervalMinutes: pulumi.Output<number>,
): Record<string, pulumi.Input<string>> {
  const settings = Object.entries(tenants).flatMap(([name, tenant]) => [
    [`SIEM_MANAGED_TENANT_${name.toUpperCase()}`, JSON.stringify(tenant)],
    [
      `SIEM_POLL_SCHEDULE_${name.toUpperCase()}`,
      pollIntervalMinutes.apply(minutes => everyMinutesOfOwn(name, minutes)),
    ],
  ]);
  return Object.fromEntries(settings);
}
