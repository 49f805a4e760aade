import type * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../azure/existingResources.ts";
import { type LogAnalyticsWorkspace, Monitoring } from "../monitoring/monitoring.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";
import type { SinkArgs } from "../sinks/sinks.ts";
import type { EventStore } from "../storage/eventStore.ts";
import type { BelowIntegration } from "./integrationPreflight.ts";
import { eventsTableOf } from "./integrationWorkspace.ts";

/** What a user may say of the monitoring of an integration. */
export interface IntegrationMonitoring {
  /** Whether there are telemetry, alerts and a workbook. Plain, since it decides which resources there are. Defaults to true. */
  enabled?: boolean;
  /** E-mail addresses that alerts are sent to. A plain list, since without one there is nothing that sends. Defaults to none: alerts are then seen in the portal only. */
  alertEmails?: pulumi.Input<string>[];
  /** Minutes without a completed run after which the poller is said to stand still. Defaults to 30, or three runs where that is longer. */
  stalledAfterMinutes?: pulumi.Input<number>;
  /** Age in minutes of the newest content from which on the feed is said to be silent. Defaults to 720. */
  lagMinutes?: pulumi.Input<number>;
  /** Log Analytics workspace for telemetry, which is neither changed nor deleted. Defaults to a new one. */
  workspace?: LogAnalyticsWorkspace;
}

/** What it needs to know of the rest of an integration. */
export interface WatchedIntegration {
  monitoring?: IntegrationMonitoring;
  pollIntervalMinutes?: pulumi.Input<number>;
  /** The account of the event store when it is somebody else's; an empty object is none. */
  eventStorage?: object;
  /** The integration's workspace. */
  workspace?: LogAnalyticsWorkspace;
  sinks?: Record<string, SinkArgs>;
  /** Whether there are sinks that another stack keeps. */
  hasSharedSinks?: boolean;
  /** Names of the tenants, where there are several. */
  tenantNames?: string[];
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** Before the poller, which is told where to send its telemetry. Undefined when monitoring is turned off. */
export function watchIntegration(
  name: string,
  group: { name: pulumi.Input<string>; location: pulumi.Input<string> },
  identity: ManagedIdentity,
  store: Pick<EventStore, "accountId"> | undefined,
  watched: WatchedIntegration,
  below: BelowIntegration,
): Monitoring | undefined {
  const { monitoring = {}, pollIntervalMinutes, eventStorage, workspace, sinks, tags } = watched;
  const { enabled = true, ...settings } = parseOrRefuse(
    below.parent,
    "monitoring",
    monitoring,
    parseMonitoring,
  );
  if (!enabled) return undefined;
  return new Monitoring(
    name,
    {
      ...settings,
      resourceGroupName: group.name,
      location: group.location,
      pollerPrincipalObjectId: identity.principalId,
      // An account that was passed is not changed, and a diagnostic setting is a part of it.
      eventStoreAccountId: isGiven(eventStorage) ? undefined : store?.accountId,
      pollIntervalMinutes,
      workspace,
      eventsTable: eventsTableOf(sinks),
      hasSinks: watched.hasSharedSinks || Object.keys(sinks ?? {}).length > 0,
      tenantNames: watched.tenantNames,
      tags,
    },
    below,
  );
}

const SETTINGS = ["enabled", "alertEmails", "stalledAfterMinutes", "lagMinutes", "workspace"];

/** Written by hand in a stack's configuration, where a wrong word would otherwise mean that nobody is told. */
function parseMonitoring(monitoring: IntegrationMonitoring): IntegrationMonitoring {
  const unknown = Object.keys(monitoring).find(key => !SETTINGS.includes(key));
  if (unknown !== undefined)
    throw new Error(`"${unknown}" is not a setting of it. Use ${SETTINGS.join(", ")}.`);
  const { enabled } = monitoring;
  if (enabled === undefined || typeof enabled === "boolean") return monitoring;
  throw new Error(`enabled is ${JSON.stringify(enabled)}. Write true or false, without quotes.`);
}
