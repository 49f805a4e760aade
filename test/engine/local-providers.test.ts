import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AzureadProvider } from "../../local/providers/azureadProvider.ts";
import { AzureNativeProvider } from "../../local/providers/azureNativeProvider.ts";
import { type ProviderHost, startProviderHost } from "../../local/providers/providerHost.ts";
import {
  type LocalSubscription,
  localSubscription,
  MANAGEMENT_APIS,
} from "../pure/localSubscriptionFixture.ts";
import { ProviderStack } from "./providerStack.ts";

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

async function succeeds(running: ReturnType<ProviderStack["up"]>) {
  const run = await running;
  expect(run, run.output).toMatchObject({ code: 0 });
  return run;
}

describe("a stack on the stand-in providers, from its first day to its last,", () => {
  let attached: Attached;
  let subscription: LocalSubscription;
  let stack: ProviderStack;

  beforeAll(async () => {
    attached = await attach();
    subscription = attached.subscription;
    stack = await ProviderStack.create("local-providers", attached.hosts);
  }, EVERY_STEP);

  afterAll(async () => {
    await stack.close();
    await detach(attached);
  });

  function managementApis(): string | undefined {
    return subscription.directory.findServicePrincipalByClientId(MANAGEMENT_APIS)?.objectId;
  }

  it("creates nothing when it is previewed", { timeout: EVERY_STEP }, async () => {
    await succeeds(stack.preview());

    expect(subscription.resourceManager.list()).toEqual([]);
  });

  it("creates everything, and gives outputs that lead to the tenant", { timeout: EVERY_STEP }, async () => {
    await succeeds(stack.up());

    const { accountName, blobEndpoint, scmHostName, clientId = "" } = await stack.outputs();
    expect(blobEndpoint).toBe(`https://127.0.0.1:10000/${accountName}/`);
    expect(scmHostName).toBe("127.0.0.1:7072");
    const reader = subscription.directory.findServicePrincipalByClientId(clientId)?.objectId ?? "";
    expect(subscription.directory.rolesOf(reader, managementApis() ?? "")).toEqual(["ActivityFeed.Read"]);
  });

  it("hands a secret to the app, and keeps it out of the state", { timeout: EVERY_STEP }, async () => {
    const [app] = [...subscription.functionApps.values()];

    expect(app?.appSettings.GREETING).toBe("a secret greeting");
    expect(await stack.exportedState()).not.toContain("a secret greeting");
  });

  it("does not change by itself", { timeout: EVERY_STEP }, async () => {
    await succeeds(stack.preview("--expect-no-changes"));
    await succeeds(stack.refresh("--expect-no-changes"));
  });

  it("changes in place what can be changed in place", { timeout: EVERY_STEP }, async () => {
    const before = await stack.outputs();
    await stack.configure({ tag: "operations", instanceMemoryMB: "2048" });

    const preview = await succeeds(stack.preview());
    expect(preview.output).toContain('~ department: "security" => "operations"');
    const { output } = await succeeds(stack.up());

    expect(output).toContain("~ 4 updated");
    expect(output).not.toContain("replaced");
    expect(await stack.outputs()).toEqual(before);
    expect(subscription.effects.at(-1)).toMatch(/^app poller-app\w+ updated$/);
  });

  it("finds what was changed or removed behind its back, and heals it", { timeout: EVERY_STEP }, async () => {
    const { groupId, accountName } = await stack.outputs();
    const account = `${groupId}/providers/Microsoft.Storage/storageAccounts/${accountName}`;
    await subscription.resourceManager.change(account, { minimumTlsVersion: "TLS1_0" });
    await subscription.resourceManager.remove(`${account}/blobServices/default/containers/packages`);

    const drift = await stack.preview("--refresh", "--expect-no-changes");
    expect(drift.code).not.toBe(0);
    expect(drift.output).toContain('~ minimumTlsVersion: "TLS1_0" => "TLS1_2"');
    await succeeds(stack.up("--refresh"));

    expect(subscription.resourceManager.find(account)?.properties.minimumTlsVersion).toBe("TLS1_2");
    expect(subscription.effects).toContain(`container ${accountName}/packages created`);
    await succeeds(stack.preview("--refresh", "--expect-no-changes"));
  });

  it("leaves nothing behind but what was there before", { timeout: EVERY_STEP }, async () => {
    const { clientId = "" } = await stack.outputs();
    await succeeds(stack.destroy());

    expect(subscription.resourceManager.list()).toEqual([]);
    expect(subscription.functionApps).toEqual(new Map());
    expect(subscription.directory.findApplicationByClientId(clientId)).toBeUndefined();
    expect(managementApis()).toBeDefined();
  });
});

describe("stacks on the stand-in providers", () => {
  let attached: Attached;
  let stacks: ProviderStack[];

  beforeEach(async () => {
    attached = await attach();
    stacks = [];
  });

  afterEach(async () => {
    for (const stack of stacks) await stack.close();
    await detach(attached);
  });

  async function newStack(configuration: Record<string, string>): Promise<ProviderStack> {
    const stack = await ProviderStack.create("local-providers", attached.hosts);
    stacks.push(stack);
    await stack.configure(configuration);
    return stack;
  }

  it("are refused, in Azure's words, what the SDK adds and Flex Consumption does not take", {
    timeout: EVERY_STEP,
  }, async () => {
    const stack = await newStack({ keepSdkDefaults: "true" });

    const { code, output } = await stack.up();
    expect(code).not.toBe(0);
    expect(output).toContain(
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
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);

    const plans = attached.subscription.resourceManager.list("azure-native:web:AppServicePlan");
    expect(plans.map(({ properties }) => properties.location).sort()).toEqual(["northeurope", "westeurope"]);
  });
});
