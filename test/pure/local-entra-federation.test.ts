import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Application } from "../../local/entra/directoryObjects.ts";
import { startPipelineIssuer } from "../../local/entra/pipelineIssuer.ts";
import {
  assertionFields,
  type EntraFixture,
  registerReader,
  requestToken,
  startFixture,
} from "./localEntraFixture.ts";

const AUDIENCE = "api://AzureADTokenExchange";

let fixture: EntraFixture;
let application: Application;

beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.close());
beforeEach(() => {
  application = registerReader(fixture.directory).application;
});
afterEach(() => {
  fixture.directory.deleteApplication(application.objectId);
  fixture.clock.aheadMilliseconds = 0;
});

function trust(issuer: string, subject: string, audience = AUDIENCE) {
  fixture.directory.addFederatedCredential(application.objectId, {
    name: `credential-${application.federatedCredentials.length}`,
    issuer,
    subject,
    audiences: [audience],
  });
}

async function present(assertion: string): Promise<{ status: number; code?: number; description?: string }> {
  const { status, body } = await requestToken(fixture, assertionFields(application.clientId, assertion));
  return { status, code: body.error_codes?.[0], description: body.error_description };
}

describe("the token of a pipeline", () => {
  const issuer = () => fixture.issuer.issuer;
  const subject = () => fixture.issuer.subject;

  it("is proof of being the application that trusts its issuer, subject and audience", async () => {
    trust(issuer(), subject());
    expect((await present(await fixture.issuer.issueToken())).status).toBe(200);
  });

  it("is refused with 70021 by an application without any federated credential", async () => {
    expect(await present(await fixture.issuer.issueToken())).toMatchObject({ status: 401, code: 70021 });
  });

  it("is refused with 700211 when another issuer is trusted", async () => {
    trust("https://token.actions.githubusercontent.com", subject());
    const { code, description } = await present(await fixture.issuer.issueToken());
    expect(code).toBe(700211);
    expect(description).toContain(issuer());
  });

  it("is refused with 700211 when the trusted issuer has a slash too many", async () => {
    trust(`${issuer()}/`, subject());
    expect((await present(await fixture.issuer.issueToken())).code).toBe(700211);
  });

  it("is refused with 700213 when another subject is trusted", async () => {
    trust(issuer(), "repo:contoso/siem:ref:refs/heads/main");
    const { code, description } = await present(await fixture.issuer.issueToken());
    expect(code).toBe(700213);
    expect(description).toContain(subject());
  });

  it("is refused with 7002138 when the trusted subject differs by letter case only", async () => {
    trust(issuer(), subject().toUpperCase());
    expect((await present(await fixture.issuer.issueToken())).code).toBe(7002138);
  });

  it("is refused with 700212 when another audience is trusted", async () => {
    trust(issuer(), subject());
    const { code, description } = await present(
      await fixture.issuer.issueToken({ audience: "https://contoso.com" }),
    );
    expect(code).toBe(700212);
    expect(description).toContain("https://contoso.com");
  });

  it("is refused with 700024 when it has expired", async () => {
    trust(issuer(), subject());
    expect((await present(await fixture.issuer.issueToken({ lifetimeSeconds: -600 }))).code).toBe(700024);
  });

  it("is refused with 700024 when the clock of Entra is an hour ahead", async () => {
    trust(issuer(), subject());
    fixture.clock.aheadMilliseconds = 3_600_000;
    expect((await present(await fixture.issuer.issueToken())).code).toBe(700024);
  });

  it("is refused with 50013 when its claims were changed after it was signed", async () => {
    trust(issuer(), "repo:contoso/siem:environment:admin");
    const [header, payload, signature] = (await fixture.issuer.issueToken()).split(".");
    const claims = JSON.parse(Buffer.from(payload!, "base64url").toString());
    const forged = { ...claims, sub: "repo:contoso/siem:environment:admin" };
    const forgedPayload = Buffer.from(JSON.stringify(forged)).toString("base64url");
    expect((await present(`${header}.${forgedPayload}.${signature}`)).code).toBe(50013);
  });

  it("is refused with 50013 when it is not signed at all", async () => {
    trust(issuer(), subject());
    const [, payload] = (await fixture.issuer.issueToken()).split(".");
    const header = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    expect((await present(`${header}.${payload}.`)).code).toBe(50013);
  });

  it("is refused with 90061 when its issuer does not answer", async () => {
    const gone = await startPipelineIssuer({ tls: fixture.tls });
    trust(gone.issuer, gone.subject);
    const token = await gone.issueToken();
    await gone.close();
    expect(await present(token)).toMatchObject({ status: 400, code: 90061 });
  });

  it("is refused with 90061, and nobody is asked, when its issuer is not on loopback", async () => {
    trust("https://token.example.com", subject());
    const { code, description } = await present(await claimingIssuer("https://token.example.com"));
    expect(code).toBe(90061);
    expect(description).toContain("on loopback only");
  });

  it("is refused with 90061 when its issuer calls itself by another name", async () => {
    const alias = issuer().replace("127.0.0.1", "localhost");
    trust(alias, subject());
    const { code, description } = await present(await claimingIssuer(alias));
    expect(code).toBe(90061);
    expect(description).toContain(`calls itself '${issuer()}'`);
  });

  async function claimingIssuer(other: string): Promise<string> {
    const [header, payload, signature] = (await fixture.issuer.issueToken()).split(".");
    const claims = { ...JSON.parse(Buffer.from(payload!, "base64url").toString()), iss: other };
    return `${header}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
  }
});

describe("the token of a managed identity", () => {
  const ownIssuer = () => `${fixture.entra.url}/${fixture.directory.tenantId}/v2.0`;
  const tokenOf = async (clientId: string) =>
    (await fixture.entra.requestManagedIdentityToken(fixture.directory, clientId, AUDIENCE)).accessToken;

  it("is proof of being the application that trusts the identity's principal id", async () => {
    const identity = fixture.directory.createManagedIdentity("poller");
    trust(ownIssuer(), identity.principalObjectId);
    expect((await present(await tokenOf(identity.clientId))).status).toBe(200);
  });

  it.each(["api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina"])(
    "is accepted under the name %s of a national cloud as well",
    async audience => {
      const identity = fixture.directory.createManagedIdentity("poller");
      trust(ownIssuer(), identity.principalObjectId, audience);
      expect((await present(await tokenOf(identity.clientId))).status).toBe(200);
    },
  );

  it("is refused with 700213 when the client id is trusted in place of the principal id", async () => {
    const identity = fixture.directory.createManagedIdentity("poller");
    trust(ownIssuer(), identity.clientId);
    expect((await present(await tokenOf(identity.clientId))).code).toBe(700213);
  });

  it("is refused with 700211 when the issuer lacks its version", async () => {
    const identity = fixture.directory.createManagedIdentity("poller");
    trust(`${fixture.entra.url}/${fixture.directory.tenantId}`, identity.principalObjectId);
    expect((await present(await tokenOf(identity.clientId))).code).toBe(700211);
  });

  it("is refused with 700211 when it is for a resource and not for the exchange", async () => {
    const identity = fixture.directory.createManagedIdentity("poller");
    trust(ownIssuer(), identity.principalObjectId);
    const { accessToken } = await fixture.entra.requestManagedIdentityToken(
      fixture.directory,
      identity.clientId,
      "https://storage.azure.com",
    );
    expect((await present(accessToken)).code).toBe(700211);
  });

  it("cannot be replaced by the token of another application", async () => {
    const other = registerReader(fixture.directory);
    const { secretText } = fixture.directory.addPassword(other.application.objectId);
    trust(ownIssuer(), other.servicePrincipal.objectId);
    const { body } = await requestToken(fixture, {
      client_id: other.application.clientId,
      client_secret: secretText,
      scope: `${AUDIENCE}/.default`,
    });
    expect((await present(body.access_token)).code).toBe(700222);
  });
});
