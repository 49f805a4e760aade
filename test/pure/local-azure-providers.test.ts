import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { UNKNOWN } from "../../local/azure/properties.ts";
import type { CheckRequest } from "../../local/providers/hostedProvider.ts";
import {
  ACCOUNT,
  BLOB_CONTAINER,
  type DeclaredParts,
  declare,
  declaredParts,
  IDENTITY,
  RESOURCE_GROUP,
  STORAGE_ACCOUNT,
  SUBSCRIPTION_ID,
  WEB_APP,
} from "./localSubscriptionFixture.ts";

const IN_GROUP = { resourceGroupName: "siem-rg" };

let parts: DeclaredParts;

beforeEach(async () => {
  parts = await declaredParts();
});

function check(type: string, inputs: Record<string, unknown>, request: Partial<CheckRequest> = {}) {
  return parts.provider.check({
    type,
    name: "siem",
    inputs,
    oldInputs: {},
    configuration: {},
    randomSeed: new Uint8Array([1, 2, 3]),
    ...request,
  });
}

function diff(type: string, oldInputs: Record<string, unknown>, inputs: Record<string, unknown>) {
  return parts.provider.diff({ type, id: "id", oldInputs, inputs, configuration: {} });
}

describe("a resource without a name", () => {
  it("gets the name in the program and eight random digits", () => {
    expect(check(IDENTITY, IN_GROUP).inputs.resourceName).toMatch(/^siem[0-9a-f]{8}$/);
  });

  it("keeps its name from one run to the next", () => {
    const { inputs } = check(IDENTITY, IN_GROUP);

    const again = check(IDENTITY, IN_GROUP, { oldInputs: inputs, randomSeed: new Uint8Array([9]) });
    expect(again.inputs).toEqual(inputs);
  });

  it("gets the name in the program alone when it is a child of another resource", () => {
    const { inputs } = check(BLOB_CONTAINER, { ...IN_GROUP, accountName: "siemhost" }, { name: "events" });

    expect(inputs.containerName).toBe("events");
  });

  it("gets the name that the stack's autonaming proposes, or none when that is switched off", () => {
    const propose = { mode: "propose", proposedName: "siem-test" } as const;
    expect(check(IDENTITY, IN_GROUP, { autonaming: propose }).inputs.resourceName).toBe("siem-test");

    const disable = { mode: "disable", proposedName: "" } as const;
    expect(check(IDENTITY, IN_GROUP, { autonaming: disable }).failures).toEqual([
      { reason: "missing required property 'resourceName'" },
    ]);
  });

  it("may exist beside its replacement, while a named one is deleted first", () => {
    const generated = check(IDENTITY, IN_GROUP).inputs;
    const named = check(IDENTITY, { ...IN_GROUP, resourceName: "poller" }).inputs;

    const elsewhere = { location: "northeurope" };
    expect(diff(IDENTITY, generated, { ...generated, ...elsewhere }).deleteBeforeReplace).toBe(false);
    expect(diff(IDENTITY, named, { ...named, ...elsewhere }).deleteBeforeReplace).toBe(true);
  });
});

describe("a resource without a location", () => {
  it("is where its resource group is, unless the stack configures another place", () => {
    expect(check(IDENTITY, IN_GROUP).inputs.location).toBe("westeurope");
    const configuration = { location: "northeurope" };
    expect(check(IDENTITY, IN_GROUP, { configuration }).inputs.location).toBe("northeurope");
  });

  it("has an unknown location as long as its resource group is unknown", () => {
    expect(check(IDENTITY, { resourceGroupName: UNKNOWN }).inputs.location).toBe(UNKNOWN);
  });

  it("is refused when there is no place to take it from", () => {
    expect(check(RESOURCE_GROUP, { resourceGroupName: "other" }).failures).toEqual([
      {
        reason:
          "missing required property 'location'. Either set it explicitly or configure it with 'pulumi config set " +
          "azure-native:location <value>'.",
      },
    ]);
  });
});

