/** The Logs Ingestion sink against the local tenant's endpoint, which Microsoft's own client is held to as well. */
import { LogsIngestionClient } from "@azure/monitor-ingestion";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleAssignment } from "../../local/azure/heldRoles.ts";
import {
  type IngestionRule,
  type LocalLogsIngestion,
  type LogsIngestionSettings,
  startLogsIngestion,
} from "../../local/logsIngestion/logsIngestion.ts";
import { monitorAudience, openLogsIngestion } from "../../poller/sinks/logsIngestion.ts";
import { LOGS_INGESTION_COLUMNS } from "../../poller/sinks/logsIngestionTable.ts";
import { type Sink, SinkUnavailableError } from "../../poller/sinks/sink.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";
import { failureOf, grant, identity, numbered, STRANGE_EVENTS, sinkEvent } from "./sinkFixture.ts";

const RULE_ID = "dcr-0123456789abcdef0123456789abcdef";
const STREAM = "Custom-DefenderEvents";
const RULE: IngestionRule = {
  immutableId: RULE_ID,
  resourceId:
    "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.Insights/dataCollectionRules/siem",
  streams: { [STREAM]: LOGS_INGESTION_COLUMNS },
};
const METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb";
const READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const QUICK = { maxRetries: 2, retryDelayInMs: 1 };

let fixture: EntraFixture;
let poller: ReturnType<typeof identity>;
let grants: RoleAssignment[];
let ingestion: LocalLogsIngestion;
let sink: Sink;

beforeAll(async () => {
  fixture = await startFixture();
  poller = identity(fixture, "poller");
});
afterAll(() => fixture?.close());

beforeEach(async () => {
  grants = [grant(METRICS_PUBLISHER, poller.principalObjectId, RULE.resourceId)];
  await start();
});
afterEach(() => ingestion.close());

async function start(options: Partial<LogsIngestionSettings> = {}): Promise<void> {
  ingestion = await startLogsIngestion({
    tls: fixture.tls,
    verifyToken: token => fixture.entra.verify(token),
    roleAssignments: () => grants,
    rules: () => [RULE],
    ...options,
  });
  sink = open();
}

function open(target: { ruleId?: string; stream?: string } = {}): Sink {
  const settings = { endpoint: ingestion.url, ruleId: RULE_ID, stream: STREAM, ...target };
  return openLogsIngestion(settings, poller.credential, QUICK);
}

const rows = () => ingestion.rows(RULE_ID, STREAM);

async function unavailable(attempt: Promise<unknown>): Promise<SinkUnavailableError> {
  const failure = await failureOf(attempt);
  if (!(failure instanceof SinkUnavailableError)) throw new Error(`not unavailable: ${failure}`);
  return failure;
}

describe("a row", () => {
  it("has the event's own bytes in it, whatever they are", async () => {
    expect(await sink.send(STRANGE_EVENTS.map(sinkEvent))).toEqual([]);
    const [{ body } = { body: "" }] = ingestion.calls();
    for (const event of STRANGE_EVENTS) expect(body).toContain(`"Raw":${event}}`);
    expect(rows().map(({ Raw }) => Raw)).toEqual(STRANGE_EVENTS.map(event => JSON.parse(event)));
  });

  it("has what one searches by in columns", async () => {
    const event = {
      Id: "a",
      RecordType: 28,
      CreationTime: "2026-11-20T07:00:01",
      Operation: "TIMailData",
      UserId: "ThreatIntel",
      Workload: "ThreatIntelligence",
    };
    await sink.send([sinkEvent(JSON.stringify(event))]);
    expect(rows()).toEqual([
      {
        TimeGenerated: "2026-11-20T07:00:01.000Z",
        RecordType: 28,
        Operation: "TIMailData",
        UserId: "ThreatIntel",
        EventId: "a",
        Workload: "ThreatIntelligence",
        Raw: event,
      },
    ]);
  });

  it.each([
    ["2026-11-20T07:00:00", "2026-11-20T07:00:00.000Z"],
    ["2026-11-20T07:00:00Z", "2026-11-20T07:00:00.000Z"],
    ["2026-11-20T07:00:00.1234567", "2026-11-20T07:00:00.123Z"],
    ["2026-11-20T09:00:00+02:00", "2026-11-20T07:00:00.000Z"],
  ])("takes the CreationTime %s for what it is, UTC", async (creationTime, expected) => {
    await sink.send([{ ...numbered(1)[0]!, creationTime }]);
    expect(rows()[0]!.TimeGenerated).toBe(expected);
  });

  it.each([undefined, "yesterday", ""])("takes now for the CreationTime %j", async creationTime => {
    const before = Date.now();
    await sink.send([{ ...numbered(1)[0]!, creationTime }]);
    const time = Date.parse(rows()[0]!.TimeGenerated as string);
    expect(time).toBeGreaterThanOrEqual(before);
    expect(time).toBeLessThanOrEqual(Date.now());
  });

  it("leaves columns empty that the event has nothing for", async () => {
    const line = Buffer.from('{"UserId":{"not":"text"},"Workload":null}');
    await sink.send([{ id: undefined, recordType: undefined, creationTime: undefined, line }]);
    expect(rows()).toMatchObject([
      { RecordType: null, Operation: null, UserId: null, EventId: null, Workload: null },
    ]);
  });
});

