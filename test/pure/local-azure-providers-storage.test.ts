import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  BLOB_CONTAINER,
  type DeclaredParts,
  declare,
  declaredParts,
  RESOURCE_GROUP,
  STORAGE_ACCOUNT,
} from "./localSubscriptionFixture.ts";

const BLOB_SERVICE = "azure-native:storage:BlobServiceProperties";
const MANAGEMENT_POLICY = "azure-native:storage:ManagementPolicy";
const OF_HOST_ACCOUNT = { resourceGroupName: "siem-rg", accountName: "siemhost" };

let parts: DeclaredParts;

beforeEach(async () => {
  parts = await declaredParts({ takenNames: ["contoso"] });
});

describe("a storage account", () => {
  it("gives the endpoint that the tenant serves it on, which ends in a slash", async () => {
    const { outputs } = await declare(parts.provider, STORAGE_ACCOUNT, { ...ACCOUNT, accountName: "events" });

    expect(outputs).toMatchObject({
      name: "events",
      type: "Microsoft.Storage/storageAccounts",
      location: "westeurope",
      primaryEndpoints: { blob: "https://127.0.0.1:10000/events/" },
      provisioningState: "Succeeded",
    });
    expect(parts.effects.at(-1)).toBe("account events created");
  });

  it.each([
    ["siem-events", "'accountName' does not match expression '^[a-z0-9]+$'"],
    ["SiemEvents", "'accountName' does not match expression '^[a-z0-9]+$'"],
    ["si", "'accountName' is too short (2): at least 3 characters required"],
    ["siemeventssiemeventssieme", "'accountName' is too long (25): at most 24 characters allowed"],
  ])("is refused in a preview already with the name %s", async (accountName, message) => {
    await expect(declare(parts.provider, STORAGE_ACCOUNT, { ...ACCOUNT, accountName })).rejects.toThrow(
      message,
    );
  });

  it("is refused with a name that somebody else in the world has", async () => {
    await expect(
      declare(parts.provider, STORAGE_ACCOUNT, { ...ACCOUNT, accountName: "contoso" }),
    ).rejects.toThrow(
      'Status=409 Code="StorageAccountAlreadyTaken" Message="The storage account named contoso is already taken."',
    );
  });

  it("is refused with a name that another resource group of the subscription has", async () => {
    await declare(parts.provider, RESOURCE_GROUP, { resourceGroupName: "other", location: "westeurope" });

    await expect(
      declare(parts.provider, STORAGE_ACCOUNT, {
        ...ACCOUNT,
        ...OF_HOST_ACCOUNT,
        resourceGroupName: "other",
      }),
    ).rejects.toThrow("The account siemhost is already in another resource group in this subscription.");
  });

  it.each([
    ["minimumTlsVersion", "1.2", "minimumTlsVersion"],
    ["minimumTlsVersion", "TLS1.2", "minimumTlsVersion"],
    ["kind", "Storagev2", "kind"],
    ["sku", { name: "Standard_XRS" }, "sku.name"],
    ["allowedCopyScope", "Tenant", "allowedCopyScope"],
    ["networkRuleSet", { defaultAction: "Block" }, "networkRuleSet.defaultAction"],
    ["sasPolicy", { expirationAction: "Block", sasExpirationPeriod: "1h" }, "sasPolicy.sasExpirationPeriod"],
  ])("is refused with %s %j", async (property, value, path) => {
    await expect(
      declare(parts.provider, STORAGE_ACCOUNT, { ...ACCOUNT, accountName: "events", [property]: value }),
    ).rejects.toThrow(
      `Code="InvalidValuesForRequestParameters" Message="Values for request parameters are invalid: ${path}."`,
    );
  });

  it("is accepted with shared keys, as Azure accepts it: that choice is the program's", async () => {
    const account = { ...ACCOUNT, accountName: "events", allowSharedKeyAccess: true };

    await expect(declare(parts.provider, STORAGE_ACCOUNT, account)).resolves.toMatchObject({
      outputs: { allowSharedKeyAccess: true },
    });
  });
});

