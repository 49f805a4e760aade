import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { deployerPermissions } from "../../local/azure/resourceManagerServer.ts";
import type { ArmResource } from "../../local/azure/resourceType.ts";
import { roleAssignment } from "../../local/azure/resourceTypes/roleAssignment.ts";
import { type ResourceStep, resourceStep } from "../../local/engine/resourceSteps.ts";
import { CHANGES_FOUND, PulumiStack } from "../../local/engine/stack.ts";
import { landedEvents, publishEvents } from "../../local/story/threats.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { firingAlerts } from "./firingAlerts.ts";
import { type RunnablePolicyPack, runnablePolicyPack } from "./policyPack.ts";

/**
 * This repository's own program, on the local tenant, with the real engine. It proves the whole chain, and nothing about
 * live Azure, Entra or Microsoft 365.
 */
const REPOSITORY = path.join(import.meta.dirname, "../..");

let tenant: LocalTenant;
let stateFolder: string;
let policyPack: RunnablePolicyPack;
let stack: PulumiStack;
let outputs: Outputs;

interface Outputs {
  clientId: string;
  eventsUrl: string;
  functionAppName: string;
  grantedRoles: string[];
  consentUrl: string;
  subscriptions: Record<string, string>;
}

beforeAll(async () => {
  tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  stateFolder = await mkdtemp(path.join(tmpdir(), "integration-"));
  await mkdir(path.join(stateFolder, "policy"));
  policyPack = await runnablePolicyPack(path.join(stateFolder, "policy"));
  stack = newStack("integration");
});

afterAll(async () => {
  await stack.close();
  await tenant.close();
  await rm(stateFolder, { recursive: true, force: true });
});

function newStack(stackName: string): PulumiStack {
  return new PulumiStack({
    engine: inject("engine"),
    programFolder: REPOSITORY,
    stateFolder: path.join(stateFolder, stackName),
    stackName,
    environment: { ...tenant.environment, ...policyPack.environment },
  });
}

