/** The life of a VaultCertificate against the key vault of the local tenant, and what signs with it. Pulumi is not in it. */
import { createHash, X509Certificate } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { importX509, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Clock, systemClock } from "../../activity-api/clock.ts";
import type { Cloud } from "../../activity-api/clouds.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import type { VaultCertificateInputs } from "../../components/vault/vaultCertificateInputs.ts";
import {
  VaultCertificateLifecycle,
  type VaultCertificateOutputs,
} from "../../components/vault/vaultCertificateLifecycle.ts";
import {
  type ManagedIdentityEndpoint,
  startManagedIdentityEndpoint,
} from "../../local/entra/managedIdentity.ts";
import { type FakeEntra, startFakeEntra } from "./fakeEntra.ts";
import { type KeyVaultFixture, startKeyVaultFixture, VAULT } from "./keyVaultFixture.ts";
import { type EntraFixture, startFixture } from "./localEntraFixture.ts";

vi.setConfig({ testTimeout: 20_000 });

const DAY = 86_400_000;
const CLIENT_ID = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";

let entra: EntraFixture;
let vault: KeyVaultFixture;
let inputs: VaultCertificateInputs;
let name = 0;

beforeAll(async () => {
  entra = await startFixture();
  vault = await startKeyVaultFixture(entra);
});
afterAll(async () => {
  await vault?.close();
  await entra?.close();
});
beforeEach(() => {
  vault.revokeAll();
  vault.grant("Key Vault Certificates Officer", vault.deployer.principalObjectId);
  vault.clock.aheadMilliseconds = 0;
  name += 1;
  inputs = {
    vaultUri: vault.uri,
    certificateName: `reader-${name}`,
    tenantId: entra.directory.tenantId,
    authorityUrl: entra.entra.url,
  };
});

/** Waiting for a role takes no time on it; the vault makes certificates in real time. */
class FakeClock implements Clock {
  readonly #start = Date.now();
  ahead = 0;
  now(): number {
    return this.#start + this.ahead;
  }
  async sleep(milliseconds: number): Promise<void> {
    if (milliseconds < 15_000) return systemClock.sleep(milliseconds);
    this.ahead += milliseconds;
    await setImmediate();
  }
}

function lifecycle(clock?: Clock, report: (line: string) => void = () => {}): VaultCertificateLifecycle {
  const { clientId, clientSecret } = vault.deployer;
  return new VaultCertificateLifecycle({
    clock,
    report,
    env: { ARM_CLIENT_ID: clientId, ARM_CLIENT_SECRET: clientSecret },
  });
}

async function create(): Promise<VaultCertificateOutputs> {
  return (await lifecycle().create(inputs)).outs;
}

describe("check", () => {
  it("lets a complete declaration through, without defaults written into it", () => {
    expect(lifecycle().check(inputs)).toEqual({ inputs, failures: [] });
  });

  it.each([
    ["vaultUri", "http://contoso.vault.azure.net/", "is not the URI of a key vault."],
    ["vaultUri", "contoso", "is not the URI of a key vault."],
    ["certificateName", "reader_1", "is not a name for a certificate."],
    ["subject", "reader", "is not the subject of a certificate. Write it like CN=reader."],
    ["validityMonths", 0, "0 is not a whole number of months from 1 to 24. 12 is the default."],
    ["renewBeforeDays", 400, "400 is not a whole number of days from 1 to 365."],
    ["renewBeforeDays", 340, "340 days before its end, a certificate of 12 months is hardly made."],
    ["roleTimeoutMinutes", 1.5, "1.5 is not a whole number of minutes from 1 to 60."],
    ["tenantId", "contoso.onmicrosoft.com", "domain name"],
  ])("refuses a wrong %s, %s", (property, value, reason) => {
    const { failures } = lifecycle().check({ ...inputs, [property]: value });
    expect(failures).toEqual([{ property, reason: expect.stringContaining(reason) }]);
  });
});