describe("a blob container", () => {
  function declareContainer(inputs: Record<string, unknown>) {
    return declare(parts.provider, BLOB_CONTAINER, { ...OF_HOST_ACCOUNT, ...inputs });
  }

  it("exists in the tenant as soon as it is declared", async () => {
    await declareContainer({ containerName: "events", publicAccess: "None" });

    expect(parts.effects.at(-1)).toBe("container siemhost/events created");
  });

  it.each(["Events", "siem_events", "-events", "events--old", "events-"])(
    "is refused with the name %s",
    async containerName => {
      await expect(declareContainer({ containerName })).rejects.toThrow(
        'Code="InvalidResourceName" Message="The specified resource name contains invalid characters.',
      );
    },
  );

  it("is refused on an account that does not exist", async () => {
    await expect(declareContainer({ accountName: "nowhere", containerName: "events" })).rejects.toThrow(
      "Failed to perform 'write' on resource(s) of type 'storageAccounts/blobServices/containers', because the parent " +
        `resource '${parts.groupId}/providers/Microsoft.Storage/storageAccounts/nowhere' could not be found.`,
    );
  });

  it("is refused public access where the account does not permit any", async () => {
    await expect(declareContainer({ containerName: "events", publicAccess: "Blob" })).rejects.toThrow(
      'Code="PublicAccessNotPermitted" Message="Public access is not permitted on this storage account."',
    );
  });

  it("is gone from the tenant with its account", async () => {
    await declareContainer({ containerName: "events" });
    await parts.provider.delete({ type: STORAGE_ACCOUNT, id: parts.accountId, configuration: {} });

    expect(parts.effects.slice(-3)).toEqual([
      "container siemhost/packages deleted",
      "container siemhost/events deleted",
      "account siemhost deleted",
    ]);
  });
});

describe("the properties of a blob service", () => {
  const RETAIN = { enabled: true, days: 14 };

  function declareService(inputs: Record<string, unknown>) {
    return declare(parts.provider, BLOB_SERVICE, {
      ...OF_HOST_ACCOUNT,
      blobServicesName: "default",
      ...inputs,
    });
  }

  it("exist before they are declared, and again after they are deleted", async () => {
    const { id } = await declareService({ deleteRetentionPolicy: RETAIN });
    const request = { type: BLOB_SERVICE, id, configuration: {} };
    await parts.provider.delete(request);

    const found = parts.provider.read({ ...request, inputs: {}, outputs: {} });
    expect(found?.outputs).toEqual({
      azureApiVersion: "2024-01-01",
      name: "default",
      type: "Microsoft.Storage/storageAccounts/blobServices",
    });
  });

  it("are refused under any other name than default", async () => {
    await expect(declareService({ blobServicesName: "blobs" })).rejects.toThrow(
      "The resource name 'blobs' is invalid: an account has one of blobServices, and it is named 'default'.",
    );
  });

  it.each([
    [0, "'deleteRetentionPolicy.days' is too low (0.000000 < 1.000000)"],
    [366, "'deleteRetentionPolicy.days' is too high (366.000000 > 365.000000)"],
    [undefined, "Values for request parameters are invalid: deleteRetentionPolicy.days."],
  ])("are refused with a retention of %s days", async (days, message) => {
    await expect(declareService({ deleteRetentionPolicy: { ...RETAIN, days } })).rejects.toThrow(message);
  });
});

describe("a management policy", () => {
  const DELETE_AFTER_A_YEAR = { baseBlob: { delete: { daysAfterModificationGreaterThan: 365 } } };
  const EVENTS = { blobTypes: ["blockBlob"], prefixMatch: ["events/"] };

  function declareRule(changes: Record<string, unknown>, definition: Record<string, unknown> = {}) {
    const rule = {
      name: "expire",
      type: "Lifecycle",
      enabled: true,
      definition: { filters: EVENTS, actions: DELETE_AFTER_A_YEAR, ...definition },
      ...changes,
    };
    return declare(parts.provider, MANAGEMENT_POLICY, {
      ...OF_HOST_ACCOUNT,
      managementPolicyName: "default",
      policy: { rules: [rule] },
    });
  }

  it("is accepted with tiering, deletion and rules for versions and snapshots", async () => {
    const days = { daysAfterCreationGreaterThan: 30 };
    const actions = {
      baseBlob: { tierToCool: { daysAfterModificationGreaterThan: 30 }, ...DELETE_AFTER_A_YEAR.baseBlob },
      version: { delete: days },
      snapshot: { delete: days },
    };

    await expect(declareRule({}, { actions })).resolves.toMatchObject({ outputs: { name: "default" } });
  });

  it.each([
    [{ type: "lifecycle" }, {}, "policy.rules[0].type"],
    [{ name: "expire events" }, {}, "policy.rules[0].name"],
    [{}, { filters: { prefixMatch: ["events/"] } }, "policy.rules[0].definition.filters.blobTypes"],
    [{}, { filters: { blobTypes: ["pageBlob"] } }, "policy.rules[0].definition.filters.blobTypes"],
    [{}, { actions: {} }, "policy.rules[0].definition.actions"],
    [{}, { actions: { blob: DELETE_AFTER_A_YEAR.baseBlob } }, "policy.rules[0].definition.actions.blob"],
    [
      {},
      { actions: { version: DELETE_AFTER_A_YEAR.baseBlob } },
      "policy.rules[0].definition.actions.version.delete",
    ],
    [
      {},
      { actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: -1 } } } },
      "policy.rules[0].definition.actions.baseBlob.delete",
    ],
  ])("is refused with the rule %j and the definition %j", async (changes, definition, path) => {
    await expect(declareRule(changes, definition)).rejects.toThrow(
      `Values for request parameters are invalid: ${path}.`,
    );
  });
});
