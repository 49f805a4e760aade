import { AzureError } from "../azureError.ts";
import { isObject, valueAt } from "../properties.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";

const NAMESPACE_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.EventHub/namespaces/{namespaceName}";
const HUB_PATH = `${NAMESPACE_PATH}/eventhubs/{eventHubName}`;

const MOST_THROUGHPUT_UNITS = 40;
/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
const MOST_PARTITIONS = 32;
const MOST_RETENTION_HOURS = 168;

export const eventHubsNamespace: ResourceType = {
  token: "azure-native:eventhub:Namespace",
  apiVersion: "2024-01-01",
  path: NAMESPACE_PATH,
  createOnly: ["location", "zoneRedundant"],
  limits: { namespaceName: { minLength: 6, maxLength: 50 } },
  location: "regional",
  outputs: ["createdAt", "metricId", "provisioningState", "serviceBusEndpoint", "status", "updatedAt"],
  refuse(namespace, azure, previous) {
    if (previous === undefined) refuseNamespaceName(namespace, azure);
    const { isAutoInflateEnabled, maximumThroughputUnits = 0, sku } = namespace.properties;
    const capacity = valueAt(sku, "capacity") ?? 1;
    if (isAutoInflateEnabled !== true && Number(maximumThroughputUnits) > 0)
      throw badRequest("MaximumThroughputUnits cannot be set when AutoInflate is disabled.");
    if (Math.max(Number(capacity), Number(maximumThroughputUnits)) > MOST_THROUGHPUT_UNITS)
      throw badRequest(`The throughput units must be between 1 and ${MOST_THROUGHPUT_UNITS}.`);
  },
  created: ({ name }, azure) => {
    const now = new Date().toISOString();
    return {
      createdAt: now,
      metricId: `${azure.subscriptionId}:${name}`,
      provisioningState: "Succeeded",
      serviceBusEndpoint: `${azure.eventHubsUrl}/`,
      status: "Active",
      updatedAt: now,
    };
  },
};

export const eventHub: ResourceType = {
  token: "azure-native:eventhub:EventHub",
  apiVersion: "2024-01-01",
  path: HUB_PATH,
  limits: { eventHubName: { minLength: 1, maxLength: 256 } },
  outputs: ["createdAt", "partitionIds", "updatedAt"],
  refuse({ properties }, _azure, previous) {
    const { partitionCount = 4, retentionDescription, messageRetentionInDays } = properties;
    if (!isBetween(partitionCount, 1, MOST_PARTITIONS))
      throw badRequest(`The value for the partition count of an event hub must be 1 to ${MOST_PARTITIONS}.`);
    if (previous !== undefined && (previous.properties.partitionCount ?? 4) !== partitionCount)
      throw badRequest("Partition count can't be changed for an event hub of the Standard tier.");
    if (isObject(retentionDescription) && messageRetentionInDays !== undefined)
      throw badRequest("MessageRetentionInDays and RetentionDescription can't be given together.");
    const hours = valueAt(retentionDescription, "retentionTimeInHours");
    if (hours !== undefined && !isBetween(hours, 1, MOST_RETENTION_HOURS))
      throw badRequest(
        `The supplied retention time is invalid. It must be 1 to ${MOST_RETENTION_HOURS} hours.`,
      );
  },
  created: ({ properties }) => {
    const now = new Date().toISOString();
    const partitions = Number(properties.partitionCount ?? 4);
    return {
      createdAt: now,
      partitionIds: Array.from({ length: partitions }, (_, id) => String(id)),
      updatedAt: now,
    };
  },
};

export const eventHubConsumerGroup: ResourceType = {
  token: "azure-native:eventhub:ConsumerGroup",
  apiVersion: "2024-01-01",
  path: `${HUB_PATH}/consumergroups/{consumerGroupName}`,
  limits: { consumerGroupName: { minLength: 1, maxLength: 50 } },
  outputs: ["createdAt", "updatedAt"],
  created: () => {
    const now = new Date().toISOString();
    return { createdAt: now, updatedAt: now };
  },
};

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsofteventhub */
function refuseNamespaceName({ name, id }: ArmResource, azure: AzureView): void {
  if (!/^[a-z][a-z0-9-]{4,48}[a-z0-9]$/i.test(name) || /-(sb|mgmt)$/i.test(name))
    throw badRequest(`The specified service namespace '${name}' is invalid.`);
  const own = azure
    .list(eventHubsNamespace.token)
    .some(other => other.name.toLowerCase() === name.toLowerCase() && other.id !== id);
  if (own || azure.takenNames.includes(name))
    throw new AzureError(
      409,
      "NamespaceUnavailable",
      `The specified service namespace '${name}' is not available.`,
    );
}

function isBetween(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
}

function badRequest(message: string): AzureError {
  return new AzureError(400, "BadRequest", message);
}
