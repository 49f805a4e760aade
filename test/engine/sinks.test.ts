import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import { publishEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";

/**
 * This repository's own program with sinks of every kind, on the local tenant, with the real engine: what is declared
 * is what the poller can use. It proves nothing about live Azure or Splunk.
 */
const REPOSITORY = path.join(import.meta.dirname, "../..");
const TOKEN = "8f1c8d9e-0000-4000-8000-0123456789ab";

let tenant: LocalTenant;
let stateFolder: string;
let stack: PulumiStack;
let threats: string[];

beforeAll(async () => {
  tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  tenant.splunk.splunk.setToken({ value: TOKEN, indexes: ["defender"], hasAcknowledgement: false });
  stateFolder = await mkdtemp(path.join(tmpdir(), "sinks-"));
  stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: REPOSITORY,
    stateFolder,
    stackName: "sinks",
    environment: tenant.environment,
  });
});

afterAll(async () => {
  await stack.close();
  await tenant.close();
  await rm(stateFolder, { recursive: true, force: true });
});

const hub = { kind: "eventHubs" };
const logs = { kind: "logsIngestion" };
const hec = () => ({ kind: "splunkHec", url: tenant.splunk.url, index: "defender" });

async function declareSinks(sinks: Record<string, object>): Promise<void> {
  await stack.init(
    { ...tenant.configuration, sinks },
    { "sinkTokens.splunk": TOKEN, "sinkTokens.soc": TOKEN },
  );
  const up = await stack.up();
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);
}

describe("sinks, declared on the local tenant", () => {
  it("are complete after one pulumi up, and then have nothing to change", async () => {
    await declareSinks({ hub, logs, splunk: hec() });
    expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ exitCode: 0 });
    const { sinks } = await stack.outputs();
    expect(sinks).toMatchObject({ hub: { hub: "defender" }, logs: { table: "DefenderEvents_CL" } });
  });

  it("each get every event that the poller collects", async () => {
    ({ threats } = await publishEvents(tenant, { events: 200, seed: "sinks" }));
    const { functionAppName, sinks } = (await stack.outputs()) as {
      functionAppName: string;
      sinks: Record<string, Record<string, string>>;
    };
    const run = await tenant.functionApps.run(functionAppName, "poll");
    expect(run.error).toBeUndefined();
    const atHub = tenant.eventHubs.events(sinks.hub!.namespace!, "defender");
    expect(atHub.map(({ body }) => body.toString()).toSorted()).toEqual(threats.toSorted());
    const ids = threats.map(line => JSON.parse(line).Id).toSorted();
    const [rule] = tenant.resourceManager.list("azure-native:monitor:DataCollectionRule");
    const rows = tenant.logsIngestion.rows(String(rule!.outputs.immutableId), "Custom-DefenderEvents");
    expect(rows.map(({ EventId }) => EventId).toSorted()).toEqual(ids);
    expect(tenant.splunk.splunk.indexed.map(({ raw }) => raw).toSorted()).toEqual(threats.toSorted());
  });

  it("keep the token out of the state and of everything that can be read", async () => {
    expect(JSON.stringify(await stack.exportState())).not.toContain(TOKEN);
    expect(JSON.stringify(await stack.outputs())).not.toContain(TOKEN);
  });

  it("go and come without touching the others, and take what is theirs along", async () => {
    const before = namespaceIds();
    await declareSinks({ hub, soc: hec() });
    expect(namespaceIds()).toEqual(before);
    expect(tenant.resourceManager.list("azure-native:monitor:DataCollectionRule")).toEqual([]);
    expect(tenant.resourceManager.list("azure-native:keyvault:Secret")).toHaveLength(1);
    const { sinks } = await stack.outputs();
    expect(Object.keys(sinks as object)).toEqual(["hub", "soc"]);
  });
});

/** With the time at which each was created: one that was replaced would have another. */
function namespaceIds(): unknown[] {
  const namespaces = tenant.resourceManager.list("azure-native:eventhub:Namespace");
  return namespaces.map(({ id, outputs }) => [id, outputs.createdAt]);
}
