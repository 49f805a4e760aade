/** What Azure refuses of Event Hubs and data collection, and how what is declared is served by the local tenant. */
import { beforeEach, describe, expect, it } from "vitest";
import { declaredEventHubs } from "../../local/eventHubs/declaredEventHubs.ts";
import { declaredRules } from "../../local/logsIngestion/declaredRules.ts";
import {
  LOGS_INGESTION_COLUMNS,
  LOGS_INGESTION_STREAM,
  LOGS_INGESTION_TABLE,
} from "../../poller/sinks/logsIngestionTable.ts";
import { type DeclaredParts, declare, declaredParts } from "./localSubscriptionFixture.ts";

const IN_GROUP = { resourceGroupName: "siem-rg" };
const IN_NAMESPACE = { ...IN_GROUP, namespaceName: "siem-events" };
const NAMESPACE = "azure-native:eventhub:Namespace";
const EVENT_HUB = "azure-native:eventhub:EventHub";
const CONSUMER_GROUP = "azure-native:eventhub:ConsumerGroup";

let parts: DeclaredParts;

beforeEach(async () => {
  parts = await declaredParts({
    eventHubsUrl: "https://127.0.0.1:5671",
    logsIngestionUrl: "https://127.0.0.1:8443",
  });
});

describe("an Event Hubs namespace", () => {
  it("is reached at the local tenant, never at Azure", async () => {
    const { outputs } = await declare(parts.provider, NAMESPACE, IN_NAMESPACE);
    expect(outputs).toMatchObject({ serviceBusEndpoint: "https://127.0.0.1:5671/", status: "Active" });
  });

  it.each(["siem", "1siem-events", "siem-events-", "siem-mgmt", "siem_events"])(
    "is refused with the name %s",
    async namespaceName => {
      await expect(declare(parts.provider, NAMESPACE, { ...IN_GROUP, namespaceName })).rejects.toThrow();
    },
  );

  it.each([
    [{ maximumThroughputUnits: 2 }, "MaximumThroughputUnits cannot be set when AutoInflate is disabled."],
    [{ sku: { name: "Standard", capacity: 41 } }, "The throughput units must be between 1 and 40."],
  ])("is refused with %j", async (changes, message) => {
    await expect(declare(parts.provider, NAMESPACE, { ...IN_NAMESPACE, ...changes })).rejects.toThrow(
      message,
    );
  });
});

describe("an event hub", () => {
  const hub = { ...IN_NAMESPACE, eventHubName: "defender", partitionCount: 2 };

  it("can be sent to as soon as it is declared", async () => {
    await declare(parts.provider, NAMESPACE, IN_NAMESPACE);
    const { id, outputs } = await declare(parts.provider, EVENT_HUB, hub);
    await declare(parts.provider, CONSUMER_GROUP, {
      ...IN_NAMESPACE,
      eventHubName: "defender",
      consumerGroupName: "siem",
    });
    expect(outputs).toMatchObject({ partitionIds: ["0", "1"] });
    expect(declaredEventHubs(parts.resourceManager)).toEqual([
      {
        namespace: "siem-events.servicebus.windows.net",
        name: "defender",
        resourceId: id,
        partitionCount: 2,
        isDisabled: false,
      },
    ]);
  });

  it("is refused without its namespace", async () => {
    await expect(declare(parts.provider, EVENT_HUB, hub)).rejects.toThrow(
      /parent resource '.*namespaces\/siem-events' could not be found/,
    );
  });

  it.each([
    [{ partitionCount: 33 }, "The value for the partition count of an event hub must be 1 to 32."],
    [
      { messageRetentionInDays: 7, retentionDescription: { cleanupPolicy: "Delete" } },
      "MessageRetentionInDays and RetentionDescription can't be given together.",
    ],
    [
      { retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours: 169 } },
      "The supplied retention time is invalid. It must be 1 to 168 hours.",
    ],
  ])("is refused with %j", async (changes, message) => {
    await declare(parts.provider, NAMESPACE, IN_NAMESPACE);
    await expect(declare(parts.provider, EVENT_HUB, { ...hub, ...changes })).rejects.toThrow(message);
  });
});

describe("a data collection rule", () => {
  it("of the poller's table takes rows as soon as it is declared", async () => {
    const columns = LOGS_INGESTION_COLUMNS.map(({ name, type }) => ({ name, type }));
    const workspace = await declare(parts.provider, "azure-native:operationalinsights:Workspace", {
      ...IN_GROUP,
      workspaceName: "siem-logs",
    });
    await declare(parts.provider, "azure-native:operationalinsights:Table", {
      ...IN_GROUP,
      workspaceName: "siem-logs",
      tableName: LOGS_INGESTION_TABLE,
      schema: {
        name: LOGS_INGESTION_TABLE,
        columns: columns.map(({ name, type }) => ({ name, type: type === "datetime" ? "dateTime" : type })),
      },
    });
    const endpoint = await declare(parts.provider, "azure-native:monitor:DataCollectionEndpoint", {
      ...IN_GROUP,
      dataCollectionEndpointName: "siem",
    });
    const rule = await declare(parts.provider, "azure-native:monitor:DataCollectionRule", {
      ...IN_GROUP,
      dataCollectionRuleName: "siem",
      dataCollectionEndpointId: endpoint.id,
      streamDeclarations: { [LOGS_INGESTION_STREAM]: { columns } },
      destinations: { logAnalytics: [{ name: "workspace", workspaceResourceId: workspace.id }] },
      dataFlows: [
        {
          streams: [LOGS_INGESTION_STREAM],
          destinations: ["workspace"],
          outputStream: `Custom-${LOGS_INGESTION_TABLE}`,
        },
      ],
    });
    expect(endpoint.outputs.logsIngestion).toEqual({ endpoint: "https://127.0.0.1:8443" });
    expect(declaredRules(parts.resourceManager)).toEqual([
      {
        immutableId: rule.outputs.immutableId,
        resourceId: rule.id,
        streams: { [LOGS_INGESTION_STREAM]: columns },
      },
    ]);
  });
});
