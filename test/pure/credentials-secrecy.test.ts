/** Whatever goes wrong, and however much of what was sent comes back: no error carries a secret or a token. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { generate } from "selfsigned";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { CredentialKind } from "../../activity-api/credentialKind.ts";
import { TokenError } from "../../activity-api/entraErrors.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import { type Answer, type FakeEntra, secondsFromNow, startFakeEntra, unsignedToken } from "./fakeEntra.ts";

const secret = "hunter2-of-the-siem";
const assertion = unsignedToken({ iss: "https://ci.example", sub: "job", exp: secondsFromNow(300) });
/** Another than the client, so that its token is exchanged for the client's. */
const identityClientId = "0d0d0d0d-0000-4000-8000-000000000001";
const settings = {
  tenantId: "11111111-2222-4333-8444-555555555555",
  clientId: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
  cloud: "commercial",
} as const;
let entra: FakeEntra;
let folder: string;
let environments: Record<CredentialKind, NodeJS.ProcessEnv>;

beforeAll(async () => {
  entra = await startFakeEntra();
  folder = await mkdtemp(path.join(tmpdir(), "secrecy-"));
  const made = await generate([{ name: "commonName", value: "siem" }], { keySize: 2048 });
  const pem = path.join(folder, "app.pem");
  const token = path.join(folder, "token");
  await writeFile(pem, `${made.private}\n${made.cert}`);
  await writeFile(token, assertion);
  await writeFile(
    path.join(folder, "az"),
    `#!/bin/sh\necho "ERROR: ${assertion} is of no use" >&2\nexit 1\n`,
    { mode: 0o755 },
  );
  environments = {
    certificate: { SIEM_CLIENT_CERTIFICATE_PATH: pem },
    clientSecret: { SIEM_CLIENT_SECRET: secret },
    vaultCertificate: {
      SIEM_CLIENT_CERTIFICATE_KEY_ID: `${entra.url}/keys/reader/0123456789abcdef`,
      SIEM_CLIENT_CERTIFICATE_THUMBPRINT: "AB".repeat(32),
      SIEM_MANAGED_IDENTITY_CLIENT_ID: identityClientId,
    },
    managedIdentity: { SIEM_MANAGED_IDENTITY_CLIENT_ID: identityClientId },
    oidcToken: { ARM_OIDC_TOKEN: assertion },
    workloadIdentity: { AZURE_FEDERATED_TOKEN_FILE: token },
    githubActions: {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${entra.url}/ci?`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
    },
    azureDevOps: {
      SYSTEM_OIDCREQUESTURI: `${entra.url}/ci`,
      SYSTEM_ACCESSTOKEN: secret,
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "connection-1",
    },
    azureCli: { PATH: `${folder}${path.delimiter}${process.env.PATH}` },
  };
  // msal-node keeps the endpoint that it finds first for the rest of the process.
  vi.stubEnv("IDENTITY_ENDPOINT", `${entra.url}/msi`);
  vi.stubEnv("IDENTITY_HEADER", secret);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await entra.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => entra.reset());

const kinds = Object.values(CredentialKind);
const asksAnIssuer: CredentialKind[] = [
  "vaultCertificate",
  "managedIdentity",
  "githubActions",
  "azureDevOps",
];
const asksEntra = kinds.filter(kind => kind !== "azureCli");

/** What a CI issuer and a managed identity endpoint answer, in one body; too short-lived for msal-node to keep it. */
const issued: Answer = {
  status: 200,
  body: { value: assertion, oidcToken: assertion, access_token: assertion, expires_on: secondsFromNow(60) },
};

async function errorOf(kind: CredentialKind): Promise<string> {
  const tokens = tokenSource({ ...settings, authorityUrl: entra.url, credential: kind }, environments[kind]);
  const error = await tokens.getToken().catch(error => error);
  expect(error).toBeInstanceOf(TokenError);
  return inspect(error, { depth: null, showHidden: true });
}

function expectNoProof(text: string): void {
  for (const proof of [secret, assertion, assertion.split(".")[1]!, "PRIVATE KEY", "Bearer ", "eyJ"])
    expect(text).not.toContain(proof);
}

describe("an error", () => {
  it.each(asksEntra)("of %s is clean although Entra sends back all that it received", async kind => {
    if (asksAnIssuer.includes(kind)) entra.answerNext(issued);
    // The identity's token first, and then the vault's signature.
    if (kind === "vaultCertificate") entra.answerNext(issued);
    entra.answerNext({
      status: 400,
      body: {
        error: "invalid_client",
        get error_description() {
          return `AADSTS999999: You sent ${JSON.stringify(entra.received.at(-1)!.form)} ${entra.received.at(-1)!.form.client_assertion}`;
        },
      },
    });
    const text = await errorOf(kind);
    expect(text).toContain("You sent");
    expectNoProof(text);
  });

  it.each(asksAnIssuer)(
    "of %s is clean although the issuer sends back a token with its refusal",
    async kind => {
      entra.answerNext({
        status: 400,
        body: { value: assertion, message: `${secret} ${assertion}`, oidcToken: assertion },
      });
      expectNoProof(await errorOf(kind));
    },
  );

  it.each(kinds)("of %s is clean when nobody understands the answer", async kind => {
    const page = { status: 400, body: `<html>${secret} ${assertion}</html>` };
    entra.answerNext(page, page);
    expectNoProof(await errorOf(kind));
  });
});
