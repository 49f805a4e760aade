/**
 * An integration as a platform team composes it: below a component of its own, with explicit providers only, tagged by a
 * transform of the stack, protected, renamed and kept. What the engine only passes on is looked at in the tier of mocks.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { type OperationResult, PulumiStack } from "../../local/engine/stack.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import type { Habits } from "./programs/habits/index.ts";
import type { ResourceState } from "./subscriptionStack.ts";

const TOKEN = "8f1c8d9e-0000-4000-8000-0123456789ab";

let tenant: LocalTenant;
let stateFolder: string;
let stack: PulumiStack;

beforeAll(async () => {
  tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  stateFolder = await mkdtemp(path.join(tmpdir(), "habits-"));
  stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: path.join(import.meta.dirname, "programs/habits"),
    stateFolder,
    stackName: "habits",
    environment: tenant.environment,
  });
});

afterAll(async () => {
  await stack.close();
  await tenant.close();
  await rm(stateFolder, { recursive: true, force: true });
});

/** With what is named after the component: accounts, an app, credentials, a workbook, and vaults, whose names are cut. */
async function declare(name: string, options: Habits["options"]): Promise<void> {
  const args = {
    ...tenant.configuration,
    location: "westeurope",
    pollerCredential: "certificate",
    monitoring: { alertEmails: ["soc@contoso.example"] },
    sinks: { hub: { kind: "eventHubs" }, splunk: { kind: "splunkHec", url: tenant.splunk.url } },
    tags: { team: "soc" },
  };
  await stack.init(
    { habits: { name, args, options }, "pulumi:disable-default-providers": ["*"] },
    { "sinkTokens.splunk": TOKEN },
  );
}

async function state(): Promise<ResourceState[]> {
  const { deployment } = await stack.exportState();
  return deployment.resources ?? [];
}

function azureIds(): string[] {
  return tenant.resourceManager.list().map(({ id }) => id);
}

function told({ stdout, stderr }: OperationResult): string {
  return stdout + stderr;
}

describe("an integration", () => {
  it("is deployed where default providers are forbidden, the one of dynamic resources too", async () => {
    await declare("defender", { protect: true });
    const up = await stack.up();
    expect(up, told(up)).toMatchObject({ exitCode: 0 });
    const providers = (await state()).filter(({ type }) => type.startsWith("pulumi:providers:"));
    expect(providers.map(({ urn }) => urn.split("::").at(-1)).toSorted()).toEqual([
      "azure",
      "dynamic",
      "entra",
    ]);
    // The default provider of dynamic resources would keep the whole configuration in the state.
    expect(JSON.stringify(providers)).not.toContain(tenant.tenantId);
    expect(await stack.outputs()).toEqual({ subscriptions: { "Audit.General": "enabled" } });
  });

  it("has the tag of a transform on every resource that takes tags", () => {
    const tagged = tenant.resourceManager.list().filter(({ properties }) => properties.tags !== undefined);
    expect(tagged.length).toBeGreaterThan(15);
    for (const { id, properties } of tagged)
      expect(properties.tags, id).toEqual({ team: "soc", platform: "contoso" });
  });

  it("refuses its destruction while it is protected", async () => {
    const before = azureIds();
    const destroy = await stack.destroy();
    expect(destroy.exitCode).not.toBe(0);
    expect(told(destroy)).toContain("protected");
    expect(azureIds()).toEqual(before);
  });

  it("replaces nothing when it is renamed with an alias, though accounts and vaults are named after it", async () => {
    await declare("security-operations", {
      aliases: [{ name: "defender" }],
      retainOnDelete: true,
      protect: false,
    });
    const before = azureIds();
    const up = await stack.up();
    expect(up, told(up)).toMatchObject({ exitCode: 0 });
    // The names that people see follow: of the application, and of the people in the mails of alerts.
    expect(up.resourceChanges).toEqual({ same: expect.any(Number), update: 2 });
    expect(azureIds()).toEqual(before);
    const names = [...tenant.directory.applications.values()].map(({ displayName }) => displayName);
    expect(names).toContain("security-operations");
  });

  it("leaves everything where it is when it is destroyed with retainOnDelete", async () => {
    const before = azureIds();
    const applications = [...tenant.directory.applications.keys()];
    const destroy = await stack.destroy();
    expect(destroy, told(destroy)).toMatchObject({ exitCode: 0 });
    expect(await state()).toEqual([]);
    expect(azureIds()).toEqual(before);
    expect([...tenant.directory.applications.keys()]).toEqual(applications);
  });
});
