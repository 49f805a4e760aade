/** What each kind of credential shows to Entra, and where it has it from. */

import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { importX509, jwtVerify } from "jose";
import { generate } from "selfsigned";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { decodeClaims } from "../../activity-api/jwt.ts";
import { type TokenSettings, tokenSource } from "../../activity-api/tokens.ts";
import { type FakeEntra, secondsFromNow, startFakeEntra, unsignedToken } from "./fakeEntra.ts";

const tenantId = "11111111-2222-4333-8444-555555555555";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
const identityClientId = "0d0d0d0d-0000-4000-8000-000000000001";
const assertion = unsignedToken({ iss: "https://ci.example", sub: "job", exp: secondsFromNow(300) });
let entra: FakeEntra;
let folder: string;

beforeAll(async () => {
  entra = await startFakeEntra();
  folder = await mkdtemp(path.join(tmpdir(), "credentials-"));
});
afterAll(async () => {
  await entra.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => entra.reset());
afterEach(() => {
  vi.unstubAllEnvs();
});

function getToken(env: NodeJS.ProcessEnv, settings: Partial<TokenSettings> = {}): Promise<string> {
  return tokenSource(
    { tenantId, clientId, cloud: "commercial", authorityUrl: entra.url, ...settings },
    env,
  ).getToken();
}

async function file(name: string, content: string): Promise<string> {
  const filePath = path.join(folder, name);
  await writeFile(filePath, content);
  return filePath;
}

describe("clientSecret", () => {
  it("is shown as it is", async () => {
    await getToken({ SIEM_CLIENT_SECRET: "hunter2" });
    expect(entra.received[0]!.form).toMatchObject({ client_id: clientId, client_secret: "hunter2" });
  });
});

describe("certificate", () => {
  const subject = [{ name: "commonName", value: "siem" }];

  it("signs an assertion for this login host, with the thumbprint of the certificate", async () => {
    const made = await generate(subject, { keySize: 2048 });
    await getToken({ SIEM_CLIENT_CERTIFICATE_PATH: await file("app.pem", `${made.private}\n${made.cert}`) });
    const shown = entra.received[0]!.form;
    expect(shown.client_assertion_type).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const { payload, protectedHeader } = await jwtVerify(
      shown.client_assertion!,
      await importX509(made.cert, "PS256"),
      {
        audience: `${entra.url}/${tenantId}/oauth2/v2.0/token`,
        // msal-node rounds the time up.
        clockTolerance: 5,
        issuer: clientId,
        subject: clientId,
      },
    );
    const thumbprint = new X509Certificate(made.cert).fingerprint256.replaceAll(":", "");
    expect(
      Buffer.from(protectedHeader["x5t#S256"] as string, "base64url")
        .toString("hex")
        .toUpperCase(),
    ).toBe(thumbprint);
    expect(payload.exp! - payload.nbf!).toBe(600);
  });

  it("takes the password of its key from the variable next to its own", async () => {
    const made = await generate(subject, { keySize: 2048, passphrase: "hunter2" });
    const pem = await file("locked.pem", `${made.private}\n${made.cert}`);
    await getToken({ SIEM_CLIENT_CERTIFICATE_PATH: pem, SIEM_CLIENT_CERTIFICATE_PASSWORD: "hunter2" });
    expect(entra.received).toHaveLength(1);
    await expect(getToken({ SIEM_CLIENT_CERTIFICATE_PATH: pem })).rejects.toThrow(
      `SIEM_CLIENT_CERTIFICATE_PATH names ${pem}, which holds no private key that can be read. ` +
        `Append the key in PEM form; if it has a password, set SIEM_CLIENT_CERTIFICATE_PASSWORD.`,
    );
  });

  it("that has expired is not even shown", async () => {
    const notBeforeDate = new Date("2024-01-01T00:00:00Z");
    const notAfterDate = new Date("2025-01-01T00:00:00Z");
    const made = await generate(subject, { keySize: 2048, notBeforeDate, notAfterDate });
    const pem = await file("expired.pem", `${made.private}\n${made.cert}`);
    await expect(getToken({ SIEM_CLIENT_CERTIFICATE_PATH: pem })).rejects.toThrow(
      "whose certificate expired on 2025-01-01T00:00:00.000Z. Add a new one to the application.",
    );
    expect(entra.received).toEqual([]);
  });

  it("with an elliptic curve is refused, since Entra takes RSA only", async () => {
    const made = await generate(subject, { keyType: "ec" });
    const pem = await file("ec.pem", `${made.private}\n${made.cert}`);
    await expect(getToken({ SIEM_CLIENT_CERTIFICATE_PATH: pem })).rejects.toThrow(
      "whose key is of the type ec. Entra takes RSA keys of 2048 bits or more.",
    );
  });

  it("with the key of another one is refused", async () => {
    const [one, other] = [
      await generate(subject, { keySize: 2048 }),
      await generate(subject, { keySize: 2048 }),
    ];
    const pem = await file("mixed.pem", `${one.private}\n${other.cert}`);
    await expect(getToken({ SIEM_CLIENT_CERTIFICATE_PATH: pem })).rejects.toThrow(
      "whose private key does not belong to its first certificate.",
    );
  });

  it("in a PFX file comes with the command that converts it", async () => {
    const pfx = await file("app.pfx", "\x30\x82 not PEM");
    await expect(getToken({ SIEM_CLIENT_CERTIFICATE_PATH: pfx })).rejects.toThrow(
      `SIEM_CLIENT_CERTIFICATE_PATH names ${pfx}, which holds no PEM certificate. ` +
        `A PFX file is turned into one by: openssl pkcs12 -in app.pfx -out app.pem -nodes`,
    );
  });

  it("that does not exist is named", async () => {
    await expect(getToken({ SIEM_CLIENT_CERTIFICATE_PATH: "/nowhere/app.pem" })).rejects.toThrow(
      "SIEM_CLIENT_CERTIFICATE_PATH names /nowhere/app.pem, which cannot be read (ENOENT).",
    );
  });
});

describe("managedIdentity", () => {
  it("shows the token of the identity as assertion of the application, and for Azure is the identity itself", async () => {
    // One test, since msal-node keeps the endpoint that it finds first for the rest of the process.
    vi.stubEnv("IDENTITY_ENDPOINT", `${entra.url}/msi/token`);
    vi.stubEnv("IDENTITY_HEADER", "header-of-the-platform");
    const expires_on = secondsFromNow(86_400);
    entra.answerNext({ status: 200, body: { access_token: assertion, expires_on, token_type: "Bearer" } });
    await getToken({ SIEM_MANAGED_IDENTITY_CLIENT_ID: identityClientId }, { cloud: "gccHigh" });
    expect(entra.received[0]).toMatchObject({
      path: "/msi/token",
      query: { resource: "api://AzureADTokenExchangeUSGov", client_id: identityClientId },
    });
    expect(entra.received[0]!.headers["x-identity-header"]).toBe("header-of-the-platform");
    expect(entra.received[1]!.form).toMatchObject({ client_id: clientId, client_assertion: assertion });

    entra.reset();
    entra.answerNext({ status: 200, body: { access_token: "azure", expires_on, token_type: "Bearer" } });
    const scope = "https://management.azure.com/.default";
    expect(await getToken({ ARM_USE_MSI: "true" }, { scope, clientId: identityClientId })).toBe("azure");
    expect(entra.received.map(({ query }) => query)).toMatchObject([
      { resource: "https://management.azure.com", client_id: identityClientId },
    ]);

    const unknownId = "0d0d0d0d-0000-4000-8000-000000000002";
    entra.answerNext({
      status: 400,
      body: { statusCode: 400, message: "No User Assigned or Delegated Managed Identity" },
    });
    await expect(getToken({ SIEM_MANAGED_IDENTITY_CLIENT_ID: unknownId })).rejects.toMatchObject({
      errorClass: "propagation",
      message: expect.stringContaining(
        `(credential managedIdentity): No token of the managed identity with client id ${unknownId}. Check that it is ` +
          `user-assigned, that it is assigned to this function app, container or machine, and that the id is its client ` +
          `id, not its principal id.`,
      ),
    });
  });
});

describe("oidcToken", () => {
  it("is the value of ARM_OIDC_TOKEN, as GitLab and Pulumi ESC set it", async () => {
    await getToken({ ARM_OIDC_TOKEN: `${assertion}\n` });
    expect(entra.received[0]!.form).toMatchObject({ client_id: clientId, client_assertion: assertion });
  });

  it("is read from the file that ARM_OIDC_TOKEN_FILE_PATH names, anew for each request", async () => {
    const newer = unsignedToken({ exp: secondsFromNow(600) });
    const token = await file("oidc-token", `${assertion}\n`);
    const settings = { tenantId, clientId, cloud: "commercial", authorityUrl: entra.url } as const;
    const tokens = tokenSource(settings, { ARM_OIDC_TOKEN_FILE_PATH: token });
    await tokens.getToken();
    await writeFile(token, newer);
    await tokens.getToken({ forceRefresh: true });
    expect(entra.received.map(({ form }) => form.client_assertion)).toEqual([assertion, newer]);
  });

  it("that has expired is not even shown", async () => {
    const expired = unsignedToken({ exp: 1_700_000_000 });
    await expect(getToken({ ARM_OIDC_TOKEN: expired })).rejects.toThrow(
      "ARM_OIDC_TOKEN holds a token that expired at 2023-11-14T22:13:20.000Z. " +
        "Tokens of CI systems live for minutes: request it in the step that uses it.",
    );
    expect(entra.received).toEqual([]);
  });

  it("that is no token is named and not printed", async () => {
    const error = await getToken({ ARM_OIDC_TOKEN: "hunter2" }).catch(error => error);
    expect(error.message).toContain("ARM_OIDC_TOKEN holds no JSON Web Token.");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("workloadIdentity", () => {
  it("is the token in the file that Kubernetes keeps fresh", async () => {
    await getToken({ AZURE_FEDERATED_TOKEN_FILE: await file("service-account", assertion) });
    expect(entra.received[0]!.form.client_assertion).toBe(assertion);
  });

  it("says which file is missing", async () => {
    await expect(getToken({ AZURE_FEDERATED_TOKEN_FILE: "/nowhere/token" })).rejects.toThrow(
      "AZURE_FEDERATED_TOKEN_FILE names /nowhere/token, which cannot be read (ENOENT).",
    );
  });
});

describe("githubActions", () => {
  const job = () => ({
    ACTIONS_ID_TOKEN_REQUEST_URL: `${entra.url}/github?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "token-of-the-job",
  });

  it.each([
    ["commercial", "api://AzureADTokenExchange"],
    ["dod", "api://AzureADTokenExchangeUSGov"],
  ] as const)("asks the job's issuer in %s for a token with the audience %s", async (cloud, audience) => {
    entra.answerNext({ status: 200, body: { count: 1, value: assertion } });
    await getToken(job(), { cloud });
    expect(entra.received[0]).toMatchObject({
      method: "GET",
      path: "/github",
      query: { "api-version": "2.0", audience },
      headers: { authorization: "Bearer token-of-the-job" },
    });
    expect(entra.received[1]!.form.client_assertion).toBe(assertion);
  });

  it("says what to check when the issuer refuses", async () => {
    entra.answerNext({ status: 403, body: { message: "no" } });
    await expect(getToken(job())).rejects.toMatchObject({
      errorClass: "configuration",
      message: expect.stringContaining(
        "GitHub Actions gave no token: HTTP 403. Check that the job has `permissions: id-token: write` and is still running.",
      ),
    });
  });

  it("asks again when the issuer stumbles", async () => {
    const stumble = { status: 502, body: "<html>", headers: { "retry-after": "0" } };
    entra.answerNext(stumble, { status: 200, body: { value: assertion } });
    await getToken(job());
    expect(entra.received.map(({ path }) => path)).toEqual([
      "/github",
      "/github",
      `/${tenantId}/oauth2/v2.0/token`,
    ]);
  });
});

describe("azureDevOps", () => {
  it("asks for the token of the service connection", async () => {
    entra.answerNext({ status: 200, body: { oidcToken: assertion } });
    await getToken({
      SYSTEM_OIDCREQUESTURI: `${entra.url}/contoso/oidctoken`,
      SYSTEM_ACCESSTOKEN: "token-of-the-pipeline",
      AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: "connection-1",
    });
    expect(entra.received[0]).toMatchObject({
      method: "POST",
      path: "/contoso/oidctoken",
      query: { "api-version": "7.1", serviceConnectionId: "connection-1" },
      headers: { authorization: "Bearer token-of-the-pipeline", "x-tfs-fedauthredirect": "Suppress" },
    });
    expect(entra.received[1]!.form.client_assertion).toBe(assertion);
  });

  it("shows the idToken that AzureCLI@2 passes on", async () => {
    await getToken({ TF_BUILD: "True", idToken: assertion });
    expect(entra.received[0]!.form.client_assertion).toBe(assertion);
  });

  it("says which service connection to check when there is no token", async () => {
    entra.answerNext({ status: 404, body: { message: "no" } });
    const env = {
      SYSTEM_OIDCREQUESTURI: `${entra.url}/contoso/oidctoken`,
      SYSTEM_ACCESSTOKEN: "t",
      ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID: "connection-1",
    };
    await expect(getToken(env)).rejects.toThrow(
      "Azure DevOps gave no token: HTTP 404. Check that the service connection connection-1 exists and that this pipeline may use it.",
    );
  });
});

describe("azureCli", () => {
  /** An `az` that says what it was called with, or does what `script` says. */
  async function fakeAz(script: string): Promise<NodeJS.ProcessEnv> {
    const bin = await mkdtemp(path.join(folder, "bin-"));
    await writeFile(path.join(bin, "az"), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, "az"), 0o755);
    return { PATH: `${bin}${path.delimiter}${process.env.PATH}` };
  }

  const scope = "https://management.azure.com/.default";

  it("asks az for the tenant and the scope, and Entra for nothing", async () => {
    const token = unsignedToken({ exp: secondsFromNow(3600) });
    const env = await fakeAz(`echo "$*" > "$(dirname "$0")/args"\necho '{"accessToken": "${token}"}'`);
    const tokens = tokenSource({ tenantId, cloud: "commercial", scope, authorityUrl: entra.url }, env);
    expect(await tokens.getToken()).toBe(token);
    await writeFile(path.join(env.PATH!.split(path.delimiter)[0]!, "az"), "#!/bin/sh\nexit 1\n");
    expect(decodeClaims(await tokens.getToken())).toEqual(decodeClaims(token));
    expect(entra.received).toEqual([]);
  });

  it("passes on what az complains about, with the command to log in", async () => {
    const env = await fakeAz(`echo "ERROR: Please run 'az login' to setup account." >&2\nexit 1`);
    await expect(getToken(env, { scope })).rejects.toThrow(
      `(credential azureCli): The Azure CLI gave no token: ERROR: Please run 'az login' to setup account. ` +
        `Run: az login --tenant ${tenantId}`,
    );
  });

  it("says when az is not installed", async () => {
    await expect(getToken({ PATH: folder }, { scope })).rejects.toThrow(
      "The Azure CLI, az, is not on PATH. Install it (https://aka.ms/azure-cli) or use another credential.",
    );
  });

  it("does not print an answer that it does not understand", async () => {
    const error = await getToken(await fakeAz("echo hunter2"), { scope }).catch(error => error);
    expect(error.message).toContain("The Azure CLI answered without an access token. Update it: az upgrade");
    expect(error.message).not.toContain("hunter2");
  });
});

describe("no credential", () => {
  it("lists all that was tried, in order", async () => {
    const error = await getToken({}).catch(error => error);
    expect(error).toMatchObject({ name: "TokenError", errorClass: "configuration", credential: undefined });
    expect(error.message).toMatch(
      new RegExp(
        `^No token of application ${clientId} in tenant ${tenantId}: no credential was found. Set up one of these, tried in ` +
          `this order:\n  certificate: .*\n  clientSecret: .*\n  vaultCertificate: .*\n  managedIdentity: .*\n  oidcToken: .*\n` +
          `  workloadIdentity: .*\n  githubActions: .*\n  azureDevOps: .*\n  azureCli: used only when chosen, .*$`,
      ),
    );
  });

  it("of the chosen kind says why", async () => {
    await expect(getToken({ SIEM_CLIENT_SECRET: "s" }, { credential: "oidcToken" })).rejects.toThrow(
      "the chosen credential oidcToken is not there: neither ARM_OIDC_TOKEN nor ARM_OIDC_TOKEN_FILE_PATH is set.",
    );
  });

  it("can be chosen by SIEM_CREDENTIAL, which the setting overrules", async () => {
    const env = { SIEM_CREDENTIAL: "oidcToken", SIEM_CLIENT_SECRET: "hunter2" };
    await expect(getToken(env)).rejects.toThrow("the chosen credential oidcToken is not there");
    await expect(getToken(env, { credential: "auto" })).rejects.toThrow("the chosen credential oidcToken");
    await getToken(env, { credential: "clientSecret" });
    expect(entra.received).toHaveLength(1);
  });
});
