import { randomBytes, randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { JWTPayload } from "jose";
import type { LocalTls } from "../tls.ts";
import type { Directory } from "./directory.ts";
import type { Application, ServicePrincipal } from "./directoryObjects.ts";
import { createHttpsServer, listenOnLoopback, originOf } from "./httpsServer.ts";
import { MICROSOFT_GRAPH } from "./microsoftApplications.ts";
import { createSigningKey, type SigningKey } from "./signingKey.ts";

const TOKEN_EXCHANGE_AUDIENCE = "api://AzureADTokenExchange";

/** As GitHub's: long enough for an exchange, too short to be worth stealing. */
const LIFETIME_SECONDS = 300;

const GITHUB_PATH = "/github/idtoken";
const AZURE_DEVOPS_PATH = "/azure-devops/oidctoken";

export interface PipelineTokenRequest {
  /** Defaults to the subject of the GitHub job. */
  subject?: string;
  /** Defaults to api://AzureADTokenExchange. */
  audience?: string;
  /** Defaults to five minutes. A negative number makes a token that has expired already. */
  lifetimeSeconds?: number;
}

export interface PipelineIssuer {
  /** The `iss` claim, and the URL below which the OpenID metadata is. */
  issuer: string;
  /** The `sub` claim of the tokens of the GitHub job. */
  subject: string;
  /** What GitHub Actions adds to the environment of a job with `id-token: write`. */
  environment: { ACTIONS_ID_TOKEN_REQUEST_URL: string; ACTIONS_ID_TOKEN_REQUEST_TOKEN: string };
  azureDevOps: {
    subject: string;
    serviceConnectionId: string;
    /** What Azure Pipelines adds to the environment of a task that uses the service connection. */
    environment: { SYSTEM_OIDCREQUESTURI: string; SYSTEM_ACCESSTOKEN: string };
  };
  /** A token as any other CI system would hand it out, in a variable for instance. */
  issueToken(request?: PipelineTokenRequest): Promise<string>;
  /** Writes such a token to a file, as Kubernetes does and as AZURE_FEDERATED_TOKEN_FILE expects. */
  writeToken(file: string, request?: PipelineTokenRequest): Promise<void>;
  close(): Promise<void>;
}

export interface PipelineIssuerOptions {
  tls: LocalTls;
  /** The issuer's clock, in milliseconds as of `Date.now`. Defaults to the real one. */
  now?: () => number;
  /** Defaults to a job of the production environment of contoso/siem. */
  subject?: string;
}

/** Starts an issuer of OpenID tokens that plays the CI system of a pipeline, on a free port of 127.0.0.1. */
export async function startPipelineIssuer(options: PipelineIssuerOptions): Promise<PipelineIssuer> {
  const signingKey = await createSigningKey();
  const server = createHttpsServer(options.tls);
  const subject = options.subject ?? "repo:contoso/siem:environment:production";
  const azureDevOps = { subject: "sc://contoso/siem/production", serviceConnectionId: randomUUID() };
  const requestToken = randomBytes(24).toString("base64url");
  const issueToken = (request: PipelineTokenRequest = {}) =>
    signingKey.sign(claims(originOf(server), { subject, ...request }, options.now ?? Date.now));

  serveMetadata(server, signingKey);
  serveJobs(server, requestToken, issueToken, azureDevOps);
  const issuer = await listenOnLoopback(server);

  return {
    issuer,
    subject,
    environment: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${issuer}${GITHUB_PATH}?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    azureDevOps: {
      ...azureDevOps,
      environment: {
        SYSTEM_OIDCREQUESTURI: `${issuer}${AZURE_DEVOPS_PATH}`,
        SYSTEM_ACCESSTOKEN: requestToken,
      },
    },
    issueToken,
    writeToken: async (file, request) => writeFile(file, await issueToken(request), { mode: 0o600 }),
    close: () => server.close(),
  };
}

/**
 * Registers the identity with which a platform team's pipeline deploys: it is trusted by the tokens of its CI system
 * alone, may register applications and consent for them, and may read no audit event.
 *
 * @param audience what these tokens must be meant for; the public cloud's unless given
 */
export function registerPipelineIdentity(
  directory: Directory,
  { issuer, subject, azureDevOps }: Pick<PipelineIssuer, "issuer" | "subject" | "azureDevOps">,
  audience = TOKEN_EXCHANGE_AUDIENCE,
): { application: Application; servicePrincipal: ServicePrincipal } {
  const application = directory.createApplication({ displayName: "Deployment pipeline" });
  for (const [name, trusted] of Object.entries({ github: subject, "azure-devops": azureDevOps.subject })) {
    directory.addFederatedCredential(application.objectId, {
      name,
      issuer,
      subject: trusted,
      audiences: [audience],
    });
  }
  const servicePrincipal = directory.createServicePrincipal(application.clientId);
  const graph = directory.findServicePrincipalByClientId(MICROSOFT_GRAPH.clientId)!;
  for (const { id } of MICROSOFT_GRAPH.appRoles)
    directory.assignAppRole({
      appRoleId: id,
      principalObjectId: servicePrincipal.objectId,
      resourceObjectId: graph.objectId,
    });
  return { application, servicePrincipal };
}

function claims(
  issuer: string,
  { subject, audience, lifetimeSeconds }: PipelineTokenRequest,
  now: () => number,
): JWTPayload {
  const nowSeconds = Math.floor(now() / 1000);
  return {
    iss: issuer,
    sub: subject,
    aud: audience ?? TOKEN_EXCHANGE_AUDIENCE,
    iat: nowSeconds,
    nbf: nowSeconds,
    exp: nowSeconds + (lifetimeSeconds ?? LIFETIME_SECONDS),
    jti: randomUUID(),
  };
}

function serveMetadata(server: FastifyInstance, signingKey: SigningKey): void {
  server.get("/.well-known/openid-configuration", async () => ({
    issuer: originOf(server),
    jwks_uri: `${originOf(server)}/.well-known/jwks`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
  }));
  server.get("/.well-known/jwks", async () => signingKey.publicKeys);
}

/**
 * GitHub: https://docs.github.com/actions/reference/openid-connect-reference#methods-for-requesting-the-oidc-token
 * Azure DevOps: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 */
function serveJobs(
  server: FastifyInstance,
  requestToken: string,
  issueToken: PipelineIssuer["issueToken"],
  azureDevOps: { subject: string; serviceConnectionId: string },
): void {
  const authorized = (request: FastifyRequest) => request.headers.authorization === `Bearer ${requestToken}`;
  // Azure DevOps gets a POST that claims to be JSON and has no body.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, async () => undefined);

  server.get(GITHUB_PATH, async (request, reply) => {
    if (!authorized(request)) return reply.status(401).send({ message: "The request token is wrong." });
    const { audience } = request.query as { audience?: string };
    return { value: await issueToken({ audience: audience ?? "https://github.com/contoso" }) };
  });
  server.post(AZURE_DEVOPS_PATH, async (request, reply) => {
    if (!authorized(request)) return reply.status(401).send({ message: "SYSTEM_ACCESSTOKEN is wrong." });
    const { serviceConnectionId } = request.query as { serviceConnectionId?: string };
    if (serviceConnectionId !== azureDevOps.serviceConnectionId) {
      return reply.status(404).send({ message: `No service connection has the id ${serviceConnectionId}.` });
    }
    return { oidcToken: await issueToken({ subject: azureDevOps.subject }) };
  });
}
