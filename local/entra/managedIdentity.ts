import { randomBytes, randomUUID } from "node:crypto";
import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { Directory } from "./directory.ts";
import type { Entra } from "./server.ts";
import { TokenRefusal } from "./tokenErrors.ts";
import type { IssuedToken } from "./tokenService.ts";

const API_VERSION = "2019-08-01";

/** The platform keeps a token until it is about to expire, and offers no way to get a new one before. */
const RENEWED_BEFORE_EXPIRY_MILLISECONDS = 300_000;

export interface ManagedIdentityEndpoint {
  /** What App Service adds to the environment of the application. */
  environment: { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string };
  close(): Promise<void>;
}

/**
 * Starts the endpoint at which an application on App Service or Functions gets the tokens of its identities. Plain http
 * on loopback, as there.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 * @param options.clientIds the user-assigned identities of the application; it has no other
 */
export async function startManagedIdentityEndpoint(options: {
  directory: Directory;
  entra: Entra;
  clientIds: readonly string[];
}): Promise<ManagedIdentityEndpoint> {
  const identityHeader = randomBytes(16).toString("hex").toUpperCase();
  const tokens = new CachedTokens(options.directory, options.entra);
  const server = fastify({ forceCloseConnections: true });

  server.get("/msi/token", async (request, reply) => {
    const { resource, clientId } = readRequest(request, identityHeader, options.clientIds);
    const token = await tokens.get(clientId, resource);
    reply.header("cache-control", "no-store");
    return {
      access_token: token.accessToken,
      expires_on: String(token.expiresOn),
      resource,
      token_type: "Bearer",
      client_id: clientId,
    };
  });
  server.setErrorHandler((error, _request, reply) => sendError(error, reply));

  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return {
    environment: { IDENTITY_ENDPOINT: `${url}/msi/token`, IDENTITY_HEADER: identityHeader },
    close: () => server.close(),
  };
}

class CachedTokens {
  readonly #directory: Directory;
  readonly #entra: Entra;
  readonly #tokens = new Map<string, IssuedToken>();

  constructor(directory: Directory, entra: Entra) {
    this.#directory = directory;
    this.#entra = entra;
  }

  async get(clientId: string, resource: string): Promise<IssuedToken> {
    const key = `${clientId} ${resource}`;
    const kept = this.#tokens.get(key);
    if (kept !== undefined && this.#isFresh(kept)) return kept;
    const token = await this.#entra.requestManagedIdentityToken(this.#directory, clientId, resource);
    this.#tokens.set(key, token);
    return token;
  }

  #isFresh({ expiresOn }: IssuedToken): boolean {
    return expiresOn * 1000 - this.#entra.now() > RENEWED_BEFORE_EXPIRY_MILLISECONDS;
  }
}

class EndpointRefusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function readRequest(
  request: FastifyRequest,
  identityHeader: string,
  assignedClientIds: readonly string[],
): { resource: string; clientId: string } {
  if (request.headers["x-identity-header"] !== identityHeader) {
    throw new EndpointRefusal(
      401,
      "The header X-IDENTITY-HEADER is missing or differs from IDENTITY_HEADER.",
    );
  }
  const query = request.query as Record<string, string | undefined>;
  if (query["api-version"] !== API_VERSION) {
    throw new EndpointRefusal(
      400,
      `The api-version '${query["api-version"]}' is unknown. Use ${API_VERSION}.`,
    );
  }
  if (!query.resource) throw new EndpointRefusal(400, "The query parameter 'resource' is missing.");
  return { resource: query.resource, clientId: assignedClientId(query.client_id, assignedClientIds) };
}

/**
 * Both sentences are App Service's, since they are what people search for: davrous/AzureAgentToM365#2 and
 * Azure-Samples/azure-search-openai-demo#2148.
 */
function assignedClientId(wanted: string | undefined, assignedClientIds: readonly string[]): string {
  if (wanted === undefined) throw new EndpointRefusal(400, "Unable to load the proper Managed Identity.");
  const assigned = assignedClientIds.find(clientId => clientId === wanted.toLowerCase());
  if (assigned === undefined) {
    throw new EndpointRefusal(
      400,
      "No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    );
  }
  return assigned;
}

function sendError(error: unknown, reply: FastifyReply): FastifyReply {
  if (!(error instanceof EndpointRefusal || error instanceof TokenRefusal)) throw error;
  const { status: statusCode, message } = error;
  return reply.status(statusCode).send({ statusCode, message, correlationId: randomUUID() });
}