describe("declaring", () => {
  it("is refused for a type that the local subscription does not have", async () => {
    await expect(declare(parts.provider, "azure-native:compute:VirtualMachine", IN_GROUP)).rejects.toThrow(
      "The local tenant has no azure-native:compute:VirtualMachine. It has resources:ResourceGroup, ",
    );
  });

  it("is refused in a resource group that does not exist, in a place that does not, or with such a name", async () => {
    await expect(
      declare(parts.provider, IDENTITY, { resourceGroupName: "other", location: "westeurope" }),
    ).rejects.toThrow(
      `Status=404 Code="ResourceGroupNotFound" Message="Resource group 'other' could not be found."`,
    );
    await expect(declare(parts.provider, IDENTITY, { ...IN_GROUP, location: "mars" })).rejects.toThrow(
      "The provided location 'mars' is not available for resource type 'Microsoft.ManagedIdentity/userAssignedIdentities'",
    );
    await expect(
      declare(parts.provider, RESOURCE_GROUP, { resourceGroupName: "siem?", location: "westeurope" }),
    ).rejects.toThrow("The provided resource group name 'siem?' has these invalid characters: '?'.");
    await expect(declare(parts.provider, IDENTITY, { ...IN_GROUP, resourceName: "-p" })).rejects.toThrow(
      "The name '-p' of the user assigned identity is invalid.",
    );
  });

  it("does not take over what exists already", async () => {
    const inputs = { ...IN_GROUP, resourceName: "poller" };

    await expect(declare(parts.provider, IDENTITY, inputs)).rejects.toThrow(
      `cannot create already existing resource '${parts.identity.id}'`,
    );
  });

  it("leaves nothing behind when the rest of the tenant fails", async () => {
    const failing = await declaredParts();
    failing.resourceManager.hooks.storageAccountCreated = async () => {
      throw new Error("storage is down");
    };
    const account = { ...ACCOUNT, accountName: "events" };

    await expect(declare(failing.provider, STORAGE_ACCOUNT, account)).rejects.toThrow("storage is down");
    expect(failing.resourceManager.list(STORAGE_ACCOUNT).map(({ name }) => name)).toEqual(["siemhost"]);
  });

  it("creates nothing in a preview, where all that Azure would add is unknown", async () => {
    const { inputs } = check(STORAGE_ACCOUNT, { ...ACCOUNT, accountName: "events" });
    const created = await parts.provider.create({
      type: STORAGE_ACCOUNT,
      inputs,
      preview: true,
      configuration: {},
    });

    expect(created).toMatchObject({
      id: "",
      outputs: { name: UNKNOWN, primaryEndpoints: UNKNOWN, kind: "StorageV2", location: "westeurope" },
    });
    expect(parts.resourceManager.list(STORAGE_ACCOUNT)).toHaveLength(1);
  });

  it("is refused in a subscription that the deployer does not have", async () => {
    const configuration = { subscriptionId: "0e7f3a4c-0000-4000-8000-000000000000" };
    const request = { type: IDENTITY, inputs: IN_GROUP, preview: false, configuration };

    await expect(parts.provider.create(request)).rejects.toThrow(
      `Code="SubscriptionNotFound" Message="The subscription '${configuration.subscriptionId}' could not be found."`,
    );
  });

  it("is written down with what was refused", async () => {
    await declare(parts.provider, IDENTITY, { ...IN_GROUP, location: "mars" }).catch(() => {});

    expect(parts.resourceManager.requests().at(-1)).toMatchObject({
      method: "PUT",
      refusedWith: "LocationNotAvailableForResourceType",
    });
  });
});

describe("a change of inputs", () => {
  it("is no change when they are equal, or when a region is only spelled otherwise", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), inputs => {
        expect(diff(STORAGE_ACCOUNT, inputs, structuredClone(inputs)).changes).toEqual([]);
      }),
    );
    expect(diff(IDENTITY, { location: "West Europe" }, { location: "westeurope" }).changes).toEqual([]);
  });

  it("is told property by property", () => {
    const before = { tags: { a: "1", b: "2" }, siteConfig: { appSettings: [{ name: "A", value: "1" }] } };
    const after = {
      tags: { a: "1", c: "3" },
      siteConfig: { appSettings: [{ name: "A", value: "2" }, { name: "B" }] },
    };

    expect(diff(WEB_APP, before, after).changes).toEqual([
      { path: "tags.b", kind: "delete", replaces: false },
      { path: "tags.c", kind: "add", replaces: false },
      { path: "siteConfig.appSettings[0].value", kind: "update", replaces: false },
      { path: "siteConfig.appSettings[1]", kind: "add", replaces: false },
    ]);
  });

  it.each([
    ["its name", STORAGE_ACCOUNT, { accountName: "a" }, { accountName: "b" }, "accountName"],
    ["its resource group", STORAGE_ACCOUNT, IN_GROUP, { resourceGroupName: "b" }, "resourceGroupName"],
    ["its region", IDENTITY, { location: "westeurope" }, { location: "uksouth" }, "location"],
    ["the kind of a site", WEB_APP, { kind: "app" }, { kind: "functionapp,linux" }, "kind"],
    [
      "infrastructure encryption",
      STORAGE_ACCOUNT,
      { encryption: { requireInfrastructureEncryption: true, keySource: "Microsoft.Storage" } },
      { encryption: { keySource: "Microsoft.Storage" } },
      "encryption.requireInfrastructureEncryption",
    ],
  ])("replaces the resource when it is %s", (_, type, before, after, path) => {
    expect(diff(type, before, after).changes).toEqual([expect.objectContaining({ path, replaces: true })]);
  });
});

