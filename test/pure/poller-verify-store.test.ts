/** That event blobs can be read back for `verify`, from a folder and from blobs on Azurite. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { ContainerClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalStorage, startStorage } from "../../local/storage/storage.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";
import { checkEventBlob } from "../../poller/reports/eventBlobCheck.ts";
import { BlobStore } from "../../poller/store/blobStore.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import type { ReadableStore } from "../../poller/store/store.ts";

const ACCOUNT =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.Storage/storageAccounts/siemevents";
/** Storage Blob Data Contributor. */
const CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const EVENTS = 200_000;

let folder: string;
let storage: LocalStorage;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "poller-verify-store-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  storage = await startStorage({
    tls,
    verifyToken: async () => ({ oid: "poller", aud: "https://storage.azure.com" }),
    roleAssignments: () => [{ principalObjectId: "poller", roleDefinitionId: CONTRIBUTOR, scope: ACCOUNT }],
    authorizationUri: "https://login.example/tenant/oauth2/authorize",
    folder,
  });
});
afterAll(async () => {
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

async function newBlobStore(): Promise<ReadableStore> {
  const { blobEndpoint } = storage.addAccount({ name: "siemevents", resourceId: ACCOUNT });
  await storage.addContainer("siemevents", "events");
  const token = { token: "token", expiresOnTimestamp: Date.now() + 3_600_000 };
  const url = `${blobEndpoint.replace(/\/$/, "")}/events`;
  return new BlobStore(new ContainerClient(url, { getToken: async () => token }));
}

const newFolderStore = async (): Promise<ReadableStore> => new FolderStore(path.join(folder, "store"));

describe.each([
  ["A folder", newFolderStore],
  ["A blob container", newBlobStore],
])("%s", (_, newStore) => {
  it("gives back event blobs in pieces, and says when there is none", async () => {
    const store = await newStore();
    const lines = Array.from({ length: EVENTS }, (_, index) => `{"Id":"${index}"}\n`).join("");
    const bytes = gzipSync(lines);
    const name = "events/2026/11/21/07/a.ndjson.gz";
    await store.create(name, bytes);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const recorded = { events: EVENTS, bytes: bytes.length, sha256 };
    expect(await checkEventBlob(store, name, recorded)).toBeUndefined();
    expect(await checkEventBlob(store, name, { ...recorded, sha256: "other" })).toBe(
      `${name} was changed: its SHA-256 is ${sha256}, and the ledger says other`,
    );
    expect(await checkEventBlob(store, "events/b.ndjson.gz", recorded)).toBe(
      `events/b.ndjson.gz is not in the store; it held ${EVENTS} events`,
    );
  });
});