describe("events that are many or large", () => {
  it("go in calls of less than a megabyte", async () => {
    const events = Array.from({ length: 100 }, (_, index) =>
      sinkEvent(JSON.stringify({ Id: `large-${index}`, Pad: "x".repeat(50_000) })),
    );
    expect(await sink.send(events)).toEqual([]);
    const sizes = ingestion.calls().map(({ body }) => Buffer.byteLength(body));
    expect(sizes).toHaveLength(6);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
    expect(rows().map(({ EventId }) => EventId)).toEqual(events.map(({ id }) => id));
  });

  it("are refused when Azure would cut them off, and the others arrive", async () => {
    const fits = sinkEvent(`{"Id":"fits","Pad":"${"x".repeat(65_536 - 22)}"}`);
    const large = sinkEvent(`{"Id":"large","Pad":"${"x".repeat(65_536 - 22)}"}`);
    const refused = await sink.send([...numbered(2), large, fits]);
    expect(refused).toEqual([
      {
        event: large,
        reason:
          "The event has 65537 bytes. Azure Monitor cuts values off after 65536. It is in the event store, and Event Hubs " +
          "or Splunk take it.",
      },
    ]);
    expect(rows().map(({ EventId }) => EventId)).toEqual(["event-0", "event-1", "fits"]);
    expect(rows()[2]!.Raw).toEqual(JSON.parse(fits.line.toString()));
  });

  it.each(["not JSON", "[1]", '"text"', "null"])("are refused when they are no object: %s", async text => {
    const event = { ...numbered(1)[0]!, line: Buffer.from(text) };
    const refused = await sink.send([event, ...numbered(3).slice(1)]);
    expect(refused).toEqual([{ event, reason: "The event is not a JSON object. It is in the event store." }]);
    expect(rows()).toHaveLength(2);
  });

  it("are divided where the endpoint takes less than Microsoft says, down to the one that is too large", async () => {
    await ingestion.close();
    await start({ longestCallBytes: 2000 });
    const large = sinkEvent(JSON.stringify({ Id: "large", Pad: "x".repeat(3000) }));
    const refused = await sink.send([...numbered(20), large, ...numbered(40).slice(20)]);
    expect(refused.map(({ event }) => event.id)).toEqual(["large"]);
    expect(refused[0]!.reason).toMatch(/^The event's row has \d+ bytes, which Azure Monitor does not take\./);
    expect(rows().map(({ EventId }) => EventId)).toEqual(numbered(40).map(({ id }) => id));
  });
});

describe("when Azure Monitor does not take rows", () => {
  it("for want of a role, the role is named", async () => {
    grants = [grant(READER, poller.principalObjectId, RULE.resourceId)];
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure.needsSomebody).toBe(true);
    expect(failure.message).toBe(
      `Azure Monitor: the poller may not send to the data collection rule ${RULE_ID}. Grant its identity the role ` +
        "Monitoring Metrics Publisher on the rule. A new grant takes up to 30 minutes until it holds. It answered 403: " +
        '"OperationFailed: The authentication token provided does not have access to ingest data for the data collection ' +
        `rule with immutable Id '${RULE_ID}'."`,
    );
  });

  it.each([
    ["rule", { ruleId: "dcr-00000000000000000000000000000000" }],
    ["stream", { stream: "Custom-Others" }],
  ])("because there is no such %s, both are named", async (_what, target) => {
    const failure = await unavailable(open(target).send(numbered(1)));
    expect(failure.needsSomebody).toBe(true);
    const { ruleId, stream } = { ruleId: RULE_ID, stream: STREAM, ...target };
    expect(failure.message).toContain(
      `there is no data collection rule ${ruleId} at ${ingestion.url}, or it has no stream ${stream}.`,
    );
  });

  it("because it is too much at a time, the wait that it asks for is passed on at once", async () => {
    ingestion.setFault({ status: 429, retryAfterSeconds: 37 });
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure).toMatchObject({ retryAfterSeconds: 37, needsSomebody: false });
    expect(await sink.send(numbered(1))).toEqual([]);
  });

  it("for a longer trouble, events wait for the next run", async () => {
    ingestion.setFault({ status: 500, count: 3 });
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure).toMatchObject({ needsSomebody: false, retryAfterSeconds: undefined });
    expect(failure.message).toMatch(/ is in trouble\. It answered 500: "InternalServerError: /);
  });

  it("while nothing answers, and does so afterwards", async () => {
    await sink.send(numbered(1));
    ingestion.setDown(true);
    const failure = await unavailable(sink.send(numbered(1)));
    expect(failure).toMatchObject({ needsSomebody: false });
    expect(failure.message).toContain(`Azure Monitor: the poller could not reach ${ingestion.url}.`);
    ingestion.setDown(false);
    expect(await sink.send(numbered(2).slice(1))).toEqual([]);
    expect(rows().map(({ EventId }) => EventId)).toEqual(["event-0", "event-1"]);
  });

  it("because no token is to be had, that is said", async () => {
    const silent = { getToken: () => Promise.reject(new Error("the identity endpoint is silent")) };
    const settings = { endpoint: ingestion.url, ruleId: RULE_ID, stream: STREAM };
    const failure = await unavailable(openLogsIngestion(settings, silent, QUICK).send(numbered(1)));
    expect(failure.message).toContain('"the identity endpoint is silent"');
  });

  it("is told without the token, whatever answers", async () => {
    const { token } = await poller.credential.getToken("https://monitor.azure.com/.default");
    grants = [];
    const failure = await unavailable(sink.send(numbered(1)));
    expect(JSON.stringify([failure, failure.message, failure.stack])).not.toContain(token.split(".")[1]);
  });
});

