/** Runs of the poller with Azure's own sinks beside the store, by a managed identity as on Azure Functions. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleAssignment } from "../../local/azure/heldRoles.ts";
import {
  type ManagedIdentityEndpoint,
  startManagedIdentityEndpoint,
} from "../../local/entra/managedIdentity.ts";
import { type LocalEventHubs, startEventHubs } from "../../local/eventHubs/eventHubs.ts";
import { type LocalLogsIngestion, startLogsIngestion } from "../../local/logsIngestion/logsIngestion.ts";
import type { RunSummary } from "../../poller/reports/summary.ts";
import { LOGS_INGESTION_COLUMNS, LOGS_INGESTION_STREAM } from "../../poller/sinks/logsIngestionTable.ts";
import type { SinkSettings } from "../../poller/sinks/sinkSettings.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";
import { event, type PollerFixture, startPollerFixture } from "./pollerFixture.ts";
import { grant, STRANGE_EVENTS } from "./sinkFixture.ts";

const NAMESPACE = "contoso.servicebus.windows.net";
const HUB_ID =
  "/subscriptions/1/resourceGroups/siem/providers/Microsoft.EventHub/namespaces/contoso/eventhubs/defender";
const RULE_ID = "dcr-0123456789abcdef0123456789abcdef";
const RULE_RESOURCE_ID =
  "/subscriptions/1/resourceGroups/siem/providers/Microsoft.Insights/dataCollectionRules/siem";
const DATA_SENDER = "2b629674-e913-4c01-ae53-ef4638d8f975";
const METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb";

describe("A poller with sinks in Azure", () => {
  let entra: EntraFixture;
  let poller: { clientId: string; principalObjectId: string };
  let identityEndpoint: ManagedIdentityEndpoint;
  let grants: RoleAssignment[];
  let hubs: LocalEventHubs;
  let ingestion: LocalLogsIngestion;
  let fixture: PollerFixture;

  beforeAll(async () => {
    entra = await startFixture();
    poller = entra.directory.createManagedIdentity("poller");
    identityEndpoint = await startManagedIdentityEndpoint({
      directory: entra.directory,
      entra: entra.entra,
      clientIds: [poller.clientId],
    });
    Object.assign(process.env, identityEndpoint.environment);
  });
  afterAll(async () => {
    for (const name of Object.keys(identityEndpoint.environment)) delete process.env[name];
    await identityEndpoint.close();
    await entra.close();
  });

  beforeEach(async () => {
    grants = [
      grant(DATA_SENDER, poller.principalObjectId, HUB_ID),
      grant(METRICS_PUBLISHER, poller.principalObjectId, RULE_RESOURCE_ID),
    ];
    const service = {
      tls: entra.tls,
      verifyToken: (token: string) => entra.entra.verify(token),
      roleAssignments: () => grants,
    };
    hubs = await startEventHubs({
      ...service,
      eventHubs: () => [{ namespace: NAMESPACE, name: "defender", resourceId: HUB_ID, partitionCount: 4 }],
    });
    ingestion = await startLogsIngestion({
      ...service,
      rules: () => [
        {
          immutableId: RULE_ID,
          resourceId: RULE_RESOURCE_ID,
          streams: { [LOGS_INGESTION_STREAM]: LOGS_INGESTION_COLUMNS },
        },
      ],
    });
    fixture = await startPollerFixture();
  });
  afterEach(async () => {
    await fixture.close();
    await hubs.close();
    await ingestion.close();
  });

  async function run(): Promise<RunSummary> {
    const sinks: SinkSettings[] = [
      {
        name: "hub",
        kind: "eventHubs",
        properties: { namespace: NAMESPACE, hub: "defender", endpoint: hubs.endpoint },
      },
      {
        name: "sentinel",
        kind: "logsIngestion",
        properties: { endpoint: ingestion.url, ruleId: RULE_ID, stream: LOGS_INGESTION_STREAM },
      },
    ];
    const running = fixture.poller({ sinks, managedIdentityClientId: poller.clientId });
    try {
      return await running.run(new AbortController().signal);
    } finally {
      await running.close();
    }
  }
  const publish = (lines: readonly string[]) =>
    fixture.service.publish("Audit.General", [...lines], { eventsPerBlob: 2 });
  const inHub = () =>
    hubs
      .events(NAMESPACE, "defender")
      .map(({ body }) => body.toString())
      .sort();
  const inTable = () =>
    ingestion
      .calls()
      .flatMap(({ body }) => [...body.matchAll(/"Raw":(.+?)\}(?=,\{"TimeGenerated|\]$)/g)])
      .map(([, raw]) => raw!)
      .sort();

  it("has every event in the store, the event hub and the table, as Microsoft served it", async () => {
    publish(STRANGE_EVENTS);
    expect(await run()).toMatchObject({
      isComplete: true,
      sinks: [
        { sink: "hub", delivered: 4, pending: 0, refused: 0 },
        { sink: "sentinel", delivered: 4, pending: 0, refused: 0 },
      ],
    });
    const all = (await fixture.storedLines()).sort();
    expect(all).toEqual([...STRANGE_EVENTS].sort());
    expect(inHub()).toEqual(all);
    expect(inTable()).toEqual(all);
    expect((await run()).sinks).toMatchObject([{ delivered: 0 }, { delivered: 0 }]);
  });

  it("goes on with the one while the other lacks its role, and catches up once it is granted", async () => {
    const [sender, publisher] = grants;
    grants = [sender!];
    publish([event("a"), event("b"), event("c")]);
    expect(await run()).toMatchObject({
      isComplete: false,
      contentTypes: [{ isComplete: true }],
      sinks: [
        { sink: "hub", delivered: 3, pending: 0 },
        {
          sink: "sentinel",
          delivered: 0,
          pending: 1,
          error: expect.stringMatching(/Monitoring Metrics Publisher/),
        },
      ],
    });
    grants = [sender!, publisher!];
    expect(await run()).toMatchObject({ isComplete: true, sinks: [{ delivered: 0 }, { delivered: 3 }] });
    expect(inTable()).toEqual(inHub());
  });

  it("says what one of them refuses for good, which the other and the store have", async () => {
    const large = event("large", 64, { Data: "x".repeat(70_000) });
    publish([event("a"), large, event("b")]);
    expect((await run()).sinks).toMatchObject([
      { sink: "hub", delivered: 3, refused: 0 },
      { sink: "sentinel", delivered: 2, refused: 1, pending: 0 },
    ]);
    expect(inHub()).toContain(large);
    expect(inTable()).toHaveLength(2);
  });
});
