import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CredentialKind } from "../../activity-api/credentialKind.ts";
import type { Application } from "../../local/entra/directoryObjects.ts";
import { startManagedIdentityEndpoint } from "../../local/entra/managedIdentity.ts";
import { type LocalKeyVaults, startKeyVaults } from "../../local/keyVault/keyVaults.ts";
import type { LocalTenant } from "../../local/tenant.ts";
import { CERTIFICATE_POLICY, KEY_VAULT_CRYPTO_USER, VAULT } from "../pure/keyVaultFixture.ts";
import {
  createClientCertificate,
  grantActivityFeedRead,
  registerReader,
  requestToken,
} from "../pure/localEntraFixture.ts";

/** One way for a deployer to be an application, as an environment in which it works and one in which it is broken. */
export interface DeployerCredential {
  clientId: string;
  working: NodeJS.ProcessEnv;
  broken: NodeJS.ProcessEnv;
  /** What nobody may ever read. Tokens are not listed: they are known by their form. */
  secrets: string[];
}

export interface DeployerCredentials {
  byKind: Record<CredentialKind, DeployerCredential>;
  close(): Promise<void>;
}

/** A deployer with every kind of credential, each of an application of its own that may read the audit feed. */
export async function deployerCredentials(tenant: LocalTenant, folder: string): Promise<DeployerCredentials> {
  const identity = await managedIdentity(tenant);
  const vaults = await keyVaults(tenant, identity.principalObjectId);
  return {
    byKind: {
      certificate: await certificate(tenant, folder),
      clientSecret: clientSecret(tenant),
      vaultCertificate: await vaultCertificate(tenant, vaults),
      managedIdentity: identity.credential,
      oidcToken: await oidcToken(tenant),
      workloadIdentity: await workloadIdentity(tenant, folder),
      githubActions: githubActions(tenant),
      azureDevOps: azureDevOps(tenant),
      azureCli: await azureCli(tenant, folder),
    },
    close: async () => {
      await vaults.close();
      await identity.close();
    },
  };
}

function newReader({ directory }: LocalTenant): Application {
  const { application, servicePrincipal } = registerReader(directory);
  grantActivityFeedRead(directory, servicePrincipal.objectId);
  return application;
}

/** A new reader that takes tokens of the issuer for proof. */
function readerThatTrusts(tenant: LocalTenant, issuer: string, subject: string): Application {
  const application = newReader(tenant);
  const audiences = ["api://AzureADTokenExchange"];
  tenant.directory.addFederatedCredential(application.objectId, { name: "test", issuer, subject, audiences });
  return application;
}

async function certificate(tenant: LocalTenant, folder: string): Promise<DeployerCredential> {
  const { clientId, objectId } = newReader(tenant);
  const known = await createClientCertificate();
  const unknown = await createClientCertificate();
  tenant.directory.addCertificate(objectId, known.certificate);
  const file = async (name: string, { privateKey, certificate }: typeof known) => {
    await writeFile(path.join(folder, name), `${privateKey}${certificate}\n`);
    return { SIEM_CLIENT_CERTIFICATE_PATH: path.join(folder, name) };
  };
  return {
    clientId,
    working: await file("known.pem", known),
    broken: await file("unknown.pem", unknown),
    secrets: [known, unknown].flatMap(({ privateKey }) => privateKey.split("\n").slice(1, -2)),
  };
}

function clientSecret(tenant: LocalTenant): DeployerCredential {
  const { clientId, objectId } = newReader(tenant);
  const { secretText } = tenant.directory.addPassword(objectId);
  const wrong = randomUUID();
  return {
    clientId,
    working: { SIEM_CLIENT_SECRET: secretText },
    broken: { SIEM_CLIENT_SECRET: wrong },
    secrets: [secretText, wrong],
  };
}

async function managedIdentity(tenant: LocalTenant) {
  const { directory, entra } = tenant;
  const identity = directory.createManagedIdentity("deployer");
  const issuer = `${entra.url}/${tenant.tenantId}/v2.0`;
  const { clientId } = readerThatTrusts(tenant, issuer, identity.principalObjectId);
  const endpoint = await startManagedIdentityEndpoint({ directory, entra, clientIds: [identity.clientId] });
  const working = { ...endpoint.environment, SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId };
  const wrong = randomUUID();
  const credential: DeployerCredential = {
    clientId,
    working,
    broken: { ...working, IDENTITY_HEADER: wrong },
    secrets: [endpoint.environment.IDENTITY_HEADER, wrong],
  };
  return { credential, principalObjectId: identity.principalObjectId, close: () => endpoint.close() };
}