it.each([500, 503] as const)("A short trouble is over within the same call: %d", async status => {
  ingestion.setFault({ status });
  expect(await sink.send(numbered(1))).toEqual([]);
  expect(rows()).toHaveLength(1);
});

describe("tokens", () => {
  it.each([
    ["https://siem.westeurope-1.ingest.monitor.azure.com", "https://monitor.azure.com"],
    ["https://siem.usgovvirginia-1.ingest.monitor.azure.us", "https://monitor.azure.us"],
    ["https://127.0.0.1:8443", "https://monitor.azure.com"],
  ])("for %s are asked for %s", (endpoint, audience) => {
    expect(monitorAudience(endpoint)).toBe(audience);
  });
});

describe("the local endpoint", () => {
  const client = (credential = poller.credential) =>
    new LogsIngestionClient(ingestion.url, credential, { retryOptions: { maxRetries: 0 } });

  it("serves Microsoft's own client", async () => {
    await client().upload(RULE_ID, STREAM, [{ TimeGenerated: "2026-11-20T07:00:00Z", EventId: "a" }]);
    expect(rows()).toMatchObject([{ TimeGenerated: "2026-11-20T07:00:00Z", EventId: "a", Raw: null }]);
  });

  it("refuses tokens for other services, as it does Microsoft's client", async () => {
    const storage = { getToken: () => poller.credential.getToken("https://storage.azure.com/.default") };
    await expect(client(storage).upload(RULE_ID, STREAM, [{}])).rejects.toMatchObject({
      errors: [{ cause: { statusCode: 401 } }],
    });
  });

  it("drops columns that the stream does not declare, empties wrong ones and cuts long ones off", async () => {
    await client().upload(RULE_ID, STREAM, [
      { Other: 1, RecordType: "28", TimeGenerated: "soon", Raw: { Pad: "x".repeat(65_536) } },
    ]);
    expect(rows()).toMatchObject([{ RecordType: null, TimeGenerated: null }]);
    expect(rows()[0]).not.toHaveProperty("Other");
    expect(rows()[0]!.Raw).toHaveLength(65_536);
  });

  it("takes no call over its limit once it is uncompressed", async () => {
    await ingestion.close();
    await start({ longestCallBytes: 1000 });
    await expect(client().upload(RULE_ID, STREAM, [{ UserId: "x".repeat(1001) }])).rejects.toMatchObject({
      errors: [{ cause: { statusCode: 413 } }],
    });
  });
});
