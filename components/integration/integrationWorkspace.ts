import type * as pulumi from "@pulumi/pulumi";
import { LOGS_INGESTION_TABLE } from "../../poller/sinks/logsIngestionTable.ts";
import { isGiven } from "../azure/existingResources.ts";
import { givenName, type ResourceNames } from "../azure/resourceNames.ts";
import { createWorkspace, type ExistingWorkspace } from "../monitoring/workspace.ts";
import { landsInOwnWorkspace, type SinkArgs } from "../sinks/sinks.ts";
import type { BelowIntegration } from "./integrationPreflight.ts";

/** What decides whether an integration needs a workspace, and whose. */
export interface WorkspaceUsers {
  monitoring?: { enabled?: boolean; workspace?: ExistingWorkspace };
  sinks?: Record<string, SinkArgs>;
  names?: ResourceNames;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/**
 * The one workspace of an integration, for its telemetry and for the events of a sink that names no other; undefined
 * when neither is wanted. It belongs to the integration, so that turning one of the two off leaves it where it is.
 */
export function integrationWorkspace(
  name: string,
  group: { name: pulumi.Input<string>; location: pulumi.Input<string> },
  { monitoring = {}, sinks, names, tags }: WorkspaceUsers,
  below: BelowIntegration,
): ExistingWorkspace | undefined {
  const { enabled = true, workspace: passed } = monitoring;
  if (isGiven(passed)) return passed;
  if (!enabled && eventsTableOf(sinks) === undefined) return undefined;
  const { name: resourceGroupName, location } = group;
  const workspaceName = givenName(below.parent, names, "workspace");
  return createWorkspace(`${name}-logs`, { workspaceName, resourceGroupName, location, tags }, below);
}

/** The table of that workspace into which a sink puts events. */
export function eventsTableOf(sinks: Record<string, SinkArgs> = {}): string | undefined {
  return Object.values(sinks).some(landsInOwnWorkspace) ? LOGS_INGESTION_TABLE : undefined;
}
