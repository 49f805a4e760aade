/** What the poller relies on in a store, shown for both: the folder, and blobs on Azurite with tokens. */
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ContainerClient } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalStorage, startStorage } from "../../local/storage/storage.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";
import { BlobStore } from "../../poller/store/blobStore.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import { type ReadableStore, StoreConflictError } from "../../poller/store/store.ts";

const ACCOUNT =
  "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.Storage/storageAccounts/siemevents";
/** Storage Blob Data Contributor. */
const CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

let folder: string;
let storage: LocalStorage;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "poller-store-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  storage = await startStorage({
    tls,
    verifyToken: async () => ({ oid: "poller", aud: "https://storage.azure.com" }),
    roleAssignments: () => [{ principalObjectId: "poller", roleDefinitionId: CONTRIBUTOR, scope: ACCOUNT }],
    authorizationUri: "https://login.example/tenant/oauth2/authorize",
    folder,
  });
  storage.addAccount({ name: "siemevents", resourceId: ACCOUNT });
}, 30_000);
afterAll(async () => {
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

let containers = 0;
async function newBlobStore(): Promise<ReadableStore> {
  containers += 1;
  const name = `events${containers}`;
  const { blobEndpoint } = storage.addAccount({ name: "siemevents", resourceId: ACCOUNT });
  await storage.addContainer("siemevents", name);
  const token = { token: "token", expiresOnTimestamp: Date.now() + 3_600_000 };
  const url = `${blobEndpoint.replace(/\/$/, "")}/${name}`;
  return new BlobStore(new ContainerClient(url, { getToken: async () => token }));
}

const newFolderStore = async (): Promise<ReadableStore> =>
  new FolderStore(await mkdtemp(path.join(folder, "store-")));

const one = Buffer.from("one");

describe.each([
  ["A folder", newFolderStore],
  ["A blob container", newBlobStore],
])("%s", (_, newStore) => {
  const two = Buffer.from("two");

  it("creates an object once, and says whether it did", async () => {
    const store = await newStore();
    expect(await store.size("events/a.ndjson.gz")).toBeUndefined();
    expect(await store.create("events/a.ndjson.gz", one)).toBe(true);
    expect(await store.create("events/a.ndjson.gz", Buffer.from("longer"))).toBe(false);
    expect(await store.size("events/a.ndjson.gz")).toBe(3);
  });

  it("replaces a document only in the version that was read", async () => {
    const store = await newStore();
    expect(await store.read("ledger/head.json")).toBeUndefined();
    const first = await store.replace("ledger/head.json", one, undefined);
    expect(await store.read("ledger/head.json")).toEqual({ bytes: one, version: first });
    await expect(store.replace("ledger/head.json", two, undefined)).rejects.toThrow(StoreConflictError);
    const second = await store.replace("ledger/head.json", two, first);
    await expect(store.replace("ledger/head.json", one, first)).rejects.toThrow(StoreConflictError);
    expect(await store.read("ledger/head.json")).toEqual({ bytes: two, version: second });
  });

  it("lets one of many who change the same version succeed", async () => {
    const store = await newStore();
    let version = await store.replace("head.json", Buffer.from("0"), undefined);
    for (let round = 0; round < 5; round += 1) {
      const all = Array.from({ length: 8 }, (_none, index) => Buffer.from(`${round} ${index}`));
      const outcomes = await Promise.allSettled(all.map(bytes => store.replace("head.json", bytes, version)));
      const winners = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [index] : []));
      expect(winners).toHaveLength(1);
      const stored = await store.read("head.json");
      expect(stored?.bytes).toEqual(all[winners[0]!]);
      version = stored!.version;
    }
  });

  it("lists documents by what their names begin with, and removes them", async () => {
    const store = await newStore();
    for (const day of ["19", "20", "21"]) await store.replace(`t/contents/2026-11-${day}.gz`, one, undefined);
    await store.replace("t/head.json", one, undefined);
    await store.remove("t/contents/2026-11-19.gz");
    await store.remove("t/contents/2026-11-18.gz");
    expect(await store.list("t/contents/")).toEqual(["t/contents/2026-11-20.gz", "t/contents/2026-11-21.gz"]);
    expect(await store.list("u/contents/")).toEqual([]);
  });
});

