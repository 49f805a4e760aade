/**
 * The look at the deployer's rights, against the Entra and the Azure Resource Manager of the local tenant. It proves what is
 * made of their answers; it cannot prove that Microsoft's answer like the local ones.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { checkAzure, checkGraph } from "../../components/deployer/checks.ts";
import {
  type DeployerPrerequisitesInputs,
  DeployerPrerequisitesLifecycle,
} from "../../components/deployer/lifecycle.ts";
import { deployerNeeds } from "../../components/deployer/needs.ts";
import { UNKNOWN } from "../../components/pulumi/wireFormat.ts";
import {
  deployerPermissions,
  type ResourceManagerEndpoint,
  startResourceManagerServer,
} from "../../local/azure/resourceManagerServer.ts";
import { registerPipelineIdentity } from "../../local/entra/pipelineIssuer.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";

const everything = { registersApplication: true, grantsConsent: true, assignsRoles: true };
const subscriptionId = randomUUID();
let fixture: EntraFixture;
let azure: ResourceManagerEndpoint;
let deployer: { clientId: string; objectId: string };
let inputs: DeployerPrerequisitesInputs;

beforeAll(async () => {
  fixture = await startFixture();
  const { directory, entra, issuer, tls } = fixture;
  deployer = registerPipelineIdentity(directory, issuer).servicePrincipal;
  azure = await startResourceManagerServer({
    functionsOf: () => undefined,
    tls,
    verifyToken: token => entra.verify(token),
    subscriptionId,
    deployerObjectId: deployer.objectId,
  });
  inputs = {
    tenantId: directory.tenantId,
    subscriptionId,
    authorityUrl: entra.url,
    resourceManagerUrl: azure.url,
    needs: deployerNeeds(everything),
  };
});
afterAll(async () => {
  await azure.close();
  await fixture.close();
});
beforeEach(() => {
  azure.facts.permissions.set(deployer.objectId, deployerPermissions());
  azure.facts.unregistered.clear();
});

function environment(): NodeJS.ProcessEnv {
  return { ...fixture.issuer.environment, ARM_CLIENT_ID: deployer.clientId };
}

async function failure(
  news: Partial<DeployerPrerequisitesInputs> = {},
  {
    olds = {},
    env = environment(),
  }: { olds?: Partial<DeployerPrerequisitesInputs>; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const lifecycle = new DeployerPrerequisitesLifecycle(env);
  const { failures } = await lifecycle.check(olds, { ...inputs, ...news });
  return failures.map(({ reason }) => reason.replaceAll(/\s+/g, " ")).join("\n");
}

async function withoutGraphRoles(act: () => Promise<void>): Promise<void> {
  const { directory } = fixture;
  const held = [...directory.appRoleAssignments.values()].filter(
    ({ principalObjectId }) => principalObjectId === deployer.objectId,
  );
  for (const { id } of held) directory.removeAppRoleAssignment(id);
  try {
    await act();
  } finally {
    for (const { id: _, ...grant } of held) directory.assignAppRole(grant);
  }
}

describe("a deployer with all rights", () => {
  it("is let through", async () => {
    expect(await failure()).toBe("");
  });
});

describe("a deployer without", () => {
  it("any Graph permission is told each of them, what it is for, and the way around it", async () => {
    await withoutGraphRoles(async () => {
      const reason = await failure();
      expect(reason).toContain("Nothing was created, because the deployer cannot finish: ");
      expect(reason).toContain(
        "lacks the Microsoft Graph permission Application.ReadWrite.OwnedBy, which is needed to register the application.",
      );
      expect(reason).toContain(
        "AppRoleAssignment.ReadWrite.All, which is needed to grant ActivityFeed.Read.",
      );
      expect(reason).toContain("or set adminConsent to manual, which leaves it to an administrator.");
      expect(reason).toContain("Application.Read.All, which is needed to look up the service principal");
    });
  });

  it("the Graph permissions needs none where it neither registers nor consents", async () => {
    const needs = deployerNeeds({ ...everything, registersApplication: false, grantsConsent: false });
    await withoutGraphRoles(async () => expect(await failure({ needs })).toBe(""));
  });

  it("the right to assign roles is told so, and not where another person assigns them", async () => {
    azure.facts.permissions.set(deployer.objectId, deployerPermissions().slice(0, 1));
    expect(await failure()).toContain(
      `The deployer may not do Microsoft.Authorization/roleAssignments/write on /subscriptions/${subscriptionId}. ` +
        "Fix: Assign it the role Role Based Access Control Administrator there, or set roleAssignments to manual",
    );
    expect(await failure({ needs: deployerNeeds({ ...everything, assignsRoles: false }) })).toBe("");
  });

  it("anything in Azure is told every action", async () => {
    azure.facts.permissions.delete(deployer.objectId);
    const reason = await failure();
    for (const { action } of inputs.needs.azure) expect(reason).toContain(`may not do ${action} on`);
  });

  it("a registered resource provider is told the command that registers it", async () => {
    azure.facts.unregistered.add("Microsoft.App");
    expect(await failure()).toMatch(
      /The resource provider Microsoft\.App is NotRegistered in the subscription\. Fix: Run: az provider register --namespace Microsoft\.App --wait$/,
    );
  });
});

describe("what cannot be found out", () => {
  it.each([
    ["without a credential that is known here", () => ({ env: {} as NodeJS.ProcessEnv })],
    ["of another tenant", () => ({ news: { tenantId: randomUUID() } })],
    [
      "where nothing answers",
      () => ({ news: { resourceManagerUrl: "https://127.0.0.1:9", needs: onlyAzure() } }),
    ],
  ])("%s is no failure: Pulumi's own providers will tell", async (_when, given) => {
    const { news = {}, env }: { news?: Partial<DeployerPrerequisitesInputs>; env?: NodeJS.ProcessEnv } =
      given();
    expect(await failure(news, { env: env ?? environment() })).toBe("");
  });

  it("is not asked for while an input is unknown", async () => {
    azure.facts.permissions.delete(deployer.objectId);
    expect(await failure({ subscriptionId: UNKNOWN })).toBe("");
  });

  function onlyAzure() {
    return { ...inputs.needs, graph: [], resourceProviders: [] };
  }
});

describe("what was looked at before", () => {
  it("is not looked at again, and something more is", async () => {
    azure.facts.permissions.delete(deployer.objectId);
    expect(await failure({}, { olds: { ...inputs } })).toBe("");
    const before = { ...inputs, needs: deployerNeeds({ ...everything, assignsRoles: false }) };
    expect(await failure({}, { olds: before })).not.toBe("");
    const lifecycle = new DeployerPrerequisitesLifecycle({});
    expect(lifecycle.diff(inputs, { ...inputs, resourceManagerUrl: "https://other.example" }).changes).toBe(
      false,
    );
    expect(lifecycle.diff(before, inputs)).toEqual({ changes: true, replaces: [] });
  });

  it("counts only for its subscription", () => {
    const lifecycle = new DeployerPrerequisitesLifecycle({});
    expect(lifecycle.diff(inputs, { ...inputs, subscriptionId: randomUUID() })).toEqual({
      changes: true,
      replaces: ["subscriptionId"],
    });
  });
});

describe("a wrong setting", () => {
  it("is told by its name", async () => {
    const lifecycle = new DeployerPrerequisitesLifecycle({});
    const { failures } = await lifecycle.check({}, { ...inputs, resourceManagerUrl: "http://azure.example" });
    expect(failures).toMatchObject([
      { property: "resourceManagerUrl", reason: expect.stringContaining("https") },
    ]);
  });
});

describe("a Graph token", () => {
  const [registration] = deployerNeeds(everything).graph;

  it("counts by a directory role as well", () => {
    const wids = ["158c047a-c907-4556-b7ef-446551a6b5f7"];
    expect(checkGraph(registration!, { wids })).toMatchObject({
      state: "ok",
      finding: "The deployer has Cloud Application Administrator.",
    });
  });

  it("of a user without either leaves it open, since the tenant may let everybody register", () => {
    expect(checkGraph(registration!, { scp: "User.Read" })).toMatchObject({ state: "unknown" });
  });
});

describe("an Azure permission", () => {
  const need = { action: "Microsoft.Web/sites/publish/action", role: "Contributor" };
  it.each([
    ["*", [], "ok"],
    ["Microsoft.Web/sites/*", [], "ok"],
    ["microsoft.web/SITES/publish/Action", [], "ok"],
    ["*/read", [], "failed"],
    ["*", ["Microsoft.Web/*/action"], "failed"],
    ["MicrosoftXWeb/sites/publish/action", [], "failed"],
  ])("of %s without %j is %s", (action, notActions, state) => {
    expect(checkAzure(need, [{ actions: [action], notActions }], "/subscriptions/x")).toMatchObject({
      state,
    });
  });

  it("is not taken away by what another role leaves out", () => {
    const contributor = { actions: ["*"], notActions: ["Microsoft.Web/sites/publish/action"] };
    const website = { actions: ["Microsoft.Web/sites/*"], notActions: [] };
    expect(checkAzure(need, [contributor, website], "/subscriptions/x")).toMatchObject({ state: "ok" });
  });
});
