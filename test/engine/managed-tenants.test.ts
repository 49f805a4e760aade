import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { CHANGES_FOUND, type OperationResult, type PulumiStack } from "../../local/engine/stack.ts";
import { type ManyTenants, startManyTenants } from "../../local/manyTenants.ts";
import { landedEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { ADDRESSES } from "./exampleAddresses.ts";
import { exampleStack } from "./exampleStack.ts";

/**
 * The programs of `examples/multi-tenant`, a provider's and a customer's, with the real engine on the local tenant and the
 * tenants of four customers. It proves nothing about live Azure, Entra or Microsoft 365.
 */
interface Outputs {
  consentUrls: Record<string, string>;
  failedTenants: Record<string, string>;
  subscriptions: Record<string, Record<string, string>>;
  eventsUrl: string;
  functionAppName: string;
  sinks: { hub: { namespace: string; hub: string } };
  platform: { clientId: string };
}

let tenant: LocalTenant;
let customers: ManyTenants;
let stateFolder: string;
let provider: PulumiStack;
/** Those of the provider's last update. */
let outputs: Outputs;
const [contoso, fabrikam, woodgrove, litware] = [0, 1, 2, 3] as const;

beforeAll(async () => {
  tenant = await startTenant({ knobs: OBSERVED_KNOBS });
  customers = await startManyTenants(tenant, 4, { knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  stateFolder = await mkdtemp(path.join(tmpdir(), "managed-tenants-"));
  provider = newStack("multi-tenant");
  await provider.init({
    ...ofProvider(),
    trustedPipelines: tenant.configuration.trustedPipelines,
    tenants: {
      contoso: { tenantId: idOf(contoso) },
      fabrikam: { tenantId: idOf(fabrikam), cloud: "gcc" },
      woodgrove: { tenantId: idOf(woodgrove) },
    },
  });
});

afterAll(async () => {
  await provider.close();
  await customers.close();
  await tenant.close();
  await rm(stateFolder, { recursive: true, force: true });
});

function newStack(example: string): PulumiStack {
  const stack = exampleStack(example, tenant, path.join(stateFolder, example));
  const { authorityUrl, resourceManagerUrl } = tenant.configuration;
  const activityApiUrl = customers.activityApi.url;
  stack.environment[ADDRESSES] = JSON.stringify({ activityApiUrl, authorityUrl, resourceManagerUrl });
  // One for all, as a StackReference wants it.
  stack.environment.PULUMI_BACKEND_URL = `file://${stateFolder}`;
  return stack;
}

function ofProvider() {
  return { tenantId: tenant.tenantId, location: "westeurope" };
}

function idOf(customer: number): string {
  return customers.tenantIds[customer]!;
}

async function update(changes?: object): Promise<string> {
  const up = await provider.up();
  expect(up, said(up)).toMatchObject({ exitCode: 0, ...(changes && { resourceChanges: changes }) });
  outputs = (await provider.outputs()) as unknown as Outputs;
  return said(up);
}

/** As the administrators of the customers do. */
async function consent(...names: string[]): Promise<void> {
  for (const name of names) expect((await fetch(outputs.consentUrls[name]!)).status).toBe(200);
}

function said({ stdout, stderr }: OperationResult): string {
  return (stdout + stderr).replaceAll(/\s+/g, " ");
}

/** Publishes a threat in a customer's tenant and waits for the end of the second, which the next run's window begins with. */
async function publish(customer: number, id: string): Promise<string> {
  const line = JSON.stringify({ Id: id, RecordType: 28, OrganizationId: idOf(customer) });
  customers.activityApi.service.publish("Audit.General", [line], { tenantId: idOf(customer) });
  await setTimeout(1000 - (Date.now() % 1000));
  return line;
}

/** The events in the store, each with the tenant id that its blob is under, and those in the event hub. */
async function arrived(): Promise<{ stored: string[]; sent: string[] }> {
  const { eventsUrl, sinks } = outputs;
  const { blobNames, lines } = await landedEvents(tenant, eventsUrl);
  const tenantIds = new Set(blobNames.map(name => name.split("/")[0]));
  const stored = lines.filter(line => tenantIds.has(JSON.parse(line).OrganizationId));
  const sent = tenant.eventHubs.events(sinks.hub.namespace, sinks.hub.hub).map(({ body }) => body.toString());
  return { stored: stored.toSorted(), sent: sent.toSorted() };
}

async function poll(name: string, { functionAppName } = outputs) {
  return tenant.functionApps.run(functionAppName, `poll-${name}`);
}

describe("A provider with the tenants of three customers", () => {
  const lines: string[] = [];

  it("is deployed before anybody has consented, and says where they do", async () => {
    expect(await update()).toContain("3 of 3 tenants fail; the others are as declared.");
    const { consentUrls, failedTenants, platform } = outputs;
    expect(consentUrls.contoso).toBe(
      `${tenant.entra.url}/${idOf(contoso)}/adminconsent?client_id=${platform.clientId}`,
    );
    expect(failedTenants.contoso).toContain("AADSTS700016");
    expect(failedTenants.contoso).toContain(consentUrls.contoso);
  });

  it("has the subscriptions of those that consent, and names the one that has not", async () => {
    await consent("contoso", "fabrikam");
    expect(await update({ update: 3 })).toContain(
      "1 of 3 tenants fails; the others are as declared. The next update tries again. woodgrove: ",
    );
    expect(outputs.subscriptions).toEqual({
      contoso: { "Audit.General": "enabled" },
      fabrikam: { "Audit.General": "enabled" },
      woodgrove: { "Audit.General": "unknown" },
    });
    expect(Object.keys(outputs.failedTenants)).toEqual(["woodgrove"]);
  });

  it("collects each into its own place and all into one event hub, but the one that has not consented", async () => {
    lines.push(await publish(contoso, "a"), await publish(fabrikam, "b"));
    expect(await poll("contoso")).toMatchObject({ succeeded: true });
    expect(await poll("fabrikam")).toMatchObject({ succeeded: true });
    expect((await poll("woodgrove")).error).toContain("Tenant woodgrove: No token of application");
    expect(await arrived()).toEqual({ stored: lines.toSorted(), sent: lines.toSorted() });
  });

  it("is complete with the next update once that one consents, and then has nothing to change", async () => {
    await consent("woodgrove");
    await update({ update: 1 });
    expect(outputs).toMatchObject({
      failedTenants: {},
      subscriptions: { woodgrove: { "Audit.General": "enabled" } },
    });
    expect(await provider.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ exitCode: 0 });
  });

  it("shows a consent that is taken back as drift of that tenant alone, and polls the others", async () => {
    customers.revokeConsent(idOf(contoso), outputs.platform.clientId);
    const preview = await provider.preview({ refresh: true, expectNoChanges: true });
    expect(preview, said(preview)).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { update: 1 } });
    expect(said(preview)).toContain("soc-contoso-Audit.General");
    expect(said(preview)).toContain(`Audit.General of tenant ${idOf(contoso)}: could not be looked at.`);
    lines.push(await publish(fabrikam, "c"));
    expect(await poll("fabrikam")).toMatchObject({ succeeded: true });
    expect((await arrived()).stored).toEqual(lines.toSorted());
  });
});

describe("A customer with a stack of its own", () => {
  it("shares application, store and event hub with the provider's by a StackReference", async () => {
    const customer = newStack("multi-tenant/customer");
    await customer.init({
      ...ofProvider(),
      platform: "organization/defender-siem-multi-tenant/test",
      name: "litware",
      customer: { tenantId: idOf(litware) },
    });
    const { clientId } = outputs.platform;
    await fetch(`${tenant.entra.url}/${idOf(litware)}/adminconsent?client_id=${clientId}`);
    const up = await customer.up();
    expect(up.exitCode, said(up)).toBe(0);
    const own = (await customer.outputs()) as unknown as Outputs;
    expect(own).toMatchObject({
      failedTenants: {},
      subscriptions: { litware: { "Audit.General": "enabled" } },
    });
    const line = await publish(litware, "d");
    expect(await poll("litware", own)).toMatchObject({ succeeded: true, error: undefined });
    const { stored, sent } = await arrived();
    expect(stored).toContain(line);
    expect(sent).toContain(line);
    await customer.close();
  });
});
