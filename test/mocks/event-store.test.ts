import { describe, expect, it } from "vitest";
import { EventStore, type EventStoreArgs } from "../../components/storage/eventStore.ts";
import { declare, inventory, only } from "./declare.ts";

const ACCOUNT = "azure-native:storage:StorageAccount";
const CONTAINER = "azure-native:storage:BlobContainer";
const BLOB_SERVICE = "azure-native:storage:BlobServiceProperties";
const LIFECYCLE = "azure-native:storage:ManagementPolicy";

function store(args: Partial<EventStoreArgs> = {}) {
  return declare(() => new EventStore("archive", { resourceGroupName: "group", ...args }));
}

describe("EventStore", () => {
  it("declares an account, its blob service, two containers and a lifecycle, and nothing else", async () => {
    const { resources } = await store();
    expect(inventory(resources)).toEqual([
      `${CONTAINER} archive-events`,
      `${CONTAINER} archive-ledger`,
      `${BLOB_SERVICE} archive-blobs`,
      `${LIFECYCLE} archive-lifecycle`,
      `${ACCOUNT} archive`,
    ]);
  });

  it("lets in nobody but Entra identities over TLS 1.2", async () => {
    const { resources } = await store();
    expect(only(resources, ACCOUNT).inputs).toMatchObject({
      allowSharedKeyAccess: false,
      defaultToOAuthAuthentication: true,
      allowBlobPublicAccess: false,
      allowCrossTenantReplication: false,
      allowedCopyScope: "AAD",
      isLocalUserEnabled: false,
      isSftpEnabled: false,
      enableHttpsTrafficOnly: true,
      minimumTlsVersion: "TLS1_2",
      encryption: { requireInfrastructureEncryption: true },
    });
  });

  it("has no public container", async () => {
    const { resources } = await store();
    const containers = resources.filter(({ type }) => type === CONTAINER);
    expect(containers.map(({ inputs }) => [inputs.containerName, inputs.publicAccess])).toEqual([
      ["events", "None"],
      ["ledger", "None"],
    ]);
  });

  it("keeps deleted blobs, deleted containers and old versions for a while", async () => {
    const { resources } = await store();
    expect(only(resources, BLOB_SERVICE).inputs).toMatchObject({
      blobServicesName: "default",
      deleteRetentionPolicy: { enabled: true, days: 14 },
      containerDeleteRetentionPolicy: { enabled: true, days: 14 },
      isVersioningEnabled: true,
    });
  });

  it.each([
    ["365 days unless told otherwise", undefined, 365],
    ["as many days as told", 90, 90],
  ])("expires events after %s, and never the ledger", async (_title, retentionDays, days) => {
    const { resources } = await store({ retentionDays });
    const { policy } = only(resources, LIFECYCLE).inputs as { policy: { rules: LifecycleRule[] } };
    const expiring = policy.rules.filter(rule => rule.definition.actions.baseBlob?.delete);
    expect(expiring.map(rule => rule.definition)).toMatchObject([
      {
        filters: { blobTypes: ["blockBlob"], prefixMatch: ["events/"] },
        actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: days } } },
      },
    ]);
  });

  it("exposes where a SIEM reads, and registers exactly what it exposes", async () => {
    const { exposed, registered } = await store();
    expect(exposed.eventsUrl).toBe(`https://${exposed.accountName}.blob.core.windows.net/events`);
    expect(exposed.ledgerUrl).toBe(`https://${exposed.accountName}.blob.core.windows.net/ledger`);
    expect(registered).toEqual(exposed);
  });

  it.each([7, 3651, 30.5, "90"])("refuses to keep events for %j days", async retentionDays => {
    await expect(store({ retentionDays: retentionDays as number })).rejects.toThrow(
      `retentionDays: ${JSON.stringify(retentionDays)} is not a whole number of days from 8 to 3650.`,
    );
  });
});

interface LifecycleRule {
  definition: { filters: unknown; actions: { baseBlob?: { delete?: unknown } } };
}