/** A vault with whose keys the deployer's identity may sign. */
function keyVaults({ tls, entra }: LocalTenant, principalObjectId: string): Promise<LocalKeyVaults> {
  const grant = { scope: VAULT.resourceId, roleDefinitionId: KEY_VAULT_CRYPTO_USER, principalObjectId };
  return startKeyVaults({
    tls,
    verifyToken: token => entra.verify(token),
    roleAssignments: () => [grant],
    vaults: () => [VAULT],
  });
}

/** Of the identity that `managedIdentity` finds too: one environment has all kinds. */
async function vaultCertificate(tenant: LocalTenant, vaults: LocalKeyVaults): Promise<DeployerCredential> {
  const { clientId, objectId } = newReader(tenant);
  const made = await vaults.certificatesOf(VAULT.name).create("reader", CERTIFICATE_POLICY);
  tenant.directory.addCertificate(objectId, made.certificate.toString());
  const working = {
    SIEM_CLIENT_CERTIFICATE_KEY_ID: `${vaults.url}/${VAULT.name}/keys/reader/${made.version}`,
    SIEM_CLIENT_CERTIFICATE_THUMBPRINT: made.certificate.fingerprint256,
  };
  const broken = { ...working, SIEM_CLIENT_CERTIFICATE_KEY_ID: `${vaults.url}/${VAULT.name}/keys/reader/0` };
  return { clientId, working, broken, secrets: made.privateKey.split("\n").slice(1, -2) };
}

async function oidcToken(tenant: LocalTenant): Promise<DeployerCredential> {
  const { pipeline } = tenant;
  return {
    clientId: readerThatTrusts(tenant, pipeline.issuer, pipeline.subject).clientId,
    working: { ARM_OIDC_TOKEN: await pipeline.issueToken() },
    broken: { ARM_OIDC_TOKEN: await pipeline.issueToken({ subject: "somebody else" }) },
    secrets: [],
  };
}

async function workloadIdentity(tenant: LocalTenant, folder: string): Promise<DeployerCredential> {
  const { pipeline } = tenant;
  const subject = "system:serviceaccount:siem:deployer";
  const token = path.join(folder, "token");
  const expired = path.join(folder, "expired-token");
  await pipeline.writeToken(token, { subject });
  await pipeline.writeToken(expired, { subject, lifetimeSeconds: -60 });
  return {
    clientId: readerThatTrusts(tenant, pipeline.issuer, subject).clientId,
    working: { AZURE_FEDERATED_TOKEN_FILE: token },
    broken: { AZURE_FEDERATED_TOKEN_FILE: expired },
    secrets: [],
  };
}

function githubActions(tenant: LocalTenant): DeployerCredential {
  const { issuer, subject, environment } = tenant.pipeline;
  const wrong = randomUUID();
  return {
    clientId: readerThatTrusts(tenant, issuer, subject).clientId,
    working: environment,
    broken: { ...environment, ACTIONS_ID_TOKEN_REQUEST_TOKEN: wrong },
    secrets: [environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN, wrong],
  };
}

function azureDevOps(tenant: LocalTenant): DeployerCredential {
  const { issuer, azureDevOps } = tenant.pipeline;
  const working = {
    ...azureDevOps.environment,
    ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID: azureDevOps.serviceConnectionId,
  };
  const wrong = randomUUID();
  return {
    clientId: readerThatTrusts(tenant, issuer, azureDevOps.subject).clientId,
    working,
    broken: { ...working, SYSTEM_ACCESSTOKEN: wrong },
    secrets: [working.SYSTEM_ACCESSTOKEN, wrong],
  };
}

/** An `az` that is logged in, and one that complains with the token in its words. */
async function azureCli(tenant: LocalTenant, folder: string): Promise<DeployerCredential> {
  const { clientId, objectId } = newReader(tenant);
  const { secretText } = tenant.directory.addPassword(objectId);
  const { body } = await requestToken(tenant, { client_id: clientId, client_secret: secretText });
  const { access_token: accessToken } = body;
  const az = async (name: string, script: string) => {
    await mkdir(path.join(folder, name));
    await writeFile(path.join(folder, name, "az"), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
    return path.join(folder, name);
  };
  return {
    clientId,
    working: { PATH: await az("logged-in", `echo '${JSON.stringify({ accessToken })}'`) },
    broken: { PATH: await az("confused", `echo 'ERROR: ${accessToken} is no good.' >&2; exit 1`) },
    secrets: [secretText],
  };
}