describe("create", () => {
  it("has a certificate made whose key nobody gets, and tells what is public of it", async () => {
    const { id, outs } = await lifecycle().create(inputs);
    const certificate = new X509Certificate(Buffer.from(outs.certificate, "base64"));
    expect(id).toBe(`${vault.uri}certificates/${inputs.certificateName}`);
    expect(outs).toEqual({
      ...inputs,
      certificate: outs.certificate,
      thumbprint: certificate.fingerprint256.replaceAll(":", ""),
      keyId: expect.stringMatching(new RegExp(`^${vault.uri}keys/${inputs.certificateName}/[0-9a-f]{32}$`)),
      notAfter: certificate.validToDate.toISOString().replace(".000Z", "Z"),
      state: "valid",
    });
    expect(certificate.subject).toBe(`CN=${inputs.certificateName}`);
    expect((certificate.validToDate.getTime() - Date.now()) / DAY).toBeGreaterThan(360);
    expect(JSON.stringify(outs)).not.toContain("PRIVATE KEY");
  });

  it("waits while the deployer's role spreads, and says so", async () => {
    vault.revokeAll();
    const said: string[] = [];
    const clock = new FakeClock();
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async milliseconds => {
      vault.grant("Key Vault Certificates Officer", vault.deployer.principalObjectId);
      await sleep(milliseconds);
    };
    const { outs } = await lifecycle(clock, line => said.push(line)).create(inputs);
    expect(outs.state).toBe("valid");
    expect(said).toEqual(["The deployer may not make certificates in the key vault yet; trying again."]);
  });

  it("gives the role up after its time, and names it", async () => {
    vault.revokeAll();
    vault.grant("Key Vault Crypto User", vault.deployer.principalObjectId);
    const clock = new FakeClock();
    const created = lifecycle(clock).create({ ...inputs, roleTimeoutMinutes: 2 });
    await expect(created).rejects.toThrow(
      /refuses https:.*\/create: HTTP 403 ForbiddenByRbac\. Caller is not authorized .* The deployer needs the role Key Vault Certificates Officer on the vault\.$/,
    );
    expect(clock.ahead).toBe(120_000);
  });

  it("says how to bring back a certificate that was deleted, since its name is taken", async () => {
    await create();
    vault.vaults.certificatesOf(VAULT.name).delete(inputs.certificateName);
    await expect(create()).rejects.toThrow(
      `Run: az keyvault certificate recover --id ${vault.uri}deletedcertificates/${inputs.certificateName}`,
    );
  });
});

describe("renewal", () => {
  it("is a change once less than 90 days are left, or as many as are declared", async () => {
    const olds = await create();
    const inDays = (days: number, news = inputs) =>
      lifecycle({ now: () => Date.now() + days * DAY, sleep: async () => {} }).diff(olds, news).changes;
    expect(inDays(0)).toBe(false);
    expect(inDays(270)).toBe(false);
    expect(inDays(280)).toBe(true);
    expect(inDays(280, { ...inputs, renewBeforeDays: 30 })).toBe(false);
  });

  it("makes a new version, and leaves the old one to what still signs with it", async () => {
    const olds = await create();
    const { outs } = await lifecycle().update(inputs);
    expect(outs.keyId).not.toBe(olds.keyId);
    expect(outs.thumbprint).not.toBe(olds.thumbprint);
    const { props } = await lifecycle().read("id", olds);
    expect(props).toEqual(olds);
    expect(lifecycle().diff(outs, inputs)).toEqual({ changes: false, replaces: [] });
  });

  it("replaces the certificate only where its vault or name is another", async () => {
    const olds = await create();
    expect(lifecycle().diff(olds, { ...inputs, vaultUri: "https://other.vault.azure.net/" })).toEqual({
      changes: true,
      replaces: ["vaultUri"],
    });
    expect(lifecycle().diff(olds, { ...inputs, validityMonths: 6 })).toEqual({ changes: true, replaces: [] });
    expect(lifecycle().diff(olds, { ...inputs, roleTimeoutMinutes: 5 })).toEqual({
      changes: false,
      replaces: [],
    });
  });
});

describe("read", () => {
  it("shows a certificate that somebody disabled, and an update makes another", async () => {
    const olds = await create();
    vault.vaults.certificatesOf(VAULT.name).disable(inputs.certificateName);
    const { props, inputs: found } = await lifecycle().read("id", olds);
    expect(props).toEqual({ ...olds, state: "disabled" });
    expect(found).toEqual(inputs);
    expect(lifecycle().diff(props!, inputs).changes).toBe(true);
  });

  it("fails without the role, and never takes a certificate that it may not see for one that is gone", async () => {
    const olds = await create();
    vault.revokeAll();
    await expect(lifecycle().read("id", olds)).rejects.toThrow(
      "The deployer needs the role Key Vault Certificates Officer on the vault.",
    );
  });

  it("finds nothing where the certificate is gone", async () => {
    const olds = await create();
    vault.vaults.certificatesOf(VAULT.name).delete(inputs.certificateName);
    expect(await lifecycle().read("id", olds)).toEqual({});
  });
});

