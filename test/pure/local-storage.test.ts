/** The storage of the local tenant against Microsoft's own client. What real Azure does is not proved here. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  BlobServiceClient,
  ContainerClient,
  RestError,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleAssignment } from "../../local/azure/heldRoles.ts";
import { type LocalStorage, startStorage } from "../../local/storage/storage.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";

const READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
const CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const OWNER_OF_THE_CONTROL_PLANE = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
const SUBSCRIPTION = "/subscriptions/11111111-2222-4333-8444-555555555555";
const GROUP = `${SUBSCRIPTION}/resourceGroups/siem`;
const EVENTS_ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/siemevents`;
const EVENTS_CONTAINER = `${EVENTS_ACCOUNT}/blobServices/default/containers/events`;

const noRetries = { retryOptions: { maxTries: 1 } };
let folder: string;
let storage: LocalStorage;
let endpoint: string;
let grants: RoleAssignment[];
let outside: string[];

/** The test's own tokens: `<principal>|<audience>`. */
async function verifyToken(token: string) {
  const [oid, aud] = token.split("|");
  if (aud === undefined) throw new Error("Signature validation failed.");
  return { oid, aud };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "local-storage-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  storage = await startStorage({
    tls,
    verifyToken,
    roleAssignments: () => grants,
    isReachable: (account, principal) => account !== EVENTS_ACCOUNT || !outside.includes(principal),
    authorizationUri: "https://login.example/tenant/oauth2/authorize",
    folder,
  });
  endpoint = storage.addAccount({ name: "siemevents", resourceId: EVENTS_ACCOUNT }).blobEndpoint;
  await storage.addContainer("siemevents", "events");
});

afterAll(async () => {
  await storage?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(() => {
  outside = [];
  grants = [
    { scope: EVENTS_CONTAINER, roleDefinitionId: CONTRIBUTOR, principalObjectId: "poller" },
    { scope: EVENTS_CONTAINER, roleDefinitionId: READER, principalObjectId: "siem" },
  ];
});

function containerAs(token: string, container = "events", account = "siemevents"): ContainerClient {
  const url = `${endpoint.replace("siemevents", account)}${container}`;
  const credential = {
    getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }),
  };
  return new ContainerClient(url, credential, noRetries);
}

const poller = () => containerAs("poller|https://storage.azure.com");
const siem = () => containerAs("siem|https://storage.azure.com/");

async function refusal(attempt: Promise<unknown>): Promise<{ status?: number; code?: string }> {
  const error = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RestError)) throw new Error(`not refused by the service: ${error}`);
  return { status: error.statusCode, code: error.code };
}

async function upload(client: ContainerClient, name: string, text: string) {
  return await client.getBlockBlobClient(name).upload(text, Buffer.byteLength(text));
}

describe("an account that is closed to a network", () => {
  it("refuses who has the role and comes from there, in Azure's words, and serves everybody else", async () => {
    await upload(poller(), "inside", "{}");
    outside = ["siem"];
    const blob = siem().getBlobClient("inside");
    expect(await refusal(blob.download())).toEqual({ status: 403, code: "AuthorizationFailure" });
    await expect(blob.download()).rejects.toThrow(
      "This request is not authorized to perform this operation.",
    );
    await expect(poller().getBlobClient("inside").downloadToBuffer()).resolves.toBeDefined();
  });
});

