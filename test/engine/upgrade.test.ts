/**
 * The state that the last released version has left, under the program of today: nothing is replaced, created or deleted.
 * What the poller's code becomes is not looked at, since every version has another.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ResourceManager } from "../../local/azure/resourceManager.ts";
import type { ResourceManagerHooks } from "../../local/azure/resourceManagerHooks.ts";
import { type ResourceStep, resourceStep } from "../../local/engine/resourceSteps.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import { Directory } from "../../local/entra/directory.ts";
import { AzureadProvider } from "../../local/providers/azureadProvider.ts";
import { AzureNativeProvider } from "../../local/providers/azureNativeProvider.ts";
import type { InvokeRequest } from "../../local/providers/hostedProvider.ts";
import { type ProviderHost, startProviderHost } from "../../local/providers/providerHost.ts";
import { RELEASED_INTEGRATIONS } from "./releasedIntegrations.ts";
import { importable, lastReleased, type ReleasedStack, releasedStack } from "./releasedState.ts";

/** Updates that an upgrade brings along: the type and name of each resource, and why it cannot be helped. */
const EXPECTED_UPDATES: Record<string, string> = {};

const version = await lastReleased();

/** Answers as it did when the state was recorded. */
class RecordedEntra extends AzureadProvider {
  readonly #managementApisObjectId: string;

  constructor({ deployer, managementApisObjectId }: ReleasedStack) {
    super(new Directory({ tenantId: deployer.tenantId }), deployer);
    this.#managementApisObjectId = managementApisObjectId;
  }

  override invoke(request: InvokeRequest) {
    const answer = super.invoke(request);
    if (!request.token.endsWith(":getServicePrincipal")) return answer;
    return { ...answer, objectId: this.#managementApisObjectId };
  }
}

describe.each(Object.keys(RELEASED_INTEGRATIONS))(`the integration of ${version}, %s,`, name => {
  let stateFolder: string;
  let released: ReleasedStack;
  let stack: PulumiStack;
  let hosts: ProviderHost[];

  beforeAll(async () => {
    released = await releasedStack(version, name);
    const { deployer } = released;
    const azure = new ResourceManager({
      ...deployer,
      deployerObjectId: deployer.objectId,
      principalType: () => "ServicePrincipal",
      // A preview creates nothing.
      hooks: {} as ResourceManagerHooks,
    });
    hosts = [
      await startProviderHost(new AzureNativeProvider(azure, deployer)),
      await startProviderHost(new RecordedEntra(released)),
    ];
    stateFolder = await mkdtemp(path.join(tmpdir(), "upgrade-"));
    stack = new PulumiStack({
      engine: inject("engine"),
      programFolder: path.join(import.meta.dirname, "../.."),
      stateFolder,
      stackName: name,
      environment: { PULUMI_DEBUG_PROVIDERS: `azure-native:${hosts[0]!.port},azuread:${hosts[1]!.port}` },
    });
    await stack.init(released.configuration, released.secrets);
  });

  afterAll(async () => {
    await stack.close();
    await Promise.all(hosts.map(host => host.close()));
    await rm(stateFolder, { recursive: true, force: true });
  });

  it("is upgraded without a replacement", async () => {
    const file = path.join(stateFolder, "released.json");
    await writeFile(file, JSON.stringify(importable(released, await stack.exportState())));
    const imported = await stack.run(["stack", "import", "--stack", name, "--file", file]);
    expect(imported, imported.stderr).toMatchObject({ exitCode: 0 });

    const steps: ResourceStep[] = [];
    const preview = await stack.preview({
      args: ["--diff"],
      onEvent: event => steps.push(...[resourceStep(event) ?? []].flat()),
    });
    expect(preview, preview.stdout + preview.stderr).toMatchObject({ exitCode: 0 });
    const changes = steps.filter(({ operation, phase }) => phase === "done" && operation !== "same");
    const unexpected = changes
      .map(({ operation, type, name: resource }) => `${operation} ${type} ${resource}`)
      .filter(change => !(change.replace("update ", "") in EXPECTED_UPDATES));
    expect(unexpected, preview.stdout).toEqual([]);
    expect(preview.resourceChanges.same).toBe(
      released.resources.filter(({ type }) => !type.startsWith("pulumi:providers:")).length - changes.length,
    );
  });
});
