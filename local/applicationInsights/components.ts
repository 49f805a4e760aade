import { isAtOrBelow } from "../azure/resourceId.ts";
import type { ResourceManager } from "../azure/resourceManager.ts";
import type { TelemetryComponent } from "./ingestion.ts";

const COMPONENT = "azure-native:applicationinsights:Component";

/** The role whose name says metrics, and which allows every kind of telemetry. */
const MONITORING_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb";

/** The declared component that an item names by its key. */
export function findComponent(
  azure: ResourceManager,
  instrumentationKey: string,
): TelemetryComponent | undefined {
  const found = azure
    .list(COMPONENT)
    .find(({ outputs }) => outputs.instrumentationKey === instrumentationKey.toLowerCase());
  return found && { resourceId: found.id, disableLocalAuth: found.properties.disableLocalAuth === true };
}

/** Whether the principal holds Monitoring Metrics Publisher on the resource or on anything above it. */
export function mayPublishTelemetry(
  azure: ResourceManager,
  principalObjectId: string,
  resourceId: string,
): boolean {
  return azure
    .roleAssignments()
    .some(
      assignment =>
        assignment.principalObjectId === principalObjectId &&
        assignment.roleDefinitionId.toLowerCase().endsWith(MONITORING_METRICS_PUBLISHER) &&
        isAtOrBelow(resourceId, assignment.scope),
    );
}
