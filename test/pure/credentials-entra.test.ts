/**
 * Every kind of credential against the Entra of the local tenant, which checks each proof as Entra does. The Azure CLI is
 * left out: its proof is its own.
 */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { CredentialKind } from "../../activity-api/credentialKind.ts";
import type { TokenError } from "../../activity-api/entraErrors.ts";
import { checkToken } from "../../activity-api/tokenClaims.ts";
import { type TokenSettings, tokenSource } from "../../activity-api/tokens.ts";
import type { Application } from "../../local/entra/directoryObjects.ts";
import {
  type ManagedIdentityEndpoint,
  startManagedIdentityEndpoint,
} from "../../local/entra/managedIdentity.ts";
import { type KeyVaultFixture, startKeyVaultFixture } from "./keyVaultFixture.ts";
import {
  ACTIVITY_API,
  createClientCertificate,
  type EntraFixture,
  grantActivityFeedRead,
  registerReader,
  startFixture,
} from "./localEntraFixture.ts";

const exchangeAudience = "api://AzureADTokenExchange";
let fixture: EntraFixture;
let identity: { clientId: string; principalObjectId: string };
let identityEndpoint: ManagedIdentityEndpoint;
let vault: KeyVaultFixture;
let reader: Application;
let readerPrincipalId: string;
let settings: TokenSettings & { clientId: string; authorityUrl: string };

