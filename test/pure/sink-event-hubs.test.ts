/** The Event Hubs sink, through Microsoft's SDK, against the local tenant's AMQP server. Real Azure is not proved here. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type EventData, EventHubProducerClient } from "@azure/event-hubs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleAssignment } from "../../local/azure/heldRoles.ts";
import { type LocalEventHubs, startEventHubs } from "../../local/eventHubs/eventHubs.ts";
import type { EventHub } from "../../local/eventHubs/eventHubsService.ts";
import { openEventHubs } from "../../poller/sinks/eventHubs.ts";
import { type Sink, SinkUnavailableError } from "../../poller/sinks/sink.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";
import { failureOf, grant, identity, numbered, STRANGE_EVENTS, sinkEvent } from "./sinkFixture.ts";

const NAMESPACE = "contoso.servicebus.windows.net";
const HUB_ID =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.EventHub/namespaces/contoso/eventhubs/defender";
const DATA_SENDER = "2b629674-e913-4c01-ae53-ef4638d8f975";
const DATA_RECEIVER = "a638d3c7-ab3a-418d-83e6-5f17a39d4fde";
/** Waits of milliseconds in place of seconds. */
const QUICK = {
  mode: 0,
  maxRetries: 1,
  retryDelayInMs: 1,
  maxRetryDelayInMs: 1,
  timeoutInMs: 10_000,
  longestOperationInMs: 20_000,
};
/** For a link or a connection that is lost, which the SDK notices only when the time for an answer is up. */
const SOON_LOST = { ...QUICK, maxRetries: 3, timeoutInMs: 1500 };

let fixture: EntraFixture;
let poller: ReturnType<typeof identity>;
let hub: EventHub;
let grants: RoleAssignment[];
let hubs: LocalEventHubs;
let sink: Sink;

beforeAll(async () => {
  fixture = await startFixture();
  poller = identity(fixture, "poller");
});
afterAll(() => fixture?.close());

beforeEach(async () => {
  hub = { namespace: NAMESPACE, name: "defender", resourceId: HUB_ID, partitionCount: 4 };
  grants = [grant(DATA_SENDER, poller.principalObjectId, HUB_ID)];
  hubs = await startEventHubs({
    tls: fixture.tls,
    verifyToken: token => fixture.entra.verify(token),
    roleAssignments: () => grants,
    eventHubs: () => [hub],
  });
  sink = open("defender");
});
afterEach(async () => {
  await sink.close();
  await hubs.close();
});

function open(name: string, retries = QUICK): Sink {
  const settings = { namespace: NAMESPACE, hub: name, endpoint: hubs.endpoint };
  return openEventHubs(settings, poller.credential, retries);
}

async function reopen(name: string, retries = QUICK): Promise<void> {
  await sink.close();
  sink = open(name, retries);
}

const arrived = () => hubs.events(NAMESPACE, "defender");

async function unavailable(attempt: Promise<unknown>): Promise<SinkUnavailableError> {
  const failure = await failureOf(attempt);
  if (!(failure instanceof SinkUnavailableError)) throw new Error(`not unavailable: ${failure}`);
  return failure;
}

describe("an event in the event hub", () => {
  it("has the bytes that Microsoft served, whatever is in them", async () => {
    expect(await sink.send(STRANGE_EVENTS.map(sinkEvent))).toEqual([]);
    expect(
      arrived()
        .map(({ body }) => body.toString())
        .sort(),
    ).toEqual([...STRANGE_EVENTS].sort());
  });

  it("says what it is without being parsed", async () => {
    await sink.send([sinkEvent(STRANGE_EVENTS[0]!)]);
    expect(arrived()).toMatchObject([
      {
        contentType: "application/json",
        messageId: "a",
        properties: { eventId: "a", recordType: 28, creationTime: "2026-11-20T07:00:00" },
      },
    ]);
  });

  it("without id, type and time has none of them", async () => {
    await sink.send([sinkEvent('{"Workload":"Exchange"}')]);
    expect(arrived()).toMatchObject([{ properties: {} }]);
    expect(arrived()[0]!.messageId).toBeUndefined();
  });
});

