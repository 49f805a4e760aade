import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  ACTIVITY_API_CLIENT_ID,
  assertionFields,
  createClientCertificate,
  type EntraFixture,
  registerReader,
  requestToken,
  startFixture,
} from "./localEntraFixture.ts";

let fixture: EntraFixture;
let clientId: string;
let applicationObjectId: string;
let servicePrincipalObjectId: string;
let secret: string;

beforeAll(async () => {
  fixture = await startFixture();
  const { application, servicePrincipal } = registerReader(fixture.directory);
  clientId = application.clientId;
  applicationObjectId = application.objectId;
  servicePrincipalObjectId = servicePrincipal.objectId;
  secret = fixture.directory.addPassword(applicationObjectId).secretText;
});
afterAll(() => fixture.close());
afterEach(() => {
  fixture.clock.aheadMilliseconds = 0;
});

interface Refusal {
  because: string;
  code: number;
  status: number;
  error: string;
  fields?: () => Record<string, string>;
  where?: { tenant?: string; endpoint?: string };
}

const withSecret = (changes: Record<string, string> = {}) => ({
  client_id: clientId,
  client_secret: secret,
  ...changes,
});

const REFUSALS: Refusal[] = [
  {
    because: "the tenant is neither a GUID nor a domain",
    where: { tenant: "my tenant" },
    code: 900023,
    status: 400,
    error: "invalid_request",
  },
  {
    because: "the tenant is unknown",
    where: { tenant: "11111111-2222-4333-8444-555555555555" },
    code: 90002,
    status: 400,
    error: "invalid_request",
  },
  {
    because: "the tenant is unknown by that domain",
    where: { tenant: "contoso.com" },
    code: 90002,
    status: 400,
    error: "invalid_request",
  },
  {
    because: "the tenant is not named",
    where: { tenant: "common" },
    code: 50059,
    status: 400,
    error: "invalid_request",
  },
  {
    because: "the grant type is of a user",
    fields: () => withSecret({ grant_type: "password" }),
    code: 70003,
    status: 400,
    error: "unsupported_grant_type",
  },
  {
    because: "the client id is missing",
    fields: () => ({ client_secret: secret }),
    code: 900144,
    status: 400,
    error: "invalid_request",
  },
  {
    because: "the application is unknown",
    fields: () => withSecret({ client_id: randomUUID() }),
    code: 700016,
    status: 400,
    error: "unauthorized_client",
  },
  {
    because: "no credential is sent",
    fields: () => ({ client_id: clientId }),
    code: 7000218,
    status: 401,
    error: "invalid_client",
  },
  {
    because: "the secret is wrong",
    fields: () => withSecret({ client_secret: "wrong" }),
    code: 7000215,
    status: 401,
    error: "invalid_client",
  },
  {
    because: "the secret has expired",
    fields: () => {
      const endDateTime = new Date(Date.now() - 1000);
      const { secretText } = fixture.directory.addPassword(applicationObjectId, { endDateTime });
      return withSecret({ client_secret: secretText });
    },
    code: 7000222,
    status: 401,
    error: "invalid_client",
  },
  {
    because: "the secret is not valid yet",
    fields: () => {
      const startDateTime = new Date(Date.now() + 60_000);
      const { secretText } = fixture.directory.addPassword(applicationObjectId, { startDateTime });
      return withSecret({ client_secret: secretText });
    },
    code: 7000215,
    status: 401,
    error: "invalid_client",
  },
  {
    because: "the secret has been removed",
    fields: () => {
      const { keyId, secretText } = fixture.directory.addPassword(applicationObjectId);
      fixture.directory.removePassword(applicationObjectId, keyId);
      return withSecret({ client_secret: secretText });
    },
    code: 7000215,
    status: 401,
    error: "invalid_client",
  },
  {
    because: "the scope does not end in /.default",
    fields: () => withSecret({ scope: "https://manage.office.com/ActivityFeed.Read" }),
    code: 70011,
    status: 400,
    error: "invalid_scope",
  },
  {
    because: "the scope names two resources",
    fields: () =>
      withSecret({ scope: "https://manage.office.com/.default https://storage.azure.com/.default" }),
    code: 70011,
    status: 400,
    error: "invalid_scope",
  },
  {
    because: "the resource is unknown",
    fields: () => withSecret({ scope: "https://manage.example.com/.default" }),
    code: 500011,
    status: 400,
    error: "invalid_resource",
  },
  {
    because: "the resource is unknown, at the endpoint of version 1.0",
    fields: () => withSecret({ resource: "https://manage.example.com" }),
    where: { endpoint: "oauth2/token" },
    code: 500011,
    status: 400,
    error: "invalid_resource",
  },
  {
    because: "the assertion is not a token",
    fields: () => assertionFields(clientId, "not-a-token"),
    code: 50027,
    status: 400,
    error: "invalid_request",
  },
];

