import { parseResourceId } from "../azure/resourceId.ts";
import type { ResourceManager } from "../azure/resourceManager.ts";
import type { EventHub } from "./eventHubsService.ts";

/** The event hubs of the local subscription, as they are now. */
export function declaredEventHubs(azure: ResourceManager): EventHub[] {
  return azure.list("azure-native:eventhub:EventHub").map(({ id, name, type, properties }) => ({
    namespace: `${parseResourceId(type.path, id)?.namespaceName}.servicebus.windows.net`,
    name,
    resourceId: id,
    partitionCount: Number(properties.partitionCount ?? 4),
    isDisabled: properties.status === "Disabled",
  }));
}