describe("the partition key", () => {
  it("spreads events over all partitions", async () => {
    await sink.send(numbered(400));
    const perPartition = Map.groupBy(arrived(), ({ partitionId }) => partitionId);
    expect([...perPartition.keys()].sort()).toEqual(["0", "1", "2", "3"]);
    expect(arrived()).toHaveLength(400);
  });

  it("is the same for an event that comes twice", async () => {
    await sink.send(numbered(50));
    await sink.send(numbered(50).reverse());
    const keys = Map.groupBy(arrived(), ({ messageId }) => messageId);
    for (const [, [first, second]] of keys) expect(second!.partitionKey).toBe(first!.partitionKey);
    expect(keys.size).toBe(50);
  });
});

describe("events that are many or large", () => {
  it("go in as many batches as the hub's limit wants", async () => {
    const events = Array.from({ length: 40 }, (_, index) =>
      sinkEvent(JSON.stringify({ Id: `large-${index}`, Pad: "x".repeat(200_000) })),
    );
    expect(await sink.send(events)).toEqual([]);
    expect(new Set(arrived().map(({ messageId }) => messageId)).size).toBe(40);
  });

  it("are refused with size and limit when one alone is over the limit, and the others arrive", async () => {
    const large = sinkEvent(JSON.stringify({ Id: "large", Pad: "x".repeat(1_048_576) }));
    const refused = await sink.send([...numbered(30), large, ...numbered(60).slice(30)]);
    expect(refused.map(({ event }) => event.id)).toEqual(["large"]);
    expect(refused[0]!.reason).toBe(
      `The event has ${large.line.length} bytes and is, with what Event Hubs adds, over the hub's limit of 1048576 bytes. ` +
        "It is in the event store. The Basic tier takes 256 KB an event, Standard 1 MB.",
    );
    expect(arrived()).toHaveLength(60);
  });

  it("are refused one by one when the hub takes less than it said", async () => {
    await sink.send(numbered(1));
    hub.maxMessageBytes = 2000;
    const large = sinkEvent(JSON.stringify({ Id: "large", Pad: "x".repeat(3000) }));
    const refused = await sink.send([large, ...numbered(100)]);
    expect(refused.map(({ event }) => event.id)).toEqual(["large"]);
    expect(refused[0]!.reason).toContain("over a limit of the hub");
    expect(arrived()).toHaveLength(101);
  });
});

describe("when Event Hubs does not take events", () => {
  it("for want of a role, the role is named", async () => {
    grants = [grant(DATA_RECEIVER, poller.principalObjectId, HUB_ID)];
    const failure = await unavailable(sink.send(numbered(3)));
    expect(failure.needsSomebody).toBe(true);
    expect(failure.message).toMatch(
      /^Event Hubs: the poller may not send to the event hub defender of contoso\.servicebus\.windows\.net\. Grant the poller's identity the role Azure Event Hubs Data Sender on the event hub, or on its namespace\. .*'Send' claim/,
    );
    expect(arrived()).toEqual([]);
  });

  it("on another hub than the one the role is for, neither", async () => {
    grants = [grant(DATA_SENDER, poller.principalObjectId, `${HUB_ID}2`)];
    expect((await unavailable(sink.send(numbered(1)))).needsSomebody).toBe(true);
  });

  it("and takes them once the role is granted", async () => {
    const granted = grants;
    grants = [];
    await unavailable(sink.send(numbered(1)));
    grants = granted;
    expect(await sink.send(numbered(1))).toEqual([]);
    expect(arrived()).toHaveLength(1);
  });

  it("because there is no such hub, the hub is named", async () => {
    await reopen("defnder");
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure.needsSomebody).toBe(true);
    expect(failure.message).toContain(
      "finds no event hub defnder in contoso.servicebus.windows.net. Create it, or correct the sink's namespace and hub.",
    );
  });

  it("because it is disabled, that is said", async () => {
    hub.isDisabled = true;
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure).toMatchObject({ needsSomebody: true });
    expect(failure.message).toContain("disabled. Enable it.");
  });

  it("while it throttles, the wait that it asks for is passed on", async () => {
    hubs.setFault({ kind: "serverBusy", count: 1000 });
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure).toMatchObject({ needsSomebody: false, retryAfterSeconds: 4 });
    expect(failure.message).toContain("is throttled by contoso.servicebus.windows.net.");
  });

  it("while nothing answers, and goes on over a new connection afterwards", async () => {
    await reopen("defender", SOON_LOST);
    await sink.send(numbered(1));
    hubs.setDown(true);
    const failure = await unavailable(sink.send(numbered(2).slice(1)));
    expect(failure).toMatchObject({ needsSomebody: false, retryAfterSeconds: undefined });
    expect(failure.message).toContain(
      `could not reach contoso.servicebus.windows.net at ${hubs.endpoint}. The SDK said: `,
    );
    hubs.setDown(false);
    expect(await sink.send(numbered(2).slice(1))).toEqual([]);
    expect(arrived().map(({ messageId }) => messageId)).toEqual(["event-0", "event-1"]);
  });

  it("since it takes the connection and says nothing, the wait has an end", async () => {
    const silent = createServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    const endpoint = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const settings = { namespace: NAMESPACE, hub: "defender", endpoint };
    await sink.close();
    sink = openEventHubs(settings, poller.credential, { ...QUICK, longestOperationInMs: 300 });
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure).toMatchObject({ needsSomebody: false });
    expect(failure.message).toContain(`at ${endpoint}. The SDK said: "no answer in time"`);
    silent.close();
  });

  it("because no token is to be had, that is said", async () => {
    await sink.close();
    const credential = { getToken: () => Promise.reject(new Error("the identity endpoint is silent")) };
    sink = openEventHubs(
      { namespace: NAMESPACE, hub: "defender", endpoint: hubs.endpoint },
      credential,
      QUICK,
    );
    expect((await unavailable(sink.send(numbered(1)))).message).toContain("the identity endpoint is silent");
  });
});

