import { ConsumerGroup } from "@pulumi/azure-native/eventhub/consumerGroup.js";
import { EventHub } from "@pulumi/azure-native/eventhub/eventHub.js";
import { Namespace } from "@pulumi/azure-native/eventhub/namespace.js";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDS } from "../../activity-api/clouds.ts";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { existing, resourceIdOf } from "../azure/existingResources.ts";
import { nameOwner } from "../azure/nameOwner.ts";
import { eventHubsNamespaceName } from "../azure/naming.ts";
import { AzureRole, grantRole } from "../azure/roleAssignments.ts";
import { keepDerived } from "../pulumi/keepDerived.ts";
import { checked, parseOrRefuse, wholeNumberBetween } from "../pulumi/validation.ts";
import { type DeclaredSink, refuseUnknownProperties, type SinkSurroundings } from "./sink.ts";

/** Azure Event Hubs, from which most SIEMs can read with an Entra identity. */
export interface EventHubsSinkArgs {
  /** `eventHubs`, which tells this sink from the others. */
  kind: "eventHubs";
  /** An event hub that exists: it is left as it is, and the poller's identity may send to it. Defaults to a new one in a namespace of its own. */
  hub?: ExistingEventHub;
  /** Partitions of a new event hub, from 1 to 32, which is how many readers can share the work; it cannot be changed later. Defaults to 4. */
  partitionCount?: pulumi.Input<number>;
}

/** An event hub that exists already. */
export interface ExistingEventHub {
  /** Resource id of the event hub: `/subscriptions/…/namespaces/contoso/eventhubs/defender`. */
  id: pulumi.Input<string>;
  /** Where the namespace is reached, for odd networks and tests. Defaults to its own host. */
  endpoint?: pulumi.Input<string>;
}

/** The longest that Standard keeps events: a SIEM may stand still for a week, as the feed itself allows. */
const RETENTION_HOURS = 168;

/** One unit takes 1000 events or 1 MB a second; Azure adds the second when a backlog needs it. */
const THROUGHPUT_UNITS = { capacity: 1, maximum: 2 };

const HUB_NAME = "defender";
const CONSUMER_GROUP_NAME = "siem";

const EVENT_HUB = { required: ["id"], optional: ["endpoint"] };
const parseHubId = resourceIdOf("Microsoft.EventHub/namespaces/eventhubs");

/** A namespace, hub and consumer group, or the hub that exists, and the right to send to that one hub. */
export function declareEventHubsSink(
  name: string,
  args: EventHubsSinkArgs,
  surroundings: SinkSurroundings,
): DeclaredSink {
  const { parent, component } = surroundings;
  parseOrRefuse(parent, `sinks.${name}`, args, given =>
    refuseUnknownProperties(given, ["kind", "hub", "partitionCount"]),
  );
  const given = existing(parent, `sinks.${name}.hub`, args.hub, EVENT_HUB);
  const hub = given
    ? existingHub(`sinks.${name}.hub`, given, surroundings)
    : createHub(name, args, surroundings);
  const grant = grantRole(
    `${component}-sends-to-${name}`,
    {
      scope: hub.id,
      role: AzureRole.azureEventHubsDataSender,
      principalObjectId: surroundings.principalObjectId,
    },
    { parent },
  );
  return {
    setting: hubSetting(hub),
    ready: [grant],
    output: {
      kind: args.kind,
      namespace: hub.namespace,
      hub: hub.name,
      hubId: hub.id,
      ...(hub.consumerGroup && { consumerGroup: hub.consumerGroup }),
    },
  };
}

interface Hub {
  id: pulumi.Output<string>;
  name: pulumi.Output<string>;
  /** Host of the namespace. */
  namespace: pulumi.Output<string>;
  /** URL at which it is reached. */
  endpoint: pulumi.Output<string>;
  consumerGroup?: pulumi.Output<string>;
}

function createHub(name: string, args: EventHubsSinkArgs, surroundings: SinkSurroundings): Hub {
  const { component, parent, resourceGroupName } = surroundings;
  const partitionCount = checked(
    parent,
    `sinks.${name}.partitionCount`,
    args.partitionCount ?? 4,
    wholeNumberBetween(1, 32, "partitions", "Standard namespaces have 32 at most; 4 is a good value."),
  );
  const namespace = createNamespace(`${component}-${name}`, surroundings);
  const inNamespace = { resourceGroupName, namespaceName: namespace.name };
  const hub = new EventHub(
    `${component}-${name}`,
    {
      ...inNamespace,
      eventHubName: HUB_NAME,
      partitionCount,
      // Never together with messageRetentionInDays, which is the same in days.
      retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours: RETENTION_HOURS },
    },
    { parent },
  );
  // One of its own: another reader in $Default would take its events away.
  const consumerGroup = new ConsumerGroup(
    `${component}-${name}-${CONSUMER_GROUP_NAME}`,
    { ...inNamespace, eventHubName: hub.name, consumerGroupName: CONSUMER_GROUP_NAME },
    { parent },
  );
  return {
    id: hub.id,
    name: hub.name,
    namespace: namespaceHost(namespace.name, surroundings),
    endpoint: namespace.serviceBusEndpoint,
    consumerGroup: consumerGroup.name,
  };
}

/** No authorization rule: who sends and who reads proves itself to Entra (Azure.EventHub.DisableLocalAuth). */
function createNamespace(name: string, surroundings: SinkSurroundings): Namespace {
  const { parent, resourceGroupName, location, tags } = surroundings;
  return new Namespace(
    name,
    {
      namespaceName: nameOwner(name, parent).apply(eventHubsNamespaceName),
      resourceGroupName,
      location,
      tags,
      sku: { name: "Standard", tier: "Standard", capacity: THROUGHPUT_UNITS.capacity },
      isAutoInflateEnabled: true,
      maximumThroughputUnits: THROUGHPUT_UNITS.maximum,
      disableLocalAuth: true,
      minimumTlsVersion: "1.2",
      publicNetworkAccess: "Enabled",
      zoneRedundant: true,
    },
    // The name is fixed, so the old namespace has to go before a new one comes.
    keepDerived("namespaceName", undefined, { parent, deleteBeforeReplace: true }),
  );
}

function existingHub(argument: string, hub: ExistingEventHub, surroundings: SinkSurroundings): Hub {
  const { parent } = surroundings;
  const id = checked(parent, `${argument}.id`, hub.id, parseHubId);
  const names = id.apply(known => known.split("/").filter((_, index) => index === 8 || index === 10));
  const namespace = namespaceHost(
    names.apply(([namespaceName]) => namespaceName!),
    surroundings,
  );
  return {
    id,
    name: names.apply(([, hubName]) => hubName!),
    namespace,
    endpoint: hub.endpoint
      ? checked(parent, `${argument}.endpoint`, hub.endpoint, value => parseEndpoint("The URL", value))
      : pulumi.interpolate`https://${namespace}`,
  };
}

function namespaceHost(name: pulumi.Output<string>, { cloud }: SinkSurroundings): pulumi.Output<string> {
  return pulumi.interpolate`${name}.${cloud.apply(known => CLOUDS[known].serviceBusSuffix)}`;
}

/** The address is said only where it is not that of the namespace's own host. */
function hubSetting({ namespace, endpoint, name }: Hub): pulumi.Output<string> {
  return pulumi.all([namespace, endpoint, name]).apply(([host, address, hub]) => {
    const url = new URL(address);
    const elsewhere = url.host === host ? {} : { endpoint: url.origin };
    return JSON.stringify({ kind: "eventHubs", namespace: host, hub, ...elsewhere });
  });
}