describe("a declared storage account", () => {
  it("has a blob endpoint that ends with a slash, as Azure's primaryEndpoints do", () => {
    expect(endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/siemevents\/$/);
  });

  it("keeps what a principal with Storage Blob Data Contributor writes, byte for byte", async () => {
    await upload(poller(), "2026/09/a b+c ü.ndjson", '{"a":1}\n');
    const read = await storage.readBlob("siemevents", "events", "2026/09/a b+c ü.ndjson");
    expect(read.toString()).toBe('{"a":1}\n');
  });

  it("takes uploads in blocks and gives ranges back", async () => {
    const content = randomBytes(9 * 1024 * 1024 + 17);
    const blob = poller().getBlockBlobClient("large");
    await blob.uploadData(content, { blockSize: 1024 * 1024, maxSingleShotSize: 1024, concurrency: 4 });
    expect((await blob.downloadToBuffer(0, undefined, { blockSize: 1024 * 1024 })).equals(content)).toBe(
      true,
    );
    expect((await blob.downloadToBuffer(1000, 10)).equals(content.subarray(1000, 1010))).toBe(true);
  });

  it("lists by prefix in pages", async () => {
    for (const name of ["list/1", "list/2", "list/3", "other/1"]) await upload(poller(), name, "x");
    const pages: string[][] = [];
    for await (const page of poller().listBlobsFlat({ prefix: "list/" }).byPage({ maxPageSize: 2 }))
      pages.push(page.segment.blobItems.map(({ name }) => name));
    expect(pages).toEqual([["list/1", "list/2"], ["list/3"]]);
  });

  it("honours ifMatch and ifNoneMatch", async () => {
    const blob = poller().getBlockBlobClient("ledger");
    const { etag } = await blob.upload("1", 1, { conditions: { ifNoneMatch: "*" } });
    expect(await refusal(blob.upload("2", 1, { conditions: { ifNoneMatch: "*" } }))).toEqual({
      status: 409,
      code: "BlobAlreadyExists",
    });
    await blob.upload("3", 1, { conditions: { ifMatch: etag } });
    expect(await refusal(blob.upload("4", 1, { conditions: { ifMatch: etag } }))).toEqual({
      status: 412,
      code: "ConditionNotMet",
    });
    expect((await blob.downloadToBuffer()).toString()).toBe("3");
  });

  it("lets one holder at a time have a lease", async () => {
    await upload(poller(), "lock", "");
    const lease = poller().getBlobClient("lock").getBlobLeaseClient();
    await lease.acquireLease(15);
    const second = poller().getBlobClient("lock").getBlobLeaseClient();
    expect(await refusal(second.acquireLease(15))).toMatchObject({ code: "LeaseAlreadyPresent" });
    await lease.releaseLease();
    await second.acquireLease(15);
  });

  it("starts empty when it is declared again after its removal", async () => {
    const resourceId = `${GROUP}/providers/Microsoft.Storage/storageAccounts/again`;
    storage.addAccount({ name: "again", resourceId });
    await storage.addContainer("again", "packages");
    await storage.writeBlob("again", "packages", "code", Buffer.from("1"));
    storage.removeAccount("again");
    storage.addAccount({ name: "again", resourceId });
    expect(await storage.listContainers("again")).toEqual([]);
  });
});