describe("the integration, declared on the local tenant", () => {
  it("is complete after one pulumi up, and as the policy pack wants it", async () => {
    await stack.init(tenant.configuration);
    const up = await stack.up({ args: policyPack.args });
    expect(up.stderr + up.stdout).not.toContain("error:");
    expect(up.stdout).toContain("✅ defender-siem");
    expect(up.exitCode).toBe(0);
    outputs = (await stack.outputs()) as unknown as Outputs;
    expect(outputs).toMatchObject({
      subscriptions: { "Audit.General": "enabled" },
      grantedRoles: ["ActivityFeed.Read"],
      consentUrl: "",
    });
  });

  it("owns the subscription by its own application, which holds no secret", () => {
    expect(tenant.activity.subscriptions()).toMatchObject([
      { clientId: outputs.clientId, contentType: "Audit.General", status: "enabled" },
    ]);
    const application = tenant.directory.findApplicationByClientId(outputs.clientId);
    expect(application).toMatchObject({ passwords: [], certificates: [] });
  });

  it("has nothing to change when it is looked at again, with the state and with the services", async () => {
    expect(await stack.preview({ expectNoChanges: true })).toMatchObject({ exitCode: 0 });
    expect(await stack.preview({ refresh: true, expectNoChanges: true })).toMatchObject({ exitCode: 0 });
  });

  it("collects what is published, each threat once and byte for byte", async () => {
    const { threats } = await publishEvents(tenant, { events: 400, seed: "integration" });
    const run = await tenant.functionApps.run(outputs.functionAppName, "poll");
    expect(run.error).toBeUndefined();
    const { lines } = await landedEvents(tenant, outputs.eventsUrl);
    expect(threats.length).toBeGreaterThan(3);
    expect(lines.toSorted()).toEqual(threats.toSorted());
  });

  it("has told how it ran, with a token of its identity, and no declared alert fires", () => {
    const [component] = tenant.resourceManager.list("azure-native:applicationinsights:Component");
    expect(component!.properties.disableLocalAuth).toBe(true);
    const lines = tenant.applicationInsights.rows("AppTraces");
    expect(lines.map(({ Message }) => String(Message))).toContainEqual(
      expect.stringMatching(/^\{.*"msg":"poll\.completed"\}$/),
    );
    expect(firingAlerts(tenant)).toEqual([]);
  });

  it("shows a subscription that somebody disabled as drift, with an exit code of its own", async () => {
    tenant.activity.disable("Audit.General");
    const preview = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(preview).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { update: 1 } });
    expect(preview.stdout).toContain("defender-Audit.General");
  });

  it("has an alert fire once a run has found it disabled", async () => {
    const run = await tenant.functionApps.run(outputs.functionAppName, "poll");
    expect(run.error).toContain("The subscription to Audit.General is disabled");
    expect(firingAlerts(tenant)).toEqual(["The subscription is not enabled"]);
  });

  it("heals it, and collects what comes afterwards", async () => {
    const up = await stack.up({ refresh: true });
    expect(up).toMatchObject({ exitCode: 0, resourceChanges: { update: 1 } });
    expect(tenant.activity.subscriptions()).toMatchObject([{ status: "enabled" }]);
    const before = await landedEvents(tenant, outputs.eventsUrl);
    const { threats } = await publishEvents(tenant, { events: 100, seed: "afterwards" });
    await tenant.functionApps.run(outputs.functionAppName, "poll");
    const { lines } = await landedEvents(tenant, outputs.eventsUrl);
    expect(lines.toSorted()).toEqual([...before.lines, ...threats].toSorted());
  });

  it("holds no token of anybody in its state", async () => {
    const state = JSON.stringify(await stack.exportState());
    expect(state).not.toMatch(/eyJ[\w-]+\.eyJ/);
    expect(state).not.toContain(tenant.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  });

  it("changes every setting in place that does not decide where or whose it is, without stopping anything", async () => {
    await stack.init({
      ...tenant.configuration,
      recordTypes: ["all"],
      pollIntervalMinutes: 10,
      selfHeal: true,
      retentionDays: 30,
      monitoring: { stalledAfterMinutes: 60, lagMinutes: 240 },
      readyTimeoutMinutes: 5,
      publisherIdentifier: "11111111-2222-4333-8444-555555555555",
      displayName: "Defender feed",
      tags: { team: "soc" },
    });
    const steps: ResourceStep[] = [];
    const up = await stack.up({ onEvent: event => steps.push(...[resourceStep(event) ?? []].flat()) });
    expect(up.exitCode).toBe(0);
    const changes = steps.filter(({ operation, phase }) => phase === "done" && operation !== "same");
    expect(new Set(changes.map(({ operation }) => operation))).toEqual(new Set(["update"]));
    // Tags are on nearly everything; these have settings of their own.
    expect(changes.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        "azuread:index/application:Application",
        "azure-native:monitor:ScheduledQueryRule",
        "azure-native:storage:ManagementPolicy",
        "azure-native:web:WebApp",
        "pulumi-nodejs:dynamic/defender-siem:AuditSubscription",
      ]),
    );
    expect(tenant.activity.requests().filter(({ operation }) => operation === "stop")).toEqual([]);
  });

  it("leaves nothing behind but the enabled subscription when it is destroyed", async () => {
    expect(await stack.destroy()).toMatchObject({ exitCode: 0 });
    expect(tenant.resourceManager.list()).toEqual([]);
    expect([...tenant.directory.applications.values()].map(({ displayName }) => displayName)).toEqual([
      "Deployment pipeline",
    ]);
    expect(
      tenant.directory.findServicePrincipalByClientId("c5393580-f805-4401-95e8-94b7a6ef2fc2"),
    ).toBeDefined();
    expect(tenant.activity.subscriptions()).toMatchObject([{ status: "enabled" }]);
  });
});

describe("a wrong configuration", () => {
  it.each([
    // What the three stand for: an argument that decides which resources there are, one that may be an output, and one
    // that the dynamic resource checks. The words for each argument are tested without the engine.
    ["contentTypes", { contentTypes: ["Audit.Genral"] }, '"Audit.Genral" is not a content type'],
    ["tenantId", { tenantId: "contoso.onmicrosoft.com" }, "is a domain name"],
    ["onDestroy", { onDestroy: "delete" }, '"delete"'],
  ])("in %s is refused in preview, before anything is created", async (key, wrong, message) => {
    const mistaken = newStack(`mistaken-${key}`);
    await mistaken.init({ ...tenant.configuration, ...wrong });
    const preview = await mistaken.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.stdout + preview.stderr).toContain(message);
    expect(preview.stdout + preview.stderr).not.toMatch(/^\s+at .*\.ts:\d+/m);
    expect(tenant.resourceManager.list()).toEqual([]);
  });
});