describe.each([
  ["A folder", newFolderStore],
  ["A blob container", newBlobStore],
])("%s, with an object too long for memory,", (_, newStore) => {
  const piece = Buffer.alloc(3 * 1024 * 1024, "piece");
  const read = async (store: ReadableStore, name: string) => {
    const pieces: Uint8Array[] = [];
    for await (const each of (await store.stream(name))!) pieces.push(each);
    return Buffer.concat(pieces);
  };

  it("shows all of it once it is committed, and nothing before", async () => {
    const store = await newStore();
    const object = await store.begin("events/a.ndjson.gz");
    for (let index = 0; index < 3; index += 1) await object.write(piece);
    expect(await store.size("events/a.ndjson.gz")).toBeUndefined();
    expect(await store.list("events/")).toEqual([]);
    expect(await object.commit()).toBe(true);
    await object.discard();
    expect((await read(store, "events/a.ndjson.gz")).equals(Buffer.concat([piece, piece, piece]))).toBe(true);
    expect(await store.list("events/")).toEqual(["events/a.ndjson.gz"]);
  });

  it("lets one of those succeed who write under the same name", async () => {
    const store = await newStore();
    const objects = await Promise.all([1, 2, 3].map(() => store.begin("events/a.ndjson.gz")));
    for (const [index, object] of objects.entries()) await object.write(Buffer.from(`writer ${index}`));
    const outcomes = [];
    for (const object of objects) outcomes.push(await object.commit());
    for (const object of objects) await object.discard();
    expect(outcomes).toEqual([true, false, false]);
    expect((await read(store, "events/a.ndjson.gz")).toString()).toBe("writer 0");
  });

  it("commits nothing when somebody has created an object of this name meanwhile", async () => {
    const store = await newStore();
    const object = await store.begin("events/a.ndjson.gz");
    for (let index = 0; index < 3; index += 1) await object.write(piece);
    expect(await store.create("events/a.ndjson.gz", one)).toBe(true);
    expect(await object.commit()).toBe(false);
    await object.discard();
    expect(await store.size("events/a.ndjson.gz")).toBe(one.length);
  });

  it("shows nothing of what is let go of", async () => {
    const store = await newStore();
    const object = await store.begin("events/a.ndjson.gz");
    await object.write(piece);
    await object.write(piece);
    await object.discard();
    expect(await store.size("events/a.ndjson.gz")).toBeUndefined();
    expect(await store.create("events/a.ndjson.gz", one)).toBe(true);
  });
});

describe("A folder", () => {
  it("keeps one version of a document, and nothing unfinished", async () => {
    const root = await mkdtemp(path.join(folder, "store-"));
    const store = new FolderStore(root);
    let version: string | undefined;
    for (let change = 0; change < 12; change += 1)
      version = await store.replace("head.json", Buffer.from("x"), version);
    expect(await readdir(root)).toEqual([".unfinished", "head.json.12"]);
    expect(await readdir(path.join(root, ".unfinished"))).toEqual([]);
  });

  it("refuses a change of a version that was replaced and removed long ago", async () => {
    const store = await newFolderStore();
    const old = await store.replace("head.json", Buffer.from("1"), undefined);
    let version = old;
    for (let change = 2; change < 6; change += 1)
      version = await store.replace("head.json", Buffer.from(`${change}`), version);
    await expect(store.replace("head.json", Buffer.from("stale"), old)).rejects.toThrow(StoreConflictError);
    expect((await store.read("head.json"))?.bytes.toString()).toBe("5");
    await store.replace("head.json", Buffer.from("6"), version);
    expect((await store.read("head.json"))?.bytes.toString()).toBe("6");
  });

  it("leaves what another poller is just writing, though this machine's clock is hours ahead", async () => {
    const root = await mkdtemp(path.join(folder, "store-"));
    const unfinished = path.join(root, ".unfinished");
    await mkdir(unfinished);
    await writeFile(path.join(unfinished, "of another poller"), "x");
    vi.setSystemTime(Date.now() + 5 * 3_600_000);
    try {
      await new FolderStore(root).create("events/one", Buffer.from("x"));
    } finally {
      vi.useRealTimers();
    }
    expect(await readdir(unfinished)).toEqual(["of another poller"]);
  });

  it("removes what a process that was killed left unfinished, but nothing that is being written", async () => {
    const root = await mkdtemp(path.join(folder, "store-"));
    const unfinished = path.join(root, ".unfinished");
    await mkdir(unfinished);
    for (const name of ["old", "new"]) await writeFile(path.join(unfinished, name), "x");
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    await utimes(path.join(unfinished, "old"), longAgo, longAgo);
    await new FolderStore(root).create("a", Buffer.from("a"));
    expect(await readdir(unfinished)).toEqual(["new"]);
  });
});
