import { randomUUID } from "node:crypto";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Directory } from "../../local/entra/directory.ts";
import { startEntra } from "../../local/entra/server.ts";
import {
  ACTIVITY_API,
  type EntraFixture,
  grantActivityFeedRead,
  registerReader,
  requestToken,
  startFixture,
} from "./localEntraFixture.ts";

let fixture: EntraFixture;
let credentials: { client_id: string; client_secret: string };
let principalObjectId: string;

beforeAll(async () => {
  fixture = await startFixture();
  const { application, servicePrincipal } = registerReader(fixture.directory);
  principalObjectId = servicePrincipal.objectId;
  const { secretText } = fixture.directory.addPassword(application.objectId);
  credentials = { client_id: application.clientId, client_secret: secretText };
});
afterAll(() => fixture.close());
afterEach(() => {
  fixture.clock.aheadMilliseconds = 0;
});

async function token(fields: Record<string, string> = {}): Promise<string> {
  const { body } = await requestToken(fixture, { ...credentials, ...fields });
  return body.access_token;
}

describe("an access token", () => {
  it("says who asked, in which tenant, for which resource", async () => {
    const claims = decodeJwt(await token());
    const issuer = `https://sts.windows.net/${fixture.directory.tenantId}/`;
    expect(claims).toMatchObject({
      aud: ACTIVITY_API,
      iss: issuer,
      idp: issuer,
      appid: credentials.client_id,
      appidacr: "1",
      oid: principalObjectId,
      sub: principalObjectId,
      tid: fixture.directory.tenantId,
      ver: "1.0",
    });
    expect(claims.nbf).toBe(claims.iat);
    expect(claims.exp! - claims.iat!).toBe(3900);
  });

  it("is signed with a key that the authority publishes", async () => {
    const jwt = await token();
    const keys = createRemoteJWKSet(new URL(`${fixture.entra.url}/common/discovery/keys`));
    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg: "RS256", typ: "JWT" });
    await expect(jwtVerify(jwt, keys)).resolves.toBeDefined();
  });

  it("has no roles without consent, then those granted, and none after the grant is gone", async () => {
    expect(decodeJwt(await token())).not.toHaveProperty("roles");
    grantActivityFeedRead(fixture.directory, principalObjectId);
    expect(decodeJwt(await token()).roles).toEqual(["ActivityFeed.Read"]);
    for (const id of fixture.directory.appRoleAssignments.keys())
      fixture.directory.removeAppRoleAssignment(id);
    expect(decodeJwt(await token())).not.toHaveProperty("roles");
  });

  it("has no roles for what the application only asks for", async () => {
    const { objectId } = fixture.directory.findApplicationByClientId(credentials.client_id)!;
    fixture.directory.updateApplication(objectId, {
      requiredResourceAccess: [
        {
          resourceAppId: "c5393580-f805-4401-95e8-94b7a6ef2fc2",
          resourceAccess: [{ id: "594c1fb6-4f81-4475-ae41-0c394909246c", type: "Role" }],
        },
      ],
    });
    expect(decodeJwt(await token())).not.toHaveProperty("roles");
  });

  it("carries roles to the resource that they were granted on, and to no other", async () => {
    grantActivityFeedRead(fixture.directory, principalObjectId);
    expect(decodeJwt(await token({ scope: "https://storage.azure.com/.default" }))).not.toHaveProperty(
      "roles",
    );
    for (const id of fixture.directory.appRoleAssignments.keys())
      fixture.directory.removeAppRoleAssignment(id);
  });

  it.each([
    ["https://manage-gcc.office.com/.default", "https://manage-gcc.office.com"],
    ["https://manage.office365.us/.default", "https://manage.office365.us"],
    ["https://manage.protection.apps.mil/.default", "https://manage.protection.apps.mil"],
    ["https://storage.azure.com/.default", "https://storage.azure.com"],
    ["https://management.azure.com//.default", "https://management.azure.com"],
    ["c5393580-f805-4401-95e8-94b7a6ef2fc2/.default", "c5393580-f805-4401-95e8-94b7a6ef2fc2"],
  ])("asked for with scope %s has the audience %s", async (scope, audience) => {
    expect(decodeJwt(await token({ scope })).aud).toBe(audience);
  });

  it("differs from the one before, so that a renewed token can be told", async () => {
    expect(await token()).not.toBe(await token());
  });

  it("may be asked for by the domain of the tenant", async () => {
    const { status } = await requestToken(fixture, credentials, { tenant: fixture.directory.initialDomain });
    expect(status).toBe(200);
  });

  it("is answered with its lifetime as a number at the endpoint of version 2.0", async () => {
    const { status, headers, body } = await requestToken(fixture, credentials);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toContain("no-store");
    expect(body).toEqual({
      token_type: "Bearer",
      expires_in: 3599,
      ext_expires_in: 3599,
      access_token: expect.any(String),
    });
  });
});

