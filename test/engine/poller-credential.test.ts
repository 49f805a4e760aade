import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { resourceStep } from "../../local/engine/resourceSteps.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import { landedEvents, publishEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";

/**
 * One stack that changes what its poller proves to Entra with, there and back. It proves that nothing has to be destroyed
 * for it and that the poller collects with either; nothing about how long the platform keeps an identity's token.
 */
let tenant: LocalTenant;
let stateFolder: string;
let stack: PulumiStack;

interface Outputs {
  clientId: string;
  eventsUrl: string;
  functionAppName: string;
  subscriptions: Record<string, string>;
}

beforeAll(async () => {
  tenant = await startTenant({ knobs: { startThrottleMinutes: 0 } });
  stateFolder = await mkdtemp(path.join(tmpdir(), "poller-credential-"));
  stack = new PulumiStack({
    engine: inject("engine"),
    programFolder: path.join(import.meta.dirname, "../.."),
    stateFolder,
    stackName: "credential",
    environment: tenant.environment,
  });
});

afterAll(async () => {
  await stack.close();
  await tenant.close();
  await rm(stateFolder, { recursive: true, force: true });
});

describe("the poller's credential", () => {
  it("changes in place from an application to the managed identity, back, and to a key in a vault, and the poller collects with each", async () => {
    const { trustedPipelines, ...others } = tenant.configuration;
    const application = await deploy({ trustedPipelines });
    expect(application.subscriptions).toEqual({ "Audit.General": "enabled" });
    await expectPolling(application, "application");

    const identity = await deploy({ ...others, pollerCredential: "managedIdentity", trustedPipelines: {} });
    expect(identity.subscriptions).toEqual({});
    expect(tenant.directory.findApplicationByClientId(application.clientId)).toBeUndefined();
    // The first run finds nothing enabled, and starts the identity's own subscription.
    await poll(identity);
    expect(enabledBy(identity.clientId)).toEqual(["Audit.General"]);
    await expectPolling(identity, "identity");

    const again = await deploy({ pollerCredential: "federatedApp", trustedPipelines });
    expect(again.subscriptions).toEqual({ "Audit.General": "enabled" });
    expect(again.functionAppName).toBe(application.functionAppName);
    await expectPolling(again, "again");
    expect(rolesOf(identity.clientId)).toEqual([]);

    const certificate = await deploy({
      ...others,
      pollerCredential: "certificate",
      trustedPipelines: {},
    });
    expect(certificate.subscriptions).toEqual({});
    expect(certificate.clientId).toBe(again.clientId);
    const registered = tenant.directory.findApplicationByClientId(certificate.clientId)!;
    expect(registered.federatedCredentials).toEqual([]);
    expect(registered.certificates).toHaveLength(1);
    await expectPolling(certificate, "certificate");

    // Somebody takes the key out of use: a new one is made, and the old certificate goes when the poller has the new key.
    const [vault] = tenant.resourceManager.list("azure-native:keyvault:Vault");
    tenant.keyVaults.certificatesOf(vault!.name).disable("application");
    expect(await changesOfHealing()).toEqual([
      "update VaultCertificate",
      "create-replacement ApplicationCertificate",
      "replace ApplicationCertificate",
      "update WebApp",
      "delete-replaced ApplicationCertificate",
    ]);
    expect(registered.certificates).toHaveLength(1);
    await expectPolling(certificate, "healed");
  });
});

async function deploy(configuration: Record<string, unknown>): Promise<Outputs> {
  await stack.init({ ...tenant.configuration, monitoring: { enabled: false }, ...configuration });
  const up = await stack.up();
  expect(up.stdout + up.stderr).not.toContain("error:");
  expect(up.exitCode).toBe(0);
  return (await stack.outputs()) as unknown as Outputs;
}

/** What `pulumi up --refresh` does in Azure and Entra, in this order. */
async function changesOfHealing(): Promise<string[]> {
  const changes: string[] = [];
  const up = await stack.up({
    refresh: true,
    onEvent: event => {
      const step = resourceStep(event);
      const isChange = step?.phase === "done" && !["same", "refresh", "read"].includes(step.operation);
      if (isChange && !step.type.startsWith("defender-siem:"))
        changes.push(`${step.operation} ${step.type.split(":").at(-1)}`);
    },
  });
  expect(up.exitCode).toBe(0);
  return changes;
}

async function poll({ functionAppName }: Outputs): Promise<void> {
  const run = await tenant.functionApps.run(functionAppName, "poll");
  expect(run.error).toBeUndefined();
}

async function expectPolling(outputs: Outputs, seed: string): Promise<void> {
  const before = (await landedEvents(tenant, outputs.eventsUrl)).lines;
  const { threats } = await publishEvents(tenant, { events: 100, seed });
  expect(threats.length).toBeGreaterThan(0);
  await poll(outputs);
  const { lines } = await landedEvents(tenant, outputs.eventsUrl);
  expect(lines.toSorted()).toEqual([...before, ...threats].toSorted());
}

function enabledBy(clientId: string): string[] {
  return tenant.activity
    .subscriptions()
    .filter(subscription => subscription.clientId === clientId && subscription.status === "enabled")
    .map(({ contentType }) => contentType);
}

function rolesOf(clientId: string): string[] {
  const { directory } = tenant;
  const managementApis = directory.findServicePrincipalByClientId("c5393580-f805-4401-95e8-94b7a6ef2fc2")!;
  const principal = directory.findServicePrincipalByClientId(clientId)!;
  return directory.rolesOf(principal.objectId, managementApis.objectId);
}
