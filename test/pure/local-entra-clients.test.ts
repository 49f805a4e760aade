import path from "node:path";
import {
  AzurePipelinesCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from "@azure/identity";
import { ConfidentialClientApplication, type NodeAuthOptions } from "@azure/msal-node";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startManagedIdentityEndpoint } from "../../local/entra/managedIdentity.ts";
import {
  ACTIVITY_API,
  createClientCertificate,
  type EntraFixture,
  grantActivityFeedRead,
  registerReader,
  requestToken,
  startFixture,
} from "./localEntraFixture.ts";

/**
 * The clients are Microsoft's own libraries, as published. That they accept the local Entra does not prove that
 * Microsoft's Entra answers alike.
 */

const SCOPE = `${ACTIVITY_API}/.default`;

let fixture: EntraFixture;
let clientId: string;
let applicationObjectId: string;
let principalObjectId: string;

beforeAll(async () => {
  fixture = await startFixture();
  const { application, servicePrincipal } = registerReader(fixture.directory);
  clientId = application.clientId;
  applicationObjectId = application.objectId;
  principalObjectId = servicePrincipal.objectId;
  grantActivityFeedRead(fixture.directory, principalObjectId);
});
afterAll(() => fixture.close());
afterEach(() => {
  vi.unstubAllEnvs();
});

async function expectReaderToken(token: string | undefined) {
  expect(await fixture.entra.verify(token!, ACTIVITY_API)).toMatchObject({
    appid: clientId,
    oid: principalObjectId,
    roles: ["ActivityFeed.Read"],
  });
}

function trustPipeline(subject: string) {
  const { id } = fixture.directory.addFederatedCredential(applicationObjectId, {
    name: "pipeline",
    issuer: fixture.issuer.issuer,
    subject,
    audiences: ["api://AzureADTokenExchange"],
  });
  return () => fixture.directory.removeFederatedCredential(applicationObjectId, id);
}

describe("msal-node", () => {
  async function acquire(auth: Partial<NodeAuthOptions>) {
    const client = new ConfidentialClientApplication({
      auth: {
        clientId,
        authority: `${fixture.entra.url}/${fixture.directory.tenantId}`,
        knownAuthorities: [new URL(fixture.entra.url).host],
        ...auth,
      },
    });
    return client.acquireTokenByClientCredential({ scopes: [SCOPE] });
  }

  it("gets a token with a client secret", async () => {
    const { secretText } = fixture.directory.addPassword(applicationObjectId);
    const result = await acquire({ clientSecret: secretText });
    await expectReaderToken(result?.accessToken);
    expect(result?.expiresOn?.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  });

  it("gets a token with a certificate known by its SHA-256 thumbprint, signing with PS256", async () => {
    const { certificate, privateKey, thumbprintSha256 } = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, certificate);
    const result = await acquire({ clientCertificate: { privateKey, thumbprintSha256 } });
    await expectReaderToken(result?.accessToken);
  });

  it("gets a token with a certificate known by its SHA-1 thumbprint, signing with RS256", async () => {
    const { certificate, privateKey, thumbprintSha1 } = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, certificate);
    const result = await acquire({ clientCertificate: { privateKey, thumbprint: thumbprintSha1 } });
    await expectReaderToken(result?.accessToken);
  });

  it("gets a token with the assertion of a pipeline that the application trusts", async () => {
    const distrust = trustPipeline(fixture.issuer.subject);
    const result = await acquire({ clientAssertion: () => fixture.issuer.issueToken() });
    await expectReaderToken(result?.accessToken);
    distrust();
  });

  it("reports a refusal with Entra's own code", async () => {
    await expect(acquire({ clientSecret: "wrong" })).rejects.toMatchObject({
      errorCode: "invalid_client",
      errorMessage: expect.stringContaining("AADSTS7000215"),
    });
  });

  it("finds no endpoints for a tenant that does not exist", async () => {
    const authority = `${fixture.entra.url}/11111111-2222-4333-8444-555555555555`;
    await expect(acquire({ clientSecret: "any", authority })).rejects.toMatchObject({
      errorCode: "endpoints_resolution_error",
    });
  });
});

