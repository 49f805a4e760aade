import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CHANGES_FOUND, type OperationResult, type PulumiStack } from "../../local/engine/stack.ts";
import { AzureadProvider } from "../../local/providers/azureadProvider.ts";
import { AzureNativeProvider } from "../../local/providers/azureNativeProvider.ts";
import { type ProviderHost, startProviderHost } from "../../local/providers/providerHost.ts";
import {
  type LocalSubscription,
  localSubscription,
  MANAGEMENT_APIS,
} from "../pure/localSubscriptionFixture.ts";
import { providerStack } from "./providerStack.ts";

/*
 * The unchanged SDKs of azure-native and azuread, run by the real engine, on the stand-in providers. What the real
 * providers and Azure would do is not proved here; the rules that the stand-ins follow are shown in the pure tier.
 */

const EVERY_STEP = 120_000;

interface Attached {
  subscription: LocalSubscription;
  hosts: Record<string, ProviderHost>;
}

async function attach(): Promise<Attached> {
  const subscription = localSubscription();
  const { resourceManager, directory, deployer } = subscription;
  const hosts = {
    "azure-native": await startProviderHost(new AzureNativeProvider(resourceManager, deployer)),
    azuread: await startProviderHost(new AzureadProvider(directory, deployer)),
  };
  return { subscription, hosts };
}

async function detach({ hosts }: Attached): Promise<void> {
  for (const host of Object.values(hosts)) await host.close();
}

async function succeeds(running: Promise<OperationResult>): Promise<OperationResult> {
  const run = await running;
  expect(run.exitCode, run.stdout + run.stderr).toBe(0);
  return run;
}

describe("a stack on the stand-in providers, from its first day to its last,", () => {
  let attached: Attached;
  let subscription: LocalSubscription;
  let stack: PulumiStack;
  let closeStack: () => Promise<void>;

  beforeAll(async () => {
    attached = await attach();
    subscription = attached.subscription;
    ({ stack, close: closeStack } = await providerStack(attached.hosts));
  }, EVERY_STEP);

  afterAll(async () => {
    await closeStack();
    await detach(attached);
  });

  async function outputs(): Promise<Record<string, string>> {
    return (await stack.outputs()) as Record<string, string>;
  }

  function managementApis(): string | undefined {
    return subscription.directory.findServicePrincipalByClientId(MANAGEMENT_APIS)?.objectId;
  }

  it("creates nothing when it is previewed", { timeout: EVERY_STEP }, async () => {
    await succeeds(stack.preview());

    expect(subscription.resourceManager.list()).toEqual([]);
  });

  it("creates everything, and gives outputs that lead to the tenant", { timeout: EVERY_STEP }, async () => {
    await succeeds(stack.up());

    const { accountName, blobEndpoint, scmHostName, clientId = "" } = await outputs();
    expect(blobEndpoint).toBe(`https://127.0.0.1:10000/${accountName}/`);
    expect(scmHostName).toBe("127.0.0.1:7072");
    const reader = subscription.directory.findServicePrincipalByClientId(clientId)?.objectId ?? "";
    expect(subscription.directory.rolesOf(reader, managementApis() ?? "")).toEqual(["ActivityFeed.Read"]);
  });

  it("hands a secret to the app, and keeps it out of the state", { timeout: EVERY_STEP }, async () => {
    const [app] = [...subscription.functionApps.values()];

    expect(app?.appSettings.GREETING).toBe("a secret greeting");
    expect(JSON.stringify(await stack.exportState())).not.toContain("a secret greeting");
  });

  it("does not change by itself", { timeout: EVERY_STEP }, async () => {
    await succeeds(stack.preview({ expectNoChanges: true }));
    await succeeds(stack.refresh({ expectNoChanges: true }));
  });

  it("changes in place what can be changed in place", { timeout: EVERY_STEP }, async () => {
    const before = await outputs();
    await stack.init({ tag: "operations", instanceMemoryMB: "2048" });

    const preview = await succeeds(stack.preview({ args: ["--diff"] }));
    expect(preview.stdout).toContain('~ department: "security" => "operations"');
    const { resourceChanges } = await succeeds(stack.up());

    expect(resourceChanges).toMatchObject({ update: 4 });
    expect(resourceChanges).not.toHaveProperty("replace");
    expect(await outputs()).toEqual(before);
    expect(subscription.effects.at(-1)).toMatch(/^app poller-app\w+ updated$/);
  });

  it("finds what was changed or removed behind its back, and heals it", { timeout: EVERY_STEP }, async () => {
    const { groupId, accountName } = await outputs();
    const account = `${groupId}/providers/Microsoft.Storage/storageAccounts/${accountName}`;
    await subscription.resourceManager.change(account, { minimumTlsVersion: "TLS1_0" });
    await subscription.resourceManager.remove(`${account}/blobServices/default/containers/packages`);

    const drift = await stack.preview({ refresh: true, expectNoChanges: true, args: ["--diff"] });
    expect(drift.exitCode).toBe(CHANGES_FOUND);
    expect(drift.stdout).toContain('~ minimumTlsVersion: "TLS1_0" => "TLS1_2"');
    await succeeds(stack.up({ refresh: true }));

    expect(subscription.resourceManager.find(account)?.properties.minimumTlsVersion).toBe("TLS1_2");
    expect(subscription.effects).toContain(`container ${accountName}/packages created`);
    await succeeds(stack.preview({ refresh: true, expectNoChanges: true, args: ["--diff"] }));
  });

  it("leaves nothing behind but what was there before", { timeout: EVERY_STEP }, async () => {
    const { clientId = "" } = await outputs();
    await succeeds(stack.destroy());

    expect(subscription.resourceManager.list()).toEqual([]);
    expect(subscription.functionApps).toEqual(new Map());
    expect(subscription.directory.findApplicationByClientId(clientId)).toBeUndefined();
    expect(managementApis()).toBeDefined();
  });
});

describe("stacks on the stand-in providers", () => {
  let attached: Attached;
  let closers: (() => Promise<void>)[];

  beforeEach(async () => {
    attached = await attach();
    closers = [];
  });

  afterEach(async () => {
    for (const close of closers) await close();
    await detach(attached);
  });

  async function newStack(configuration: Record<string, string>): Promise<PulumiStack> {
    const { stack, close } = await providerStack(attached.hosts, configuration);
    closers.push(close);
    return stack;
  }

  it("are refused, in Azure's words, what the SDK adds and Flex Consumption does not take", {
    timeout: EVERY_STEP,
  }, async () => {
    const stack = await newStack({ keepSdkDefaults: "true" });

    const { exitCode, stdout } = await stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain(
      "The following site configuration property (Site.SiteConfig.NetFrameworkVersion) for Flex Consumption sites is " +
        "invalid.  Please remove or rename it before retrying.",
    );
  });

  it("are configured each by itself, also when they are attached at the same time", {
    timeout: EVERY_STEP,
  }, async () => {
    const one = await newStack({});
    const other = await newStack({ "azure-native:location": "northeurope" });

    const runs = await Promise.all([one.up(), other.up()]);
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);

    const plans = attached.subscription.resourceManager.list("azure-native:web:AppServicePlan");
    expect(plans.map(({ properties }) => properties.location).sort()).toEqual(["northeurope", "westeurope"]);
  });
});
