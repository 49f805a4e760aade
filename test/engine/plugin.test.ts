/**
 * The components for programs in other languages: the example in YAML, on the local tenant, with the real engine and the
 * plugin from source. It proves nothing about the SDKs that Pulumi generates for typed languages, which only the schema
 * leads to.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { CHANGES_FOUND, PulumiStack } from "../../local/engine/stack.ts";
import { ensureYamlHost } from "../../local/engine/yamlHost.ts";
import { landedEvents, publishEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import schema from "../../plugin/schema.json" with { type: "json" };
import { startWebhookEndpoint, type WebhookEndpoint } from "../pure/webhookEndpoint.ts";
import { SubscriptionStack, written } from "./subscriptionStack.ts";
import { exampleInYaml, pluginIn, writeYamlProgram, type YamlProgram } from "./yamlProgram.ts";

const TOKEN = "8f1c8d9e-0000-4000-8000-0123456789ab";
const MINUTE = 60_000;

let folder: string;

beforeAll(async () => {
  await ensureYamlHost(inject("engine"));
  folder = await mkdtemp(path.join(tmpdir(), "plugin-"));
}, 5 * MINUTE);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the example in YAML", () => {
  let tenant: LocalTenant;
  let stack: PulumiStack;

  beforeAll(async () => {
    tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
    tenant.splunk.splunk.setToken({ value: TOKEN, indexes: ["defender"], hasAcknowledgement: false });
    const programFolder = path.join(folder, "example");
    await writeYamlProgram(programFolder, await exampleInYaml(tenant));
    stack = new PulumiStack({
      engine: inject("engine"),
      programFolder,
      stateFolder: path.join(folder, "example-state"),
      stackName: "example",
      environment: tenant.environment,
    });
    await stack.init({ tenantId: tenant.tenantId }, { splunkToken: TOKEN });
  });

  afterAll(async () => {
    await stack.close();
    await tenant.close();
  });

  it("has a plugin that tells the engine the golden schema", async () => {
    const told = await stack.run(["package", "get-schema", pluginIn(path.join(folder, "example"))]);
    // The engine leaves out what is empty, and says that there is nothing to configure.
    const withoutEmpty = (key: string, value: unknown) =>
      ["properties", "required"].includes(key) && Object.keys(value as object).length === 0
        ? undefined
        : value;
    const golden = JSON.stringify({ ...schema, config: {} }, withoutEmpty);
    expect(JSON.parse(told.stdout)).toEqual(JSON.parse(golden));
  });

  it("is deployed by one pulumi up", async () => {
    const up = await stack.up();
    expect(up.exitCode, written(up)).toBe(0);
    expect(await stack.outputs()).toMatchObject({ subscriptions: { "Audit.General": "enabled" } });
  });

  it("has nothing to change when it is looked at again, with the state and with the services", async () => {
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview.exitCode, written(preview)).toBe(0);
  });

  it("collects, and tells the sink", async () => {
    const { threats } = await publishEvents(tenant, { events: 200, seed: "plugin" });
    const { functionAppName, eventsUrl } = (await stack.outputs()) as Record<string, string>;
    const run = await tenant.functionApps.run(functionAppName!, "poll");
    expect(run.error).toBeUndefined();
    const { lines } = await landedEvents(tenant, eventsUrl!);
    expect(lines.toSorted()).toEqual(threats.toSorted());
    expect(tenant.splunk.splunk.indexed.map(({ raw }) => raw).toSorted()).toEqual(threats.toSorted());
  });

  it("holds no secret in its state, and no dynamic resource", async () => {
    const state = JSON.stringify(await stack.exportState());
    expect(state).not.toContain(TOKEN);
    expect(state).not.toContain("pulumi-nodejs");
  });

  it("shows a subscription that somebody disabled as drift, with an exit code of its own, and heals it", async () => {
    tenant.activity.disable("Audit.General");
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview, written(preview)).toMatchObject({
      exitCode: CHANGES_FOUND,
      resourceChanges: { update: 1 },
    });
    expect(preview.stdout).toContain("defender-siem:index:AuditSubscription defender-Audit.General");
    const up = await stack.up({ refresh: true });
    expect(up, written(up)).toMatchObject({ exitCode: 0, resourceChanges: { update: 1 } });
    expect(tenant.activity.subscriptions()).toMatchObject([{ status: "enabled" }]);
  });

  it("leaves nothing behind but the enabled subscription when it is destroyed", async () => {
    expect(await stack.destroy()).toMatchObject({ exitCode: 0 });
    expect(tenant.resourceManager.list()).toEqual([]);
    expect(tenant.activity.subscriptions()).toMatchObject([{ status: "enabled" }]);
  });
});

describe("subscriptions that are declared alone", () => {
  let npm: SubscriptionStack;
  let yaml: PulumiStack;
  let endpoint: WebhookEndpoint;

  beforeAll(async () => {
    npm = await SubscriptionStack.open();
    // About a second, after which a start that does not take hold is a failure.
    npm.feed.readyTimeoutMinutes = 0.02;
    endpoint = await startWebhookEndpoint(npm.tenant.tls);
  });

  afterAll(async () => {
    await yaml.close();
    await npm.close();
    await endpoint.close();
  });

  it("move from the npm package to the plugin without a change", async () => {
    const webhook = { address: endpoint.url };
    npm.declare({
      general: { contentType: "Audit.General", webhook: { ...webhook, authId: TOKEN } },
      feed: { contentTypes: ["Audit.Exchange"] },
    });
    const up = await npm.pulumi.up();
    expect(up, written(up)).toMatchObject({ exitCode: 0 });
    yaml = await inYaml({
      general: {
        type: "AuditSubscription",
        properties: { contentType: "Audit.General", webhook, webhookAuthId: TOKEN },
      },
      feed: { type: "AuditSubscriptions", properties: { contentTypes: ["Audit.Exchange"] } },
    });
    npm.takeChanges();
    const moved = await yaml.up({ args: ["--expect-no-changes"] });
    expect(moved, written(moved)).toMatchObject({ exitCode: 0 });
    expect(npm.takeChanges()).toEqual([]);
    expect(Object.values(await npm.recorded()).map(({ type }) => type)).toEqual([
      "defender-siem:index:AuditSubscription",
      "defender-siem:index:AuditSubscription",
    ]);
  });

  it("are recorded as not ready when a start does not take hold, and healed by the next run", async () => {
    const { activity } = npm.tenant;
    activity.disable("Audit.General");
    npm.passMinutes(16);
    activity.setFault({ operation: "list", times: "always", effect: { kind: "listedAsDisabled" } });
    const up = await yaml.up({ refresh: true });
    expect(up, written(up)).toMatchObject({ exitCode: 1 });
    expect((await npm.recorded()).general).toMatchObject({
      outputs: { status: "disabled" },
      initErrors: [expect.stringContaining("was started")],
    });
    expect(JSON.stringify(await yaml.exportState())).not.toContain(TOKEN);
    activity.clearFaults();
    const healed = await yaml.up();
    expect(healed, written(healed)).toMatchObject({ exitCode: 0 });
    expect((await npm.recorded()).general).not.toHaveProperty("initErrors");
  });

  it("keep what is secret as one, though the program says it plainly", async () => {
    expect(JSON.stringify(await yaml.exportState())).not.toContain(TOKEN);
  });

  it("are refused with argument, value and what is allowed", async () => {
    yaml = await inYaml({
      general: { type: "AuditSubscription", properties: { contentType: "Audit.General" } },
      feed: { type: "AuditSubscriptions", properties: { contentTypes: ["Audit.Exchnge"] } },
    });
    const preview = await yaml.preview();
    expect(preview.exitCode).toBe(1);
    expect(written(preview)).toContain(
      `property contentTypes[0] with value '{Audit.Exchnge}' has a problem: "Audit.Exchnge" is not a content type`,
    );
  });

  /** The stack of the npm program, with a program in YAML. */
  async function inYaml(resources: YamlProgram["resources"]): Promise<PulumiStack> {
    const programFolder = path.join(folder, "subscriptions");
    const declared = Object.entries(resources).map(([name, { type, properties }]) => [
      name,
      { type: `defender-siem:${type}`, properties: { ...npm.feed, ...properties } },
    ]);
    await writeYamlProgram(programFolder, {
      name: "subscriptions",
      runtime: "yaml",
      plugins: { providers: [{ name: "defender-siem", path: "node_modules/.bin" }] },
      resources: Object.fromEntries(declared),
    });
    return npm.withProgram(programFolder);
  }
});