describe("@azure/identity", () => {
  const options = () => ({ authorityHost: fixture.entra.url, disableInstanceDiscovery: true });

  it("gets a token with ClientSecretCredential", async () => {
    const { secretText } = fixture.directory.addPassword(applicationObjectId);
    const credential = new ClientSecretCredential(
      fixture.directory.tenantId,
      clientId,
      secretText,
      options(),
    );
    await expectReaderToken((await credential.getToken(SCOPE)).token);
  });

  it("gets a token with ClientCertificateCredential", async () => {
    const { certificate, privateKey } = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, certificate);
    const credential = new ClientCertificateCredential(
      fixture.directory.tenantId,
      clientId,
      { certificate: `${privateKey}${certificate}` },
      options(),
    );
    await expectReaderToken((await credential.getToken(SCOPE)).token);
  });

  it("gets a token with WorkloadIdentityCredential, from the file that the platform writes", async () => {
    const distrust = trustPipeline("system:serviceaccount:siem:poller");
    const tokenFilePath = path.join(fixture.folder, "federated-token");
    await fixture.issuer.writeToken(tokenFilePath, { subject: "system:serviceaccount:siem:poller" });
    const credential = new WorkloadIdentityCredential({
      tenantId: fixture.directory.tenantId,
      clientId,
      tokenFilePath,
      ...options(),
    });
    await expectReaderToken((await credential.getToken(SCOPE)).token);
    distrust();
  });

  it("gets a token with AzurePipelinesCredential, by the service connection", async () => {
    const { azureDevOps } = fixture.issuer;
    const distrust = trustPipeline(azureDevOps.subject);
    vi.stubEnv("SYSTEM_OIDCREQUESTURI", azureDevOps.environment.SYSTEM_OIDCREQUESTURI);
    const credential = new AzurePipelinesCredential(
      fixture.directory.tenantId,
      clientId,
      azureDevOps.serviceConnectionId,
      azureDevOps.environment.SYSTEM_ACCESSTOKEN,
      options(),
    );
    await expectReaderToken((await credential.getToken(SCOPE)).token);
    distrust();
  });

  it("exchanges the token of a managed identity for one of the application that trusts it", async () => {
    const { directory, entra } = fixture;
    const identity = directory.createManagedIdentity("poller");
    directory.addFederatedCredential(applicationObjectId, {
      name: "poller",
      issuer: `${entra.url}/${directory.tenantId}/v2.0`,
      subject: identity.principalObjectId,
      audiences: ["api://AzureADTokenExchange"],
    });
    const endpoint = await startManagedIdentityEndpoint({ directory, entra, clientIds: [identity.clientId] });
    for (const [name, value] of Object.entries(endpoint.environment)) vi.stubEnv(name, value);

    const managedIdentity = new ManagedIdentityCredential({ clientId: identity.clientId });
    const credential = new ClientAssertionCredential(
      directory.tenantId,
      clientId,
      async () => (await managedIdentity.getToken("api://AzureADTokenExchange/.default")).token,
      options(),
    );
    await expectReaderToken((await credential.getToken(SCOPE)).token);
    await endpoint.close();
  });
});

describe("a client that knows version 1.0 only", () => {
  const v1 = { endpoint: "oauth2/token" };

  it("gets a token for its resource, with every number as a string", async () => {
    fixture.directory.registerConsentedClient("3e3b2a5f-0b6c-4f2e-9a0d-2f1c5b7a9d10", "known-secret");
    const { status, body } = await requestToken(
      fixture,
      { client_id: "3e3b2a5f-0b6c-4f2e-9a0d-2f1c5b7a9d10", client_secret: "known-secret" },
      v1,
    );
    expect(status).toBe(200);
    expect(body).toEqual({
      token_type: "Bearer",
      expires_in: "3599",
      ext_expires_in: "3599",
      expires_on: expect.stringMatching(/^\d{10}$/),
      not_before: expect.stringMatching(/^\d{10}$/),
      resource: ACTIVITY_API,
      access_token: expect.any(String),
    });
    const { roles } = await fixture.entra.verify(body.access_token, ACTIVITY_API);
    expect(roles).toEqual(["ActivityFeed.Read", "ActivityFeed.ReadDlp"]);
  });

  it("may append the api-version of Microsoft's own samples", async () => {
    const { secretText } = fixture.directory.addPassword(applicationObjectId);
    const endpoint = "oauth2/token?api-version=1.0";
    const fields = { client_id: clientId, client_secret: secretText, resource: ACTIVITY_API };
    expect((await requestToken(fixture, fields, { endpoint })).status).toBe(200);
  });

  it("may send id and secret as basic authorization, as Go's oauth2 package does", async () => {
    const { secretText } = fixture.directory.addPassword(applicationObjectId);
    const response = await fetch(`${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secretText}`).toString("base64")}` },
      body: new URLSearchParams({ grant_type: "client_credentials", resource: ACTIVITY_API }),
    });
    expect(response.status).toBe(200);
  });
});