describe("a deployer that lacks rights", () => {
  it("fails before anything is created, with the name of each right and how to get it", async () => {
    const { deployerObjectId } = tenant.resourceManager;
    const { permissions, unregistered } = tenant.azure.facts;
    const [contributor] = permissions.get(deployerObjectId)!;
    const { grants, giveBack } = takeGraphRoles(deployerObjectId);
    permissions.set(deployerObjectId, [contributor!]);
    unregistered.add("Microsoft.App");
    try {
      const powerless = newStack("powerless");
      await powerless.init(tenant.configuration);
      const before = tenant.resourceManager.requests().length;
      const applications = tenant.directory.applications.size;
      const up = await powerless.up();
      expect(up.exitCode).not.toBe(0);
      const said = (up.stdout + up.stderr).replaceAll(/\s+/g, " ");
      for (const name of [...grants, "Microsoft.Authorization/roleAssignments/write", "Microsoft.App"])
        expect(said).toContain(name);
      expect(said).toContain("az provider register --namespace Microsoft.App");
      expect(tenant.resourceManager.requests().length).toBe(before);
      expect(tenant.directory.applications.size).toBe(applications);
    } finally {
      permissions.set(deployerObjectId, deployerPermissions());
      unregistered.clear();
      giveBack();
    }
  });

  function takeGraphRoles(principalObjectId: string) {
    const { directory } = tenant;
    const held = [...directory.appRoleAssignments.values()].filter(
      grant => grant.principalObjectId === principalObjectId,
    );
    for (const { id } of held) directory.removeAppRoleAssignment(id);
    return {
      grants: ["Application.ReadWrite.OwnedBy", "Application.Read.All", "AppRoleAssignment.ReadWrite.All"],
      giveBack: () => {
        for (const { id: _, ...grant } of held) directory.assignAppRole(grant);
      },
    };
  }
});

describe("rights that others have to give", () => {
  it("are asked for with commands and a URL, and once they are given pulumi up completes", async () => {
    const manual = newStack("manual");
    await manual.init({
      ...tenant.configuration,
      adminConsent: "manual",
      roleAssignments: "manual",
      readyTimeoutMinutes: 0,
    });
    // An update that fails ends when the consent is missed, whatever it has asked for by then; the next one asks for all.
    const assigned = new Map<string, Promise<ArmResource>>();
    const assigning = {
      onEvent: ({ diagnosticEvent }: EngineEvent) => {
        const command = /az role assignment create .*/.exec(diagnosticEvent?.message ?? "")?.[0];
        if (command !== undefined && !assigned.has(command)) assigned.set(command, assignRole(command));
      },
    };
    const refused = await manual.up(assigning);
    const clientId = clientIdOf("defender");
    const consentUrl = `${tenant.entra.url}/${tenant.tenantId}/adminconsent?client_id=${clientId}`;
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain(consentUrl);

    consent(clientId);
    expect(await manual.up(assigning)).toMatchObject({ exitCode: 0 });
    const assignments = await Promise.all(assigned.values());
    expect(assignments).toHaveLength(4);
    const { manualSteps, functionAppName, ...others } = await manual.outputs();
    expect(others).toMatchObject({ consentUrl, subscriptions: { "Audit.General": "enabled" } });
    expect((manualSteps as string[]).filter(step => step.startsWith("az role assignment"))).toHaveLength(4);
    // With the rights of others, the poller does all that it does with those of the program.
    expect(await tenant.functionApps.run(functionAppName as string, "poll")).toMatchObject({
      succeeded: true,
    });
    for (const { id } of assignments) await tenant.resourceManager.remove(id);
    expect(await manual.destroy()).toMatchObject({ exitCode: 0 });
  });

  /** Does what the Azure CLI would. */
  function assignRole(command: string): Promise<ArmResource> {
    const option = (name: string) => new RegExp(`--${name} (\\S+)`).exec(command)![1]!;
    return tenant.resourceManager.put(roleAssignment, {
      roleAssignmentName: option("name"),
      scope: option("scope"),
      principalId: option("assignee-object-id"),
      principalType: option("assignee-principal-type"),
      roleDefinitionId: `/subscriptions/${tenant.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${option("role")}`,
    });
  }

  function clientIdOf(applicationName: string): string {
    const applications = [...tenant.directory.applications.values()];
    return applications.find(({ displayName }) => displayName === applicationName)!.clientId;
  }

  function consent(clientId: string): void {
    const resource = tenant.directory.findServicePrincipalByClientId("c5393580-f805-4401-95e8-94b7a6ef2fc2")!;
    tenant.directory.assignAppRole({
      appRoleId: resource.appRoles.find(({ value }) => value === "ActivityFeed.Read")!.id,
      principalObjectId: tenant.directory.findServicePrincipalByClientId(clientId)!.objectId,
      resourceObjectId: resource.objectId,
    });
  }
});
