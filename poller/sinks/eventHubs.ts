import { createHash } from "node:crypto";
import {
  type EventData,
  type EventDataBatch,
  EventHubProducerClient,
  type RetryOptions,
} from "@azure/event-hubs";
import type { TokenCredential } from "@azure/identity";
import { eventHubsError, isTooLarge } from "./eventHubsErrors.ts";
import type { RefusedEvent, Sink, SinkEvent } from "./sink.ts";

export interface EventHubsSettings {
  /** Host of the namespace: `contoso.servicebus.windows.net`. */
  namespace: string;
  /** Name of the event hub. */
  hub: string;
  /** Where the namespace is reached, for odd networks and tests. Defaults to its own host. */
  endpoint?: string | undefined;
}

/** How the SDK tries again, and how long it may take for one batch with all of that. */
export interface EventHubsRetries extends RetryOptions {
  longestOperationInMs: number;
}

/**
 * The SDK waits half a minute between attempts by default, and a minute for an answer, also when the connection that it
 * was to come by is gone. What fails here waits for the next run, which is not far.
 */
const RETRIES: EventHubsRetries = {
  mode: 0,
  maxRetries: 2,
  retryDelayInMs: 1000,
  maxRetryDelayInMs: 5000,
  timeoutInMs: 15_000,
  // A host that takes a connection and says nothing is waited for by the SDK for a minute, each time.
  longestOperationInMs: 45_000,
};

/**
 * How many partition keys there are. Few, since a batch has one key and small batches are slow; and many enough for an
 * even share of the four partitions that a hub has unless it is given more.
 */
const PARTITION_KEYS = 16;

/** Batches that are under way at a time: each holds up to a megabyte. */
const CONCURRENCY = 4;

/**
 * Opens a sink that sends to Azure Event Hubs, by identity: connection strings are not supported, since each one is a
 * secret that can be copied.
 *
 * @param credential of an identity with the role Azure Event Hubs Data Sender on the hub.
 * @param retries how the SDK tries again. Defaults to two more attempts within seconds.
 */
export function openEventHubs(
  settings: EventHubsSettings,
  credential: TokenCredential,
  retries: EventHubsRetries = RETRIES,
): Sink {
  const { namespace, hub, endpoint } = settings;
  const producer = new EventHubProducerClient(namespace, hub, credential, {
    retryOptions: retries,
    ...(endpoint === undefined ? {} : { customEndpointAddress: endpoint }),
  });
  return new EventHubsSink(settings, producer, retries.longestOperationInMs);
}

class EventHubsSink implements Sink {
  readonly #settings: EventHubsSettings;
  readonly #producer: EventHubProducerClient;
  readonly #longestOperationMilliseconds: number;

  constructor(
    settings: EventHubsSettings,
    producer: EventHubProducerClient,
    longestOperationMilliseconds: number,
  ) {
    this.#settings = settings;
    this.#producer = producer;
    this.#longestOperationMilliseconds = longestOperationMilliseconds;
  }

  async send(events: readonly SinkEvent[]): Promise<RefusedEvent[]> {
    const waiting = [...Map.groupBy(events, partitionKey)];
    const refused: RefusedEvent[] = [];
    const sendWaiting = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        refused.push(...(await this.#sendWithKey(...next)));
    };
    try {
      await Promise.all(Array.from({ length: CONCURRENCY }, sendWaiting));
    } catch (error) {
      waiting.length = 0;
      throw eventHubsError(error, this.#settings);
    }
    return refused;
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  async #sendWithKey(key: string, events: readonly SinkEvent[]): Promise<RefusedEvent[]> {
    const refused: RefusedEvent[] = [];
    for (let at = 0; at < events.length; ) {
      const batch = await this.#createBatch(key);
      const first = at;
      while (at < events.length && batch.tryAdd(eventData(events[at]!))) at += 1;
      if (batch.count > 0) refused.push(...(await this.#sendBatch(batch, events.slice(first, at))));
      // Alone in a batch, and it did not fit.
      else refused.push(tooLarge(events[at++]!, batch.maxSizeInBytes));
    }
    return refused;
  }

  #createBatch(partitionKey: string): Promise<EventDataBatch> {
    return this.#producer.createBatch({ partitionKey, abortSignal: this.#patience() });
  }

  #patience(): AbortSignal {
    return AbortSignal.timeout(this.#longestOperationMilliseconds);
  }

  /** What fits by the link's limit may still be over another: then only one event of it may be, and the rest goes on. */
  async #sendBatch(batch: EventDataBatch, events: readonly SinkEvent[]): Promise<RefusedEvent[]> {
    try {
      await this.#producer.sendBatch(batch, { abortSignal: this.#patience() });
      return [];
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (events.length === 1) return [tooLarge(events[0]!, undefined)];
    }
    const refused: RefusedEvent[] = [];
    for (const event of events) {
      const alone = await this.#createBatch(batch.partitionKey!);
      if (alone.tryAdd(eventData(event))) refused.push(...(await this.#sendBatch(alone, [event])));
    }
    return refused;
  }
}

/**
 * Decides the partition. An event that comes twice has the same key both times, so that a reader of one partition sees
 * both and can leave the second out; and all partitions get their share. The tenant as the key would put all that there is
 * into one partition, for the sake of an order which events do not have.
 */
function partitionKey({ id, line }: SinkEvent): string {
  const hash = createHash("sha256")
    .update(id ?? line)
    .digest();
  return (hash.readUInt8(0) % PARTITION_KEYS).toString(16);
}

/** The bytes as served are the body; what a reader may decide by without parsing it stands beside. */
function eventData({ id, recordType, creationTime, line }: SinkEvent): EventData {
  const properties = { eventId: id, recordType, creationTime };
  return {
    body: line,
    contentType: "application/json",
    ...(id === undefined ? {} : { messageId: id }),
    properties: Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)),
  };
}

/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
function tooLarge(event: SinkEvent, limit: number | undefined): RefusedEvent {
  const allowed = limit === undefined ? "a limit of the hub" : `the hub's limit of ${limit} bytes`;
  return {
    event,
    reason:
      `The event has ${event.line.length} bytes and is, with what Event Hubs adds, over ${allowed}. It is in the event ` +
      "store. The Basic tier takes 256 KB an event, Standard 1 MB.",
  };
}
