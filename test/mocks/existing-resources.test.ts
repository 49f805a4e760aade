import { describe, expect, it } from "vitest";
import { addressIn } from "../../components/azure/existingResources.ts";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import type { SiemIntegrationArgs } from "../../components/integration/siemIntegrationArgs.ts";
import { declare, inventory, only, SUBSCRIPTION_ID, TENANT_ID } from "./declare.ts";

/* What is passed is used and not declared. That a destroy leaves it alone is shown by the engine. */

const ACCOUNT = "azure-native:storage:StorageAccount";
const APP = "azure-native:web:WebApp";
const CONTAINER = "azure-native:storage:BlobContainer";
const GRANT = "azure-native:authorization:RoleAssignment";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";

const shared = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/shared/providers`;
const eventStorage = {
  id: `${shared}/Microsoft.Storage/storageAccounts/contosoarchive`,
  blobEndpoint: "https://contosoarchive.blob.core.windows.net",
};
const identity = {
  id: `${shared}/Microsoft.ManagedIdentity/userAssignedIdentities/poller`,
  clientId: "its-client-id",
  principalId: "its-object-id",
};

function integrate(args: Partial<SiemIntegrationArgs> = {}) {
  return declare(
    () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope", ...args }),
  );
}

/** What is declared less than without the existing part, and what is declared instead. */
async function differences(args: Partial<SiemIntegrationArgs>) {
  const before = inventory((await integrate()).resources);
  const after = inventory((await integrate(args)).resources);
  return {
    left: before.filter(resource => !after.includes(resource)),
    added: after.filter(resource => !before.includes(resource)),
  };
}

describe("an existing resource group", () => {
  it("is not declared, and holds everything of Azure that is", async () => {
    expect(await differences({ resourceGroup: { name: "contoso-siem" } })).toEqual({
      left: ["azure-native:resources:ResourceGroup defender"],
      added: [],
    });
    const { resources, exposed } = await integrate({ resourceGroup: { name: "contoso-siem" } });
    const groups = resources.flatMap(({ inputs }) => inputs.resourceGroupName ?? []);
    expect(new Set(groups)).toEqual(new Set(["contoso-siem"]));
    expect(exposed.resourceGroupName).toBe("contoso-siem");
  });

  it("may have the region of what is declared in it", async () => {
    const { resources } = await integrate({ resourceGroup: { name: "contoso-siem", location: "uksouth" } });
    const regions = resources.flatMap(({ inputs }) => inputs.location ?? []);
    expect(new Set(regions)).toEqual(new Set(["uksouth"]));
  });
});

describe("an existing storage account for events", () => {
  it("gets two containers, and no rules for its blobs, no lifecycle and no diagnostic setting", async () => {
    expect(await differences({ eventStorage })).toEqual({
      left: [
        "azure-native:monitor:DiagnosticSetting defender-access",
        "azure-native:storage:BlobServiceProperties defender-blobs",
        "azure-native:storage:ManagementPolicy defender-lifecycle",
        `${ACCOUNT} defender`,
      ],
      added: [],
    });
    const { resources } = await integrate({ eventStorage });
    for (const name of ["events", "ledger"])
      expect(only(resources, CONTAINER, `defender-${name}`).inputs).toEqual({
        accountName: "contosoarchive",
        resourceGroupName: "shared",
        containerName: name,
        publicAccess: "None",
      });
  });

  it("is written by the poller in these two containers only", async () => {
    const { resources, exposed } = await integrate({ eventStorage });
    const scopes = resources.filter(({ type }) => type === GRANT).map(({ inputs }) => inputs.scope);
    expect(scopes).toEqual(
      expect.arrayContaining(["/mock/defender-events", "/mock/defender-ledger", "/mock/defender-host"]),
    );
    expect(scopes).not.toContain(eventStorage.id);
    expect(exposed.eventsUrl).toBe("https://contosoarchive.blob.core.windows.net/events");
  });

  it("gets no private endpoint, which would be a change of it", async () => {
    const { resources } = await integrate({ eventStorage, network: "private" });
    expect(
      resources.filter(({ type }) => type === "azure-native:network:PrivateEndpoint").map(({ name }) => name),
    ).toEqual(["defender-host-blob-endpoint"]);
  });

  it.each([
    [
      "by its name",
      { ...eventStorage, id: "contosoarchive" },
      'eventStorage.id: "contosoarchive" is not the resource id of a Microsoft.Storage/storageAccounts.',
    ],
    [
      "without an endpoint",
      { id: eventStorage.id },
      "eventStorage: blobEndpoint is missing. It needs id, blobEndpoint; leave the whole object out to have the resource declared.",
    ],
    [
      "with a key in its URL",
      { ...eventStorage, blobEndpoint: "https://contosoarchive.blob.core.windows.net/?sig=secret" },
      "eventStorage.blobEndpoint: The URL of contosoarchive.blob.core.windows.net has a query or a password.",
    ],
    [
      "over http",
      { ...eventStorage, blobEndpoint: "http://contosoarchive.blob.core.windows.net/" },
      'eventStorage.blobEndpoint: "http://contosoarchive.blob.core.windows.net/" is not https.',
    ],
  ])("is refused %s", async (_how, wrong, message) => {
    const refused = integrate({ eventStorage: wrong as never });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.not.toThrow("secret");
  });
});

describe("an existing identity", () => {
  it("is not declared, and is what the function runs as and the application trusts", async () => {
    expect(await differences({ identity })).toEqual({ left: [`${IDENTITY} defender-identity`], added: [] });
    const { resources, exposed } = await integrate({ identity });
    expect(only(resources, APP).inputs.identity).toEqual({
      type: "UserAssigned",
      userAssignedIdentities: [identity.id],
    });
    expect(
      only(
        resources,
        "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
      ).inputs.subject,
    ).toBe("its-object-id");
    const principals = resources.filter(({ type }) => type === GRANT).map(({ inputs }) => inputs.principalId);
    expect(new Set(principals)).toEqual(new Set(["its-object-id"]));
    expect(exposed.pollerPrincipalObjectId).toBe("its-object-id");
  });
});

describe("the address of an existing resource", () => {
  it("is its resource group and its name, in letters of any case", () => {
    expect(addressIn(SUBSCRIPTION_ID.toUpperCase(), eventStorage.id)).toEqual({
      resourceGroupName: "shared",
      name: "contosoarchive",
    });
  });

  it("is refused in a subscription that is not deployed to", () => {
    expect(() => addressIn(TENANT_ID, eventStorage.id)).toThrow(
      `"contosoarchive" is in the subscription ${SUBSCRIPTION_ID}, and this program declares resources in ${TENANT_ID} only. ` +
        "Use one of that subscription.",
    );
  });
});

describe("an empty object, which is what a stack's configuration has for its default,", () => {
  it("is the same as none", async () => {
    const empty = { resourceGroup: {}, eventStorage: {}, identity: {}, virtualNetwork: {}, names: {} };
    expect(await differences(empty as never)).toEqual({ left: [], added: [] });
  });
});