beforeAll(async () => {
  fixture = await startFixture();
  const { directory, entra } = fixture;
  identity = directory.createManagedIdentity("poller");
  identityEndpoint = await startManagedIdentityEndpoint({ directory, entra, clientIds: [identity.clientId] });
  vault = await startKeyVaultFixture(fixture);
  vault.grant("Key Vault Crypto User", identity.principalObjectId);
  // msal-node looks for the endpoint once, in the environment of the process.
  for (const [name, value] of Object.entries(identityEndpoint.environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await vault.close();
  await identityEndpoint.close();
  await fixture.close();
});
beforeEach(() => {
  const { directory, entra } = fixture;
  const { application, servicePrincipal } = registerReader(directory);
  reader = application;
  readerPrincipalId = servicePrincipal.objectId;
  settings = {
    tenantId: directory.tenantId,
    clientId: application.clientId,
    cloud: "commercial",
    authorityUrl: entra.url,
  };
});

function trust(issuer: string, subject: string, audience = exchangeAudience): void {
  fixture.directory.addFederatedCredential(reader.objectId, {
    name: "test",
    issuer,
    subject,
    audiences: [audience],
  });
}

/** Makes the application trust a credential of the kind, and gives the environment in which it is found. */
const setUps: Record<Exclude<CredentialKind, "azureCli">, () => Promise<NodeJS.ProcessEnv>> = {
  certificate: async () => {
    const { certificate, privateKey } = await createClientCertificate();
    fixture.directory.addCertificate(reader.objectId, certificate);
    const file = path.join(fixture.folder, "reader.pem");
    await writeFile(file, `${privateKey}${certificate}\n`);
    return { SIEM_CLIENT_CERTIFICATE_PATH: file };
  },
  clientSecret: async () => ({
    SIEM_CLIENT_SECRET: fixture.directory.addPassword(reader.objectId).secretText,
  }),
  vaultCertificate: async () => {
    const { keyId, certificate } = await vault.makeCertificate();
    fixture.directory.addCertificate(reader.objectId, certificate.toString());
    return {
      SIEM_CLIENT_CERTIFICATE_KEY_ID: keyId,
      SIEM_CLIENT_CERTIFICATE_THUMBPRINT: certificate.fingerprint256,
      SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId,
    };
  },
  managedIdentity: async () => {
    trust(`${fixture.entra.url}/${fixture.directory.tenantId}/v2.0`, identity.principalObjectId);
    return { SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId };
  },
  oidcToken: async () => {
    trust(fixture.issuer.issuer, fixture.issuer.subject);
    return { ARM_OIDC_TOKEN: await fixture.issuer.issueToken() };
  },
  workloadIdentity: async () => {
    trust(fixture.issuer.issuer, "system:serviceaccount:siem:poller");
    const file = path.join(fixture.folder, "service-account-token");
    await fixture.issuer.writeToken(file, { subject: "system:serviceaccount:siem:poller" });
    return { AZURE_FEDERATED_TOKEN_FILE: file };
  },
  githubActions: async () => {
    trust(fixture.issuer.issuer, fixture.issuer.subject);
    return fixture.issuer.environment;
  },
  azureDevOps: async () => {
    const { azureDevOps, issuer } = fixture.issuer;
    trust(issuer, azureDevOps.subject);
    return {
      ...azureDevOps.environment,
      ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID: azureDevOps.serviceConnectionId,
    };
  },
};
const kinds = Object.keys(setUps) as (keyof typeof setUps)[];

describe("a managed identity that is the client itself", () => {
  it("gets a token of its own for the Management Activity API, without an exchange", async () => {
    grantActivityFeedRead(fixture.directory, identity.principalObjectId);
    const env = { SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId.toUpperCase() };
    const own = { ...settings, clientId: identity.clientId };
    const token = await tokenSource(own, env).getToken();
    expect(checkToken(token, own)).toMatchObject({
      clientId: identity.clientId,
      roles: ["ActivityFeed.Read"],
    });
    expect(fixture.entra.requests().at(-1)).toMatchObject({ endpoint: "managedIdentity" });
  });
});

describe.each(kinds)("%s", kind => {
  it("is found, and convinces Entra, with the role that is granted", async () => {
    const env = await setUps[kind]();
    grantActivityFeedRead(fixture.directory, readerPrincipalId);
    const token = await tokenSource(settings, env).getToken();
    await expect(fixture.entra.verify(token, ACTIVITY_API)).resolves.toMatchObject({
      appid: reader.clientId,
    });
    expect(checkToken(token, settings)).toMatchObject({
      clientId: reader.clientId,
      roles: ["ActivityFeed.Read"],
    });
  });

  it("does not convince Entra of being another application", async () => {
    const env = await setUps[kind]();
    const other = registerReader(fixture.directory).application;
    const error = await tokenSource({ ...settings, clientId: other.clientId, credential: kind }, env)
      .getToken()
      .catch(error => error);
    expect(error).toMatchObject({ name: "TokenError", clientId: other.clientId, credential: kind });
    expect((error as TokenError).code).toMatch(/^AADSTS\d+$/);
  });
});

describe("a grant that spreads", () => {
  it("shows in a token that is asked for anew, and not in the cached one", async () => {
    const tokens = tokenSource(settings, await setUps.githubActions());
    const rolesOf = async (options?: { forceRefresh: boolean }) =>
      (await fixture.entra.verify(await tokens.getToken(options))).roles;
    expect(await rolesOf()).toBeUndefined();
    grantActivityFeedRead(fixture.directory, readerPrincipalId);
    fixture.entra.delayRoles({ clientId: reader.clientId, count: 1 });
    expect(await rolesOf()).toBeUndefined();
    expect(await rolesOf({ forceRefresh: true })).toBeUndefined();
    expect(await rolesOf({ forceRefresh: true })).toEqual(["ActivityFeed.Read"]);
    expect(await rolesOf()).toEqual(["ActivityFeed.Read"]);
  });
});

describe("an application", () => {
  it("without any federated credential is told which one it needs", async () => {
    const { issuer, subject, environment } = fixture.issuer;
    await expect(tokenSource(settings, environment).getToken()).rejects.toMatchObject({
      errorClass: "propagation",
      message: expect.stringContaining(
        `The presented token has issuer "${issuer}", subject "${subject}", audience "${exchangeAudience}".`,
      ),
    });
  });

  it("that does not exist, in a tenant that does", async () => {
    const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
    await expect(
      tokenSource({ ...settings, clientId }, { SIEM_CLIENT_SECRET: "s" }).getToken(),
    ).rejects.toMatchObject({ code: "AADSTS700016", errorClass: "propagation", clientId });
  });

  it("in a tenant that does not exist is told so by Entra's code, not as an endpoint that cannot be resolved", async () => {
    const tenantId = "22222222-3333-4444-8555-666666666666";
    await expect(
      tokenSource({ ...settings, tenantId }, { SIEM_CLIENT_SECRET: "s" }).getToken(),
    ).rejects.toMatchObject({ code: "AADSTS90002", errorClass: "configuration", tenantId });
  });
});

describe("a clock that is wrong", () => {
  it("is measured against Entra's when Entra refuses the assertion for its time", async () => {
    const env = await setUps.oidcToken();
    fixture.clock.aheadMilliseconds = 20 * 60_000;
    const error = await tokenSource(settings, env)
      .getToken()
      .catch(error => error);
    fixture.clock.aheadMilliseconds = 0;
    expect(error).toMatchObject({ code: "AADSTS700024", errorClass: "configuration" });
  });
});
