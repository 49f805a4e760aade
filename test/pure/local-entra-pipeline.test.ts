import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registerPipelineIdentity } from "../../local/entra/pipelineIssuer.ts";
import { assertionFields, type EntraFixture, requestToken, startFixture } from "./localEntraFixture.ts";

let fixture: EntraFixture;

beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());

/** As a client does that knows nothing but the issuer. */
async function verify(token: string, audience: string) {
  const response = await fetch(`${fixture.issuer.issuer}/.well-known/openid-configuration`);
  const { issuer, jwks_uri } = (await response.json()) as { issuer: string; jwks_uri: string };
  return (await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer, audience })).payload;
}

describe("a GitHub Actions job", () => {
  const askFor = (query: string, bearer = fixture.issuer.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN) =>
    fetch(`${fixture.issuer.environment.ACTIONS_ID_TOKEN_REQUEST_URL}${query}`, {
      headers: { authorization: `Bearer ${bearer}` },
    });

  it("gets a token for the audience that it asks for", async () => {
    const response = await askFor("&audience=api%3A%2F%2FAzureADTokenExchange");
    const { value } = (await response.json()) as { value: string };
    expect(await verify(value, "api://AzureADTokenExchange")).toMatchObject({ sub: fixture.issuer.subject });
  });

  it("gets one for its organization when it asks for no audience", async () => {
    const { value } = (await (await askFor("")).json()) as { value: string };
    await expect(verify(value, "https://github.com/contoso")).resolves.toBeDefined();
  });

  it("is refused without its request token", async () => {
    expect((await askFor("&audience=any", "guessed")).status).toBe(401);
  });
});

describe("an Azure DevOps task", () => {
  const askFor = (serviceConnectionId: string, bearer = environment().SYSTEM_ACCESSTOKEN) =>
    fetch(
      `${environment().SYSTEM_OIDCREQUESTURI}?api-version=7.1&serviceConnectionId=${serviceConnectionId}`,
      { method: "POST", headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" } },
    );
  const environment = () => fixture.issuer.azureDevOps.environment;

  it("gets a token of its service connection", async () => {
    const response = await askFor(fixture.issuer.azureDevOps.serviceConnectionId);
    const { oidcToken } = (await response.json()) as { oidcToken: string };
    expect(await verify(oidcToken, "api://AzureADTokenExchange")).toMatchObject({
      sub: fixture.issuer.azureDevOps.subject,
    });
  });

  it("is refused for another service connection, and without its access token", async () => {
    expect((await askFor("11111111-2222-4333-8444-555555555555")).status).toBe(404);
    expect((await askFor(fixture.issuer.azureDevOps.serviceConnectionId, "guessed")).status).toBe(401);
  });
});

describe("any other CI system", () => {
  it("hands out tokens for any subject and audience", async () => {
    const token = await fixture.issuer.issueToken({
      subject: "project_path:contoso/siem",
      audience: "gitlab",
    });
    expect(await verify(token, "gitlab")).toMatchObject({ sub: "project_path:contoso/siem" });
  });

  it("writes them to a file that only its owner can read", async () => {
    const file = path.join(fixture.folder, "token");
    await fixture.issuer.writeToken(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await verify(await readFile(file, "utf8"), "api://AzureADTokenExchange")).toBeDefined();
  });
});

describe("the identity of the deployment pipeline", () => {
  it("is trusted by the tokens of its jobs, and may read no audit event", async () => {
    const { application } = registerPipelineIdentity(fixture.directory, fixture.issuer);
    for (const subject of [fixture.issuer.subject, fixture.issuer.azureDevOps.subject]) {
      const assertion = await fixture.issuer.issueToken({ subject });
      const { body } = await requestToken(fixture, assertionFields(application.clientId, assertion));
      expect(await fixture.entra.verify(body.access_token)).not.toHaveProperty("roles");
    }
  });
});
