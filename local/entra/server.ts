import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { LocalTls } from "../tls.ts";
import type { AccessTokenClaims } from "./accessToken.ts";
import type { Directory } from "./directory.ts";
import { instanceDiscovery, openIdConfiguration, openIdConfigurationV1 } from "./discovery.ts";
import { createHttpsServer, listenOnLoopback, originOf } from "./httpsServer.ts";
import { IssuerKeys } from "./issuerKeys.ts";
import { createSigningKey, type SigningKey } from "./signingKey.ts";
import { type TokenErrorCode, TokenRefusal, tokenErrorBody } from "./tokenErrors.ts";
import type { TokenEndpoint } from "./tokenRequest.ts";
import { type IssuedToken, type SeenTokenRequest, TokenService } from "./tokenService.ts";

export interface EntraOptions {
  directory: Directory;
  tls: LocalTls;
  /** Entra's clock, in milliseconds as of `Date.now`. Defaults to the real one. */
  now?: () => number;
  /** How long a client's token lasts. Defaults to an hour; managed identities always get a day. */
  tokenLifetimeSeconds?: number;
}

export interface Entra {
  /** The authority host, without slash at the end: `<url>/<tenantId>` is the authority of a tenant. */
  url: string;
  /** Entra's clock, in milliseconds. */
  now: () => number;
  /** Serves a further tenant, as one login host serves all tenants of a cloud. */
  addDirectory(directory: Directory): void;
  /**
   * What a resource does with a token: checks signature, issuer, period of validity and, when given, the audience.
   * @throws Error of jose when the token is not acceptable
   */
  verify(token: string, audience?: string | string[]): Promise<AccessTokenClaims>;
  /** A token for a managed identity; `startManagedIdentityEndpoint` is how an application asks for one. */
  requestManagedIdentityToken(directory: Directory, clientId: string, resource: string): Promise<IssuedToken>;
  /** Lets the next `count` token requests of the client fail with AADSTS`code`. */
  failNextTokenRequests(fault: { clientId: string; count: number; code: TokenErrorCode }): void;
  /** Leaves the roles out of the next `count` tokens of the client, as while a grant spreads. */
  delayRoles(fault: { clientId: string; count: number }): void;
  /** Every token request seen, the oldest first. */
  requests(): readonly SeenTokenRequest[];
  close(): Promise<void>;
}

/** Starts the local Entra on a free port of 127.0.0.1. */
export async function startEntra(options: EntraOptions): Promise<Entra> {
  const server = createHttpsServer(options.tls);
  const signingKey = await createSigningKey();
  const issuerKeys = new IssuerKeys(options.tls.ca);
  const service = new TokenService({
    authorityUrl: () => originOf(server),
    signingKey,
    issuerKeys,
    now: options.now ?? Date.now,
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 3600,
  });
  service.addDirectory(options.directory);
  serveTokens(server, service);
  serveConsent(server, service);
  serveDiscovery(server, service, signingKey);
  const url = await listenOnLoopback(server);

  return {
    url,
    now: service.now,
    addDirectory: directory => service.addDirectory(directory),
    verify: (token, audience) => service.verify(token, audience),
    requestManagedIdentityToken: (directory, clientId, resource) =>
      service.requestManagedIdentityToken(directory, clientId, resource),
    failNextTokenRequests: ({ clientId, count, code }) => service.faults.failNext(clientId, count, code),
    delayRoles: ({ clientId, count }) => service.faults.delayRoles(clientId, count),
    requests: () => service.requests,
    close: async () => {
      await server.close();
      await issuerKeys.close();
    },
  };
}

function serveTokens(server: FastifyInstance, service: TokenService): void {
  const answer = (endpoint: TokenEndpoint) => async (request: FastifyRequest, reply: FastifyReply) => {
    const { tenant } = request.params as { tenant: string };
    const form = new URLSearchParams(request.body as string);
    const token = await service.requestToken(tenant, endpoint, form, request.headers.authorization);
    reply.headers({ "cache-control": "no-store, no-cache", pragma: "no-cache" });
    return endpoint === "v1" ? answerV1(token, form.get("resource")) : answerV2(token);
  };
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    async (_request: FastifyRequest, body: string) => body,
  );
  server.post("/:tenant/oauth2/token", answer("v1"));
  server.post("/:tenant/oauth2/v2.0/token", answer("v2"));
  server.setErrorHandler((error: { statusCode?: number }, request, reply) => {
    if (error instanceof TokenRefusal) return sendRefusal(error, service, request, reply);
    if (error.statusCode === undefined) throw error;
    return sendRefusal(new TokenRefusal(9002313), service, request, reply);
  });
}

/** Who opens the page is an administrator of the tenant, and agrees. */
function serveConsent(server: FastifyInstance, service: TokenService): void {
  server.get("/:tenant/adminconsent", async request => {
    const { tenant } = request.params as { tenant: string };
    const { client_id: clientId = "" } = request.query as { client_id?: string };
    service.consent(tenant, clientId);
    return `The application '${clientId}' has what it asks for in the tenant '${tenant}'.`;
  });
}

/** Version 1.0 answers numbers as strings. */
function answerV1(token: IssuedToken, resource: string | null) {
  return {
    token_type: "Bearer",
    expires_in: String(token.lifetimeSeconds - 1),
    ext_expires_in: String(token.lifetimeSeconds - 1),
    expires_on: String(token.expiresOn),
    not_before: String(token.notBefore),
    resource,
    access_token: token.accessToken,
  };
}

function answerV2(token: IssuedToken) {
  return {
    token_type: "Bearer",
    expires_in: token.lifetimeSeconds - 1,
    ext_expires_in: token.lifetimeSeconds - 1,
    access_token: token.accessToken,
  };
}

function sendRefusal(
  refusal: TokenRefusal,
  service: TokenService,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const given = request.headers["client-request-id"];
  const correlationId = typeof given === "string" ? given : randomUUID();
  const body = tokenErrorBody(refusal, {
    authorityUrl: service.authorityUrl,
    correlationId,
    now: service.now(),
  });
  return reply.status(refusal.status).header("x-ms-request-id", body.trace_id).send(body);
}

function serveDiscovery(server: FastifyInstance, service: TokenService, signingKey: SigningKey): void {
  const forTenant =
    (describe: (authorityUrl: string, tenantId: string) => object) => async (request: FastifyRequest) => {
      const { tenant } = request.params as { tenant: string };
      return describe(service.authorityUrl, service.findDirectory(tenant).tenantId);
    };
  server.get("/:tenant/v2.0/.well-known/openid-configuration", forTenant(openIdConfiguration));
  server.get("/:tenant/.well-known/openid-configuration", forTenant(openIdConfigurationV1));
  server.get("/common/discovery/instance", async request => {
    const { authorization_endpoint: endpoint = "" } = request.query as { authorization_endpoint?: string };
    const tenant = URL.canParse(endpoint) ? new URL(endpoint).pathname.split("/")[1] : undefined;
    return instanceDiscovery(service.authorityUrl, tenant ?? "common");
  });
  for (const path of ["/common/discovery/keys", "/:tenant/discovery/keys", "/:tenant/discovery/v2.0/keys"]) {
    server.get(path, async () => signingKey.publicKeys);
  }
}
