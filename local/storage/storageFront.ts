import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { Agent, type Dispatcher } from "undici";
import type { RoleAssignment } from "../azure/heldRoles.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";
import { type Azurite, azuriteToken } from "./azurite.ts";
import { type BlobAccess, containerResourceId, mayAccessBlobs } from "./blobRoles.ts";
import { authenticate } from "./storageCaller.ts";
import { refuse, type StorageErrorCode, type StorageRefusal } from "./storageErrors.ts";

export interface StorageFrontSettings {
  tls: LocalTls;
  azurite: Azurite;
  /** The declared account of that name; undefined where there is none. */
  account(name: string): StorageAccount | undefined;
  verifyToken: VerifyToken;
  roleAssignments(): readonly RoleAssignment[];
  /** Whether the account's firewall lets requests of the principal in. */
  isReachable(accountResourceId: string, principalObjectId: string): boolean;
  /** Where a client without a token is sent to. */
  authorizationUri: string;
  /** Asked for each authorized request: the error to answer with instead of serving it. */
  fault(request: StorageRequest): StorageErrorCode | undefined;
}

/** A declared account and the account of Azurite that keeps its blobs. */
export interface StorageAccount {
  resourceId: string;
  azuriteAccount: string;
}

/** A request to the storage service, as far as its address and intent go. */
export interface StorageRequest {
  method: string;
  account: string;
  /** Empty for a request to the account itself, such as the list of its containers. */
  container: string;
  /** Empty for a request to the container itself. */
  blob: string;
  access: BlobAccess;
  /** Path and query below the account. */
  rest: string;
}

/** What belongs to one connection and is not passed on to the next (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"]);

/**
 * The storage service that clients see: checks each request as Azure does, then lets Azurite serve it.
 *
 * Azurite alone would accept any token with the right words in it, knows no roles, and has to know every account when it
 * starts; here accounts appear when they are declared.
 */
export async function startStorageFront(settings: StorageFrontSettings) {
  const azurite = new Agent({ connect: { ca: settings.tls.ca } });
  const server = createServer({ cert: settings.tls.cert, key: settings.tls.key }, (request, response) => {
    serve(request, response, settings, azurite).catch(() => fail(request, response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await azurite.destroy();
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  settings: StorageFrontSettings,
  azurite: Agent,
): Promise<void> {
  const wanted = parseRequest(request);
  const account = settings.account(wanted.account);
  const refusal =
    account === undefined
      ? ({ code: "ResourceNotFound" } as const)
      : await reasonToRefuse(request, wanted, account, settings);
  if (account === undefined || refusal !== undefined) {
    // An upload that nobody reads would keep the connection from its next request.
    request.resume();
    refuse(response, refusal ?? { code: "ResourceNotFound" });
    return;
  }
  await passOn(request, response, settings.azurite.url, `/${account.azuriteAccount}${wanted.rest}`, azurite);
}

function parseRequest(request: IncomingMessage): StorageRequest {
  const method = request.method ?? "GET";
  const [, account = "", rest = ""] = /^\/([^/?]*)(.*)$/s.exec(request.url ?? "/") ?? [];
  const [, container = "", blob = ""] = /^\/([^/?]*)\/?([^?]*)/.exec(rest) ?? [];
  const access = method === "GET" || method === "HEAD" || method === "OPTIONS" ? "read" : "write";
  return {
    method,
    account: decodeURIComponent(account),
    container: decodeURIComponent(container),
    blob: decodeURIComponent(blob),
    access,
    rest,
  };
}

async function reasonToRefuse(
  request: IncomingMessage,
  wanted: StorageRequest,
  account: StorageAccount,
  settings: StorageFrontSettings,
): Promise<StorageRefusal | undefined> {
  const caller = await authenticate(request, settings.verifyToken, settings.authorizationUri);
  if ("code" in caller) return caller;
  if (!settings.isReachable(account.resourceId, caller.principalObjectId))
    return { code: "AuthorizationFailure" };
  const resourceId = wanted.container
    ? containerResourceId(account.resourceId, wanted.container)
    : account.resourceId;
  if (!mayAccessBlobs(settings.roleAssignments(), caller.principalObjectId, wanted.access, resourceId))
    return { code: "AuthorizationPermissionMismatch" };
  const code = settings.fault(wanted);
  return code && { code };
}

async function passOn(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  path: string,
  azurite: Agent,
): Promise<void> {
  const abandoned = new AbortController();
  response.once("close", () => abandoned.abort());
  const answer = await azurite.request({
    origin,
    path,
    method: request.method as Dispatcher.HttpMethod,
    headers: { ...endToEnd(request.headers), authorization: `Bearer ${azuriteToken()}` },
    body: hasBody(request) ? request : null,
    signal: abandoned.signal,
    // A large upload or download may rest for longer than undici waits by default.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  response.writeHead(answer.statusCode, endToEnd(answer.headers));
  await pipeline(answer.body, response);
}

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const passed = Object.entries(headers).filter(
    ([name]) => !HOP_BY_HOP.has(name) && name !== "host" && name !== "expect",
  );
  return Object.fromEntries(passed);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function fail(request: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  request.resume();
  refuse(response, { code: "InternalError" });
}