describe("what Azure refuses is refused here", () => {
  it("a request without a token", async () => {
    const anonymous = new ContainerClient(`${endpoint}events`, undefined, noRetries);
    expect(await refusal(anonymous.getProperties())).toMatchObject({ status: 401 });
  });

  it("a shared key", async () => {
    const key = new StorageSharedKeyCredential("siemevents", Buffer.alloc(64).toString("base64"));
    const withKey = new ContainerClient(`${endpoint}events`, key, noRetries);
    expect(await refusal(upload(withKey, "blob", "x"))).toEqual({
      status: 403,
      code: "KeyBasedAuthenticationNotPermitted",
    });
  });

  it("a shared access signature", async () => {
    const signed = new ContainerClient(`${endpoint}events?sv=2024-01-01&sig=abc`, undefined, noRetries);
    expect(await refusal(upload(signed, "blob", "x"))).toEqual({
      status: 403,
      code: "KeyBasedAuthenticationNotPermitted",
    });
  });

  it("a token that was not issued by the tenant", async () => {
    expect(await refusal(upload(containerAs("forged"), "blob", "x"))).toEqual({
      status: 401,
      code: "InvalidAuthenticationInfo",
    });
  });

  it("a token for another service", async () => {
    expect(await refusal(upload(containerAs("poller|https://management.azure.com"), "blob", "x"))).toEqual({
      status: 401,
      code: "InvalidAuthenticationInfo",
    });
  });

  it("a principal without a data role, whatever its role on the control plane", async () => {
    grants = [{ scope: GROUP, roleDefinitionId: OWNER_OF_THE_CONTROL_PLANE, principalObjectId: "deployer" }];
    const deployer = containerAs("deployer|https://storage.azure.com");
    expect(await refusal(deployer.getBlockBlobClient("blob").getProperties())).toMatchObject({ status: 403 });
    expect(await refusal(upload(deployer, "blob", "x"))).toEqual({
      status: 403,
      code: "AuthorizationPermissionMismatch",
    });
  });

  it("writing with Storage Blob Data Reader, which may read", async () => {
    await upload(poller(), "readable", "text");
    expect((await siem().getBlobClient("readable").downloadToBuffer()).toString()).toBe("text");
    expect(await refusal(upload(siem(), "readable", "x"))).toMatchObject({
      code: "AuthorizationPermissionMismatch",
    });
    expect(await refusal(siem().deleteBlob("readable"))).toMatchObject({
      code: "AuthorizationPermissionMismatch",
    });
  });

  it("a container beside the one that the role was granted on, and the list of containers", async () => {
    const ledger = containerAs("poller|https://storage.azure.com", "ledger");
    expect(await refusal(ledger.create())).toMatchObject({ code: "AuthorizationPermissionMismatch" });
    const similar = containerAs("poller|https://storage.azure.com", "events2");
    expect(await refusal(similar.create())).toMatchObject({ code: "AuthorizationPermissionMismatch" });
    const service = new BlobServiceClient(endpoint, poller().credential, noRetries);
    expect(await refusal(service.listContainers().next())).toMatchObject({
      code: "AuthorizationPermissionMismatch",
    });
  });

  it("an account that is not declared", async () => {
    const elsewhere = containerAs("poller|https://storage.azure.com", "events", "siemother");
    expect(await refusal(upload(elsewhere, "blob", "x"))).toEqual({ status: 404, code: "ResourceNotFound" });
  });

  it("with the reason and the way to a token in the headers, as Azure's clients read them", async () => {
    const headers = await new Promise<Record<string, unknown>>((resolve, reject) => {
      httpsRequest(`${endpoint}events/blob`, { method: "HEAD" }, response => resolve(response.headers))
        .once("error", reject)
        .end();
    });
    expect(headers).toMatchObject({
      "x-ms-error-code": "NoAuthenticationInformation",
      "www-authenticate":
        "Bearer authorization_uri=https://login.example/tenant/oauth2/authorize resource_id=https://storage.azure.com",
    });
  });
});

describe("a role holds on everything below its scope", () => {
  it.each([
    ["the account", EVENTS_ACCOUNT],
    ["the resource group", GROUP],
    ["the subscription", SUBSCRIPTION],
    ["the container in other letter case", EVENTS_CONTAINER.toUpperCase()],
  ])("%s", async (_what, scope) => {
    const roleDefinitionId = `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${CONTRIBUTOR}`;
    grants = [{ scope, roleDefinitionId, principalObjectId: "POLLER" }];
    await upload(poller(), "scoped", "x");
  });

  it("and lets a contributor of the account create containers", async () => {
    grants = [{ scope: EVENTS_ACCOUNT, roleDefinitionId: CONTRIBUTOR, principalObjectId: "poller" }];
    await containerAs("poller|https://storage.azure.com", "created").create();
    expect(await storage.listContainers("siemevents")).toContain("created");
  });
});

describe("a fault that a test sets", () => {
  it("meets as many requests as were told, and only those", async () => {
    storage.setFault({
      code: "ServerBusy",
      count: 2,
      when: request => request.method === "PUT" && request.blob === "faulty",
    });
    expect(await refusal(upload(poller(), "faulty", "x"))).toEqual({ status: 503, code: "ServerBusy" });
    await upload(poller(), "healthy", "x");
    expect(await refusal(upload(poller(), "faulty", "x"))).toEqual({ status: 503, code: "ServerBusy" });
    await upload(poller(), "faulty", "x");
  });

  it("is met once when no count was told", async () => {
    storage.setFault({ code: "ConditionNotMet" });
    expect(await refusal(upload(poller(), "once", "x"))).toEqual({ status: 412, code: "ConditionNotMet" });
    await upload(poller(), "once", "x");
  });
});