describe("signing", () => {
  let identity: { clientId: string; principalObjectId: string };
  let endpoint: ManagedIdentityEndpoint;
  let login: FakeEntra;
  /** Of all these tests, since keys take their time. */
  let certificate: VaultCertificateOutputs;

  beforeAll(async () => {
    const { directory } = entra;
    identity = directory.createManagedIdentity("poller");
    endpoint = await startManagedIdentityEndpoint({
      directory,
      entra: entra.entra,
      clientIds: [identity.clientId],
    });
    // msal-node looks for the endpoint once, in the environment of the process.
    for (const [variable, value] of Object.entries(endpoint.environment)) vi.stubEnv(variable, value);
    login = await startFakeEntra();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await login?.close();
    await endpoint?.close();
  });
  beforeEach(async () => {
    certificate ??= await create();
    vault.grant("Key Vault Crypto User", identity.principalObjectId);
  });
  afterEach(() => login.reset());

  function getToken(env: NodeJS.ProcessEnv = {}, cloud: Cloud = "commercial"): Promise<string> {
    return tokenSource(
      {
        tenantId: entra.directory.tenantId,
        clientId: CLIENT_ID,
        cloud,
        authorityUrl: login.url,
      },
      {
        SIEM_CLIENT_CERTIFICATE_KEY_ID: certificate.keyId,
        SIEM_CLIENT_CERTIFICATE_THUMBPRINT: certificate.thumbprint,
        SIEM_MANAGED_IDENTITY_CLIENT_ID: identity.clientId,
        ...env,
      },
    ).getToken();
  }

  it("gives an assertion for this login host, signed by the key of the certificate, for ten minutes", async () => {
    await getToken();
    const shown = login.received[0]!.form;
    expect(shown.client_assertion_type).toBe("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const der = Buffer.from(certificate.certificate, "base64");
    const key = await importX509(new X509Certificate(der).toString(), "PS256");
    const { payload, protectedHeader } = await jwtVerify(shown.client_assertion!, key, {
      audience: `${login.url}/${entra.directory.tenantId}/oauth2/v2.0/token`,
      issuer: CLIENT_ID,
      subject: CLIENT_ID,
      algorithms: ["PS256"],
    });
    expect(protectedHeader["x5t#S256"]).toBe(createHash("sha256").update(der).digest("base64url"));
    expect(payload.exp! - payload.nbf!).toBe(600);
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("asks for the identity's token for the vaults of the US Government where the tenant is there", async () => {
    await getToken({}, "gccHigh");
    const asked = entra.entra.requests().filter(({ endpoint }) => endpoint === "managedIdentity");
    expect(asked.at(-1)?.resource).toBe("https://vault.usgovcloudapi.net");
  });

  it("names the role when the identity lacks it, as something that may yet come", async () => {
    vault.revokeAll();
    await expect(getToken()).rejects.toMatchObject({
      credential: "vaultCertificate",
      errorClass: "propagation",
      message: expect.stringContaining(
        `The key vault does not sign with ${certificate.keyId}: HTTP 403 ForbiddenByRbac. ` +
          "The poller's identity needs the role Key Vault Crypto User on the vault.",
      ),
    });
    expect(login.received).toEqual([]);
  });

  it("says that the key has expired", async () => {
    vault.clock.aheadMilliseconds = 400 * DAY;
    await expect(getToken()).rejects.toThrow(
      "The key is outside of its validity. Run pulumi up, which makes a new one.",
    );
  });

  it.each([
    [{ SIEM_CLIENT_CERTIFICATE_THUMBPRINT: "" }, "SIEM_CLIENT_CERTIFICATE_THUMBPRINT is not set, which"],
    [{ SIEM_CLIENT_CERTIFICATE_THUMBPRINT: "AB" }, '"AB" is not the SHA-256 of a certificate.'],
    [{ SIEM_MANAGED_IDENTITY_CLIENT_ID: "" }, "SIEM_MANAGED_IDENTITY_CLIENT_ID is not set, which"],
    [
      { SIEM_CLIENT_CERTIFICATE_KEY_ID: "https://x.vault.azure.net/keys/reader" },
      "is not the id of a key with its version.",
    ],
  ])("names a variable that is missing or wrong: %j", async (env, message) => {
    await expect(getToken(env)).rejects.toThrow(message);
  });

  it("says that the key was disabled", async () => {
    vault.vaults.certificatesOf(VAULT.name).disable(certificate.certificateName);
    await expect(getToken()).rejects.toThrow(
      "The key is disabled. Run pulumi up --refresh, which makes a new one, or enable it.",
    );
  });
});