describe("a token request is refused", () => {
  it.each(REFUSALS)("with $code when $because", async ({ fields = withSecret, where, ...expected }) => {
    const { status, body } = await requestToken(fixture, fields(), where);
    expect({ code: body.error_codes[0], status, error: body.error }).toEqual({
      code: expected.code,
      status: expected.status,
      error: expected.error,
    });
  });

  it("with 7000229 when the application has no service principal", async () => {
    const application = fixture.directory.createApplication({ displayName: "alone" });
    const { secretText } = fixture.directory.addPassword(application.objectId);
    const { status, body } = await requestToken(fixture, {
      client_id: application.clientId,
      client_secret: secretText,
    });
    expect([status, body.error_codes]).toEqual([401, [7000229]]);
  });

  it("with 7000112 while the service principal is disabled", async () => {
    fixture.directory.updateServicePrincipal(servicePrincipalObjectId, { accountEnabled: false });
    expect((await requestToken(fixture, withSecret())).body.error_codes).toEqual([7000112]);
    fixture.directory.updateServicePrincipal(servicePrincipalObjectId, { accountEnabled: true });
    expect((await requestToken(fixture, withSecret())).status).toBe(200);
  });

  it("with 500011 after the principal of the Management Activity API was deleted", async () => {
    const { objectId } = fixture.directory.findServicePrincipalByClientId(ACTIVITY_API_CLIENT_ID)!;
    fixture.directory.deleteServicePrincipal(objectId);
    expect((await requestToken(fixture, withSecret())).body.error_codes).toEqual([500011]);
    fixture.directory.createServicePrincipal(ACTIVITY_API_CLIENT_ID);
  });

  it("with 9002313 when it is not a form", async () => {
    const response = await fetch(`${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(withSecret()),
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error_codes: [9002313] }]);
  });
});

describe("a certificate assertion is refused", () => {
  type Certificate = Awaited<ReturnType<typeof createClientCertificate>>;

  function sign(
    { signingKey, thumbprintSha1 }: Certificate,
    changes: { audience?: string; end?: string } = {},
  ) {
    return new SignJWT({ iss: clientId, sub: clientId, jti: randomUUID() })
      .setProtectedHeader({ alg: "RS256", x5t: Buffer.from(thumbprintSha1, "hex").toString("base64url") })
      .setAudience(changes.audience ?? `${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/v2.0/token`)
      .setNotBefore("10 minutes ago")
      .setExpirationTime(changes.end ?? "10 minutes from now")
      .sign(signingKey);
  }

  async function codeFor(assertion: string): Promise<number> {
    const { body } = await requestToken(fixture, assertionFields(clientId, assertion));
    return body.error_codes?.[0];
  }

  it("with 700027 when the certificate is not registered", async () => {
    expect(await codeFor(await sign(await createClientCertificate()))).toBe(700027);
  });

  it("with 700027 when it claims a registered certificate and is signed by another key", async () => {
    const registered = await createClientCertificate();
    const other = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, registered.certificate);
    expect(await codeFor(await sign({ ...registered, signingKey: other.signingKey }))).toBe(700027);
    expect(await codeFor(await sign(registered))).toBeUndefined();
  });

  it("with 700027 when the certificate itself has expired", async () => {
    const expired = await createClientCertificate(0.5);
    fixture.directory.addCertificate(applicationObjectId, expired.certificate);
    expect(await codeFor(await sign(expired))).toBe(700027);
  });

  it("with 700024 when it has expired, or lies in the future by the clock of Entra", async () => {
    const registered = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, registered.certificate);
    expect(await codeFor(await sign(registered, { end: "6 minutes ago" }))).toBe(700024);
    fixture.clock.aheadMilliseconds = -3_600_000;
    expect(await codeFor(await sign(registered))).toBe(700024);
  });

  it("with 700024 when it would never expire", async () => {
    const { certificate, signingKey, thumbprintSha1 } = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, certificate);
    const endless = await new SignJWT({ iss: clientId, sub: clientId, aud: fixture.entra.url })
      .setProtectedHeader({ alg: "RS256", x5t: Buffer.from(thumbprintSha1, "hex").toString("base64url") })
      .sign(signingKey);
    expect(await codeFor(endless)).toBe(700024);
  });

  it("with 700023 when it was made for somebody else", async () => {
    const registered = await createClientCertificate();
    fixture.directory.addCertificate(applicationObjectId, registered.certificate);
    expect(await codeFor(await sign(registered, { audience: "https://login.example.com/token" }))).toBe(
      700023,
    );
  });
});

describe("the body of a refusal", () => {
  it("has every field of Entra's, with the caller's correlation id", async () => {
    const correlationId = randomUUID();
    const response = await fetch(`${fixture.entra.url}/${fixture.directory.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      headers: { "client-request-id": correlationId },
      body: new URLSearchParams({
        grant_type: "client_credentials",
        scope: "https://manage.office.com/.default",
        client_id: clientId,
        client_secret: "a-secret-of-another-application",
      }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: the body is what the test is about
    const body = (await response.json()) as any;
    expect(body).toEqual({
      error: "invalid_client",
      error_description: expect.any(String),
      error_codes: [7000215],
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
      trace_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      correlation_id: correlationId,
      error_uri: `${fixture.entra.url}/error?code=7000215`,
    });
    expect(body.error_description).toMatch(/^AADSTS7000215: \S.*\.\s/);
    expect(body.error_description).toContain(
      ` Trace ID: ${body.trace_id} Correlation ID: ${correlationId} Timestamp: ${body.timestamp}`,
    );
    expect(response.headers.get("x-ms-request-id")).toBe(body.trace_id);
    expect(JSON.stringify(body)).not.toContain("a-secret-of-another-application");
  });
});