describe("a short trouble is over within the same call:", () => {
  it.each(["serverBusy", "internal", "detach", "reset"] as const)("%s", async kind => {
    await reopen("defender", SOON_LOST);
    await sink.send(numbered(1));
    hubs.setFault({ kind });
    expect(await sink.send(numbered(40).slice(1))).toEqual([]);
    expect(new Set(arrived().map(({ messageId }) => messageId)).size).toBe(40);
  });

  it("an answer that was lost brings events twice, never not at all", async () => {
    await reopen("defender", SOON_LOST);
    await sink.send(numbered(1));
    hubs.setFault({ kind: "lostAnswer" });
    const [, second] = numbered(2);
    expect(await sink.send([second!])).toEqual([]);
    const ids = arrived().map(({ messageId }) => messageId);
    expect(ids.slice(0, 3)).toEqual(["event-0", "event-1", "event-1"]);
    expect(new Set(ids).size).toBe(2);
  });
});

describe("the local event hubs", () => {
  const producer = (credential: typeof poller.credential) =>
    new EventHubProducerClient(NAMESPACE, "defender", credential, {
      customEndpointAddress: hubs.endpoint,
      retryOptions: QUICK,
    });

  it("tell their properties, as Azure's do", async () => {
    const client = producer(poller.credential);
    expect(await client.getEventHubProperties()).toMatchObject({
      name: "defender",
      partitionIds: ["0", "1", "2", "3"],
    });
    await client.close();
  });

  it("are found by the tenant's address too, as long as there is one of that name", async () => {
    const settings = { namespace: "127.0.0.1", hub: "defender", endpoint: hubs.endpoint };
    await sink.close();
    sink = openEventHubs(settings, poller.credential, QUICK);
    expect(await sink.send(numbered(1))).toEqual([]);
    expect(arrived()).toHaveLength(1);
  });

  it.each([
    ["for another service", () => poller.credential.getToken("https://storage.azure.com/.default")],
    [
      "that the tenant did not issue",
      async () => ({ token: "a.b.c", expiresOnTimestamp: Date.now() + 3_600_000 }),
    ],
  ])("refuse a token %s", async (_which, getToken) => {
    await sink.close();
    sink = openEventHubs(
      { namespace: NAMESPACE, hub: "defender", endpoint: hubs.endpoint },
      { getToken },
      QUICK,
    );
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure.needsSomebody).toBe(true);
    expect(failure.message).toContain('The SDK said: "InvalidSignature: The token is not valid.');
  });

  it("reject a message over the limit that a client sends in spite of it", async () => {
    const client = producer(poller.credential);
    const event: EventData = { body: Buffer.alloc(1_048_577) };
    await expect(client.sendBatch([event])).rejects.toMatchObject({ code: "MessageTooLargeError" });
    await client.close();
    expect(arrived()).toEqual([]);
  });
});
