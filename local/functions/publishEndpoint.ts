import path from "node:path";
import type { FastifyReply, FastifyRequest } from "fastify";
import { createHttpsServer, listenOnLoopback } from "../entra/httpsServer.ts";
import type { VerifyToken } from "../entra/verifyToken.ts";
import type { LocalTls } from "../tls.ts";
import { Deployments } from "./deployments.ts";
import { unzipPackage } from "./packageFolder.ts";

export interface PublishEndpointSettings {
  tls: LocalTls;
  /** Name of the function app. */
  siteName: string;
  verifyToken: VerifyToken;
  /** Whether the principal may do Microsoft.Web/sites/publish/Action on the app. */
  mayPublish(principalObjectId: string): boolean;
  /** Puts the package into the deployment container as the platform does; throws in its words when it may not. */
  storePackage(zip: Uint8Array): Promise<void>;
  /** Runs the code in the folder instead of what ran before. */
  runPackage(packageFolder: string): Promise<void>;
  /** Folder that packages are unzipped below. */
  folder: string;
}

export interface PublishEndpoint {
  /** Host and port; what `https://` goes before. */
  hostName: string;
  close(): Promise<void>;
}

/** Audiences of Azure Resource Manager, the older ones of the service management API included. */
const AUDIENCES =
  /^https:\/\/management\.(azure\.com|core\.windows\.net|usgovcloudapi\.net|core\.usgovcloudapi\.net)\/?$/;

/** What Flex Consumption takes; the local tenant needs far less. */
const PACKAGE_LIMIT_BYTES = 1024 * 1024 * 1024;

/**
 * Starts the publishing (SCM) site of one function app on Flex Consumption: the protocol of `az functionapp deployment
 * source config-zip` and of Core Tools, bearer tokens only.
 */
export async function startPublishEndpoint(settings: PublishEndpointSettings): Promise<PublishEndpoint> {
  const deployments = new Deployments(settings.siteName);
  const server = createHttpsServer(settings.tls);
  server.addContentTypeParser(
    "application/zip",
    { parseAs: "buffer", bodyLimit: PACKAGE_LIMIT_BYTES },
    (_request, body, done) => done(null, body),
  );
  // Before the body is read: an upload that is refused need not be received.
  server.addHook("onRequest", async (request, reply) => {
    const refusal = await refusalOf(request, settings);
    if (refusal !== undefined) await reply.code(refusal.status).send(refusal.text);
  });
  server.post("/api/publish", (request, reply) => publish(request, reply, deployments, settings));
  server.get("/api/deployments/:id", (request, reply) =>
    answer(reply, deployments.find((request.params as { id: string }).id)),
  );
  server.get("/api/deployments/:id/log", (request, reply) =>
    answer(reply, deployments.log((request.params as { id: string }).id)),
  );
  const url = await listenOnLoopback(server);
  return {
    hostName: new URL(url).host,
    close: async () => {
      await server.close();
      await deployments.settled();
    },
  };
}

async function refusalOf(
  request: FastifyRequest,
  { verifyToken, mayPublish }: PublishEndpointSettings,
): Promise<{ status: number; text: string } | undefined> {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) return { status: 401, text: "Unauthorized: a bearer token is needed." };
  try {
    const { aud, oid } = await verifyToken(token);
    if (typeof aud !== "string" || !AUDIENCES.test(aud))
      return { status: 401, text: `Unauthorized: the token is for ${aud}, not for Azure Resource Manager.` };
    if (typeof oid === "string" && mayPublish(oid)) return undefined;
    return { status: 403, text: `Forbidden: ${oid} may not do Microsoft.Web/sites/publish/Action.` };
  } catch (error) {
    return { status: 401, text: `Unauthorized: ${(error as Error).message}` };
  }
}

async function publish(
  request: FastifyRequest,
  reply: FastifyReply,
  deployments: Deployments,
  { storePackage, runPackage, folder }: PublishEndpointSettings,
) {
  const { RemoteBuild = "false", Deployer = "unknown" } = request.query as Record<string, string>;
  if (RemoteBuild.toLowerCase() !== "false")
    return reply
      .code(400)
      .send("The local tenant builds nothing: use RemoteBuild=false and a package with all its code.");
  if (deployments.isBusy) return reply.code(409).send("Another deployment is in progress.");
  const zip = request.body as Buffer;
  const { id } = deployments.begin(Deployer, id => {
    const packageFolder = path.join(folder, id);
    return [
      { name: "StorageAccessibleCheck", run: () => storePackage(zip) },
      { name: "ExtractZipContentStep", run: () => unzipPackage(zip, packageFolder) },
      { name: "SyncTriggerStep", run: () => runPackage(packageFolder) },
    ];
  });
  return reply.code(202).send(JSON.stringify(id));
}

function answer(reply: FastifyReply, found: object | undefined) {
  return found === undefined ? reply.code(404).send("No deployment was found.") : reply.send(found);
}