describe("a refresh", () => {
  async function declaredAccount() {
    const { inputs } = check(STORAGE_ACCOUNT, {
      ...ACCOUNT,
      accountName: "events",
      location: "West Europe",
      tags: { owner: "security" },
      networkRuleSet: { defaultAction: "Allow", bypass: "AzureServices" },
    });
    const request = { type: STORAGE_ACCOUNT, inputs, configuration: {} };
    const { id, outputs } = await parts.provider.create({ ...request, preview: false });
    return { id, refresh: () => parts.provider.read({ ...request, id, outputs }), inputs };
  }

  it("changes nothing when nothing has changed in Azure", async () => {
    const { refresh, inputs } = await declaredAccount();

    expect(refresh()?.inputs).toEqual(inputs);
  });

  it("finds what was changed behind Pulumi's back, and only that", async () => {
    const { id, refresh, inputs } = await declaredAccount();
    await parts.resourceManager.change(id, {
      minimumTlsVersion: "TLS1_0",
      networkRuleSet: { defaultAction: "Deny" },
      tags: undefined,
    });

    const { tags: _, ...kept } = inputs;
    expect(refresh()?.inputs).toEqual({
      ...kept,
      minimumTlsVersion: "TLS1_0",
      networkRuleSet: { defaultAction: "Deny", bypass: "AzureServices" },
    });
  });

  it("finds that a resource is gone, alone or with its resource group", async () => {
    const { id, refresh } = await declaredAccount();
    await parts.resourceManager.remove(id);
    expect(refresh()).toBeUndefined();

    await parts.resourceManager.remove(parts.groupId);
    const request = { type: BLOB_CONTAINER, configuration: {}, inputs: {}, outputs: {} };
    expect(parts.provider.read({ ...request, id: parts.containerId })).toBeUndefined();
  });

  it("tells the tenant of what is changed or removed behind Pulumi's back", async () => {
    await parts.resourceManager.remove(parts.containerId);

    expect(parts.effects.at(-1)).toBe("container siemhost/packages deleted");
    expect(parts.directory.servicePrincipals.has(String(parts.identity.outputs.principalId))).toBe(true);
    await parts.resourceManager.remove(parts.identity.id);
    expect(parts.directory.servicePrincipals.has(String(parts.identity.outputs.principalId))).toBe(false);
  });
});

describe("an import", () => {
  it("takes the inputs from the resource's id and from what Azure knows of it", () => {
    const request = { type: BLOB_CONTAINER, configuration: {}, inputs: {}, outputs: {} };

    expect(parts.provider.read({ ...request, id: parts.containerId })?.inputs).toEqual({
      azureApiVersion: "2024-01-01",
      resourceGroupName: "siem-rg",
      accountName: "siemhost",
      containerName: "packages",
    });
  });
});

describe("a function of the provider", () => {
  it("says who deploys, and where", () => {
    const token = "azure-native:authorization:getClientConfig";

    expect(parts.provider.invoke({ token, args: {}, configuration: {} })).toEqual({
      clientId: parts.deployer.clientId,
      objectId: parts.deployer.objectId,
      subscriptionId: SUBSCRIPTION_ID,
      tenantId: parts.directory.tenantId,
    });
  });

  it("gives any existing resource", () => {
    const invoke = (args: Record<string, unknown>) =>
      parts.provider.invoke({ token: "azure-native:storage:getStorageAccount", args, configuration: {} });

    expect(invoke({ ...IN_GROUP, accountName: "siemhost" })).toMatchObject({
      id: parts.accountId,
      primaryEndpoints: { blob: "https://127.0.0.1:10000/siemhost/" },
    });
    expect(() => invoke({ ...IN_GROUP, accountName: "other" })).toThrow('Code="ResourceNotFound"');
  });
});
