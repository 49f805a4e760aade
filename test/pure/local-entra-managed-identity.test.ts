import { ManagedIdentityCredential } from "@azure/identity";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type ManagedIdentityEndpoint,
  startManagedIdentityEndpoint,
} from "../../local/entra/managedIdentity.ts";
import { ACTIVITY_API, type EntraFixture, grantActivityFeedRead, startFixture } from "./localEntraFixture.ts";

let fixture: EntraFixture;
let endpoint: ManagedIdentityEndpoint;
let assigned: { clientId: string; principalObjectId: string };
let foreign: { clientId: string; principalObjectId: string };

beforeAll(async () => {
  fixture = await startFixture();
  assigned = fixture.directory.createManagedIdentity("poller");
  foreign = fixture.directory.createManagedIdentity("of another application");
  endpoint = await startManagedIdentityEndpoint({ ...fixture, clientIds: [assigned.clientId] });
});
afterAll(async () => {
  await endpoint.close();
  await fixture.close();
});
afterEach(() => {
  vi.unstubAllEnvs();
  fixture.clock.aheadMilliseconds = 0;
});

async function ask(query: Record<string, string>, header = endpoint.environment.IDENTITY_HEADER) {
  const parameters = new URLSearchParams({ "api-version": "2019-08-01", ...query });
  const response = await fetch(`${endpoint.environment.IDENTITY_ENDPOINT}?${parameters}`, {
    headers: { "X-IDENTITY-HEADER": header },
  });
  // biome-ignore lint/suspicious/noExplicitAny: the body is what the tests are about
  return { status: response.status, body: (await response.json()) as any };
}

describe("the managed identity endpoint", () => {
  it("gives a token of an assigned identity, for a day", async () => {
    const { status, body } = await ask({
      resource: "https://storage.azure.com",
      client_id: assigned.clientId,
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_on: expect.stringMatching(/^\d{10}$/),
      resource: "https://storage.azure.com",
      token_type: "Bearer",
      client_id: assigned.clientId,
    });
    const claims = await fixture.entra.verify(body.access_token, "https://storage.azure.com");
    expect(claims).toMatchObject({
      appid: assigned.clientId,
      oid: assigned.principalObjectId,
      appidacr: "2",
    });
    expect(claims.exp! - claims.iat!).toBe(86_700);
  });

  it("gives for the token exchange one of version 2.0, that names the exchange by client id", async () => {
    const { body } = await ask({ resource: "api://AzureADTokenExchange", client_id: assigned.clientId });
    expect(decodeJwt(body.access_token)).toMatchObject({
      aud: "fb60f99c-7a34-4190-8149-302f77469936",
      iss: `${fixture.entra.url}/${fixture.directory.tenantId}/v2.0`,
      sub: assigned.principalObjectId,
      oid: assigned.principalObjectId,
      azp: assigned.clientId,
      ver: "2.0",
    });
  });

  it("keeps a token for a day, so that a role granted after the first request is missing until then", async () => {
    const query = { resource: ACTIVITY_API, client_id: assigned.clientId };
    const first = await ask(query);
    grantActivityFeedRead(fixture.directory, assigned.principalObjectId);
    expect((await ask(query)).body.access_token).toBe(first.body.access_token);
    fixture.clock.aheadMilliseconds = 86_400_000;
    expect(decodeJwt((await ask(query)).body.access_token).roles).toEqual(["ActivityFeed.Read"]);
  });

  it("refuses an identity that is not assigned to the application, though it exists", async () => {
    const { status, body } = await ask({ resource: ACTIVITY_API, client_id: foreign.clientId });
    expect(status).toBe(400);
    expect(body).toEqual({
      statusCode: 400,
      message: expect.stringContaining("No User Assigned or Delegated Managed Identity found"),
      correlationId: expect.any(String),
    });
  });

  it("refuses a request without client id, for lack of a system-assigned identity", async () => {
    const { status, body } = await ask({ resource: ACTIVITY_API });
    expect([status, body.message]).toEqual([400, "Unable to load the proper Managed Identity."]);
  });

  it("refuses a resource that the tenant does not know", async () => {
    const { status, body } = await ask({ resource: "https://example.com", client_id: assigned.clientId });
    expect([status, body.message]).toEqual([400, expect.stringContaining("AADSTS500011")]);
  });

  it("refuses callers that do not know the header of the application", async () => {
    const query = { resource: ACTIVITY_API, client_id: assigned.clientId };
    expect((await ask(query, "guessed")).status).toBe(401);
  });

  it("refuses other versions of the protocol and requests without resource", async () => {
    expect((await ask({ "api-version": "2017-09-01" })).body.message).toContain("2019-08-01");
    expect((await ask({ client_id: assigned.clientId })).body.message).toContain("resource");
  });

  it("lets ManagedIdentityCredential say that the identity is not assigned", async () => {
    for (const [name, value] of Object.entries(endpoint.environment)) vi.stubEnv(name, value);
    const credential = new ManagedIdentityCredential({ clientId: foreign.clientId });
    await expect(credential.getToken(`${ACTIVITY_API}/.default`)).rejects.toThrow(
      "No User Assigned or Delegated Managed Identity found",
    );
  });
});