describe("a resource that verifies a token", () => {
  it("learns the claims of a good one", async () => {
    const claims = await fixture.entra.verify(await token(), ACTIVITY_API);
    expect(claims).toMatchObject({ appid: credentials.client_id, oid: principalObjectId });
  });

  it("refuses one for another audience", async () => {
    const jwt = await token({ scope: "https://storage.azure.com/.default" });
    await expect(fixture.entra.verify(jwt, ACTIVITY_API)).rejects.toMatchObject({ claim: "aud" });
    await expect(
      fixture.entra.verify(jwt, [ACTIVITY_API, "https://storage.azure.com"]),
    ).resolves.toBeDefined();
  });

  it("refuses one that has expired by its own clock", async () => {
    const jwt = await token();
    fixture.clock.aheadMilliseconds = 3_601_000;
    await expect(fixture.entra.verify(jwt)).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
  });

  it("refuses one that its clock, an hour behind, says is not valid yet", async () => {
    const jwt = await token();
    fixture.clock.aheadMilliseconds = -3_600_000;
    await expect(fixture.entra.verify(jwt)).rejects.toMatchObject({ claim: "nbf" });
  });

  it("refuses one of another authority, even for the same tenant", async () => {
    const impostor = await startEntra({ directory: fixture.directory, tls: fixture.tls });
    const { body } = await requestToken({ ...fixture, entra: impostor }, credentials);
    await impostor.close();
    await expect(fixture.entra.verify(body.access_token)).rejects.toThrow();
  });

  it("refuses the exchange token of a managed identity, and what is no token", async () => {
    const { clientId } = fixture.directory.createManagedIdentity("poller");
    const { accessToken } = await fixture.entra.requestManagedIdentityToken(
      fixture.directory,
      clientId,
      "api://AzureADTokenExchange",
    );
    await expect(fixture.entra.verify(accessToken)).rejects.toMatchObject({ claim: "iss" });
    await expect(fixture.entra.verify("none")).rejects.toThrow();
  });
});

describe("an authority", () => {
  it("issues tokens as short as it is told", async () => {
    const entra = await startEntra({
      directory: fixture.directory,
      tls: fixture.tls,
      tokenLifetimeSeconds: 60,
    });
    const { body } = await requestToken({ ...fixture, entra }, credentials);
    await entra.close();
    expect(body.expires_in).toBe(59);
  });

  it("serves further tenants, each with a directory of its own", async () => {
    const other = new Directory({ tenantId: randomUUID(), initialDomain: "other.onmicrosoft.com" });
    fixture.entra.addDirectory(other);
    const otherTenant = { tenant: other.tenantId };
    expect((await requestToken(fixture, credentials, otherTenant)).body.error_codes).toEqual([700016]);
    other.registerConsentedClient(credentials.client_id, "their-secret");
    const fields = { client_id: credentials.client_id, client_secret: "their-secret" };
    const { body } = await requestToken(fixture, fields, otherTenant);
    expect(await fixture.entra.verify(body.access_token)).toMatchObject({ tid: other.tenantId });
  });

  it("describes itself to clients that ask which cloud it is", async () => {
    const authorize = `${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/v2.0/authorize`;
    const query = new URLSearchParams({ "api-version": "1.1", authorization_endpoint: authorize });
    const response = await fetch(`${fixture.entra.url}/common/discovery/instance?${query}`);
    // biome-ignore lint/suspicious/noExplicitAny: the body is what the test is about
    const { tenant_discovery_endpoint, metadata } = (await response.json()) as any;
    expect(metadata[0].aliases).toEqual([new URL(fixture.entra.url).host]);
    expect(await (await fetch(tenant_discovery_endpoint)).json()).toMatchObject({
      issuer: `${fixture.entra.url}/${fixture.directory.tenantId}/v2.0`,
      token_endpoint: `${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/v2.0/token`,
    });
  });

  it("has the metadata of version 1.0 too", async () => {
    const url = `${fixture.entra.url}/${fixture.directory.tenantId}/.well-known/openid-configuration`;
    expect(await (await fetch(url)).json()).toMatchObject({
      issuer: `https://sts.windows.net/${fixture.directory.tenantId}/`,
      token_endpoint: `${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/token`,
    });
  });
});
