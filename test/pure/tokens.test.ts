/** How tokens are asked for, kept and shared, against an Entra of the test's own that believes every proof. */
import { createServer } from "node:net";
import { getGlobalDispatcher, setGlobalDispatcher } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CLOUDS, Cloud } from "../../activity-api/clouds.ts";
import { decodeClaims } from "../../activity-api/jwt.ts";
import { type TokenSettings, type TokenSource, tokenSource } from "../../activity-api/tokens.ts";
import { type FakeEntra, refusal, startFakeEntra } from "./fakeEntra.ts";

const tenantId = "11111111-2222-4333-8444-555555555555";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
const env = { SIEM_CLIENT_SECRET: "hunter2-of-the-siem" };
let entra: FakeEntra;

beforeAll(async () => {
  entra = await startFakeEntra();
});
afterAll(() => entra.close());
beforeEach(() => entra.reset());

function source(settings: Partial<TokenSettings> = {}): TokenSource {
  return tokenSource({ tenantId, clientId, cloud: "commercial", authorityUrl: entra.url, ...settings }, env);
}

const idOf = (token: string) => decodeClaims(token)?.jti;

describe("a token request", () => {
  it.each(Object.values(Cloud))("asks in %s for the audience of its Management Activity API", async cloud => {
    await source({ cloud }).getToken();
    expect(entra.received).toHaveLength(1);
    expect(entra.received[0]).toMatchObject({
      method: "POST",
      path: `/${tenantId}/oauth2/v2.0/token`,
      form: {
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: env.SIEM_CLIENT_SECRET,
        scope: `${CLOUDS[cloud].audience}/.default`,
      },
    });
  });

  it("asks for the scope that is given", async () => {
    const scope = "https://management.azure.com/.default";
    const settings = { tenantId, clientId, cloud: "commercial", authorityUrl: entra.url, scope } as const;
    await tokenSource(settings, { SIEM_CLIENT_ID: clientId, ...env }).getToken();
    expect(entra.received[0]!.form.scope).toBe(scope);
  });

  it("goes to the login host of the setting and to nobody else, not even to look the host up", async () => {
    const usual = getGlobalDispatcher();
    const origins: unknown[] = [];
    setGlobalDispatcher(
      usual.compose(dispatch => (options, handler) => {
        origins.push(options.origin);
        return dispatch(options, handler);
      }),
    );
    await source().getToken();
    setGlobalDispatcher(usual);
    expect(origins).toEqual([entra.url]);
  });

  it.each([
    [{ tenantId: "contoso.com" }, "is a domain name"],
    [{ clientId: "siem" }, 'The client id "siem" is not a GUID'],
    [{ authorityUrl: "http://login.example" }, 'authorityUrl "http://login.example" is not https'],
  ])("is not made with %j", (settings, reason) => {
    expect(() => source(settings)).toThrow(reason);
  });
});

describe("a token source", () => {
  it("asks once for the calls of an hour", async () => {
    const tokens = source();
    expect(await tokens.getToken()).toBe(await tokens.getToken());
    expect(entra.received).toHaveLength(1);
  });

  it("asks once for calls at the same time", async () => {
    const tokens = source();
    const all = await Promise.all([tokens.getToken(), tokens.getToken(), tokens.getToken()]);
    expect(new Set(all).size).toBe(1);
    expect(entra.received).toHaveLength(1);
  });

  it("asks Entra anew when a refresh is forced, and keeps the new token", async () => {
    const tokens = source();
    const first = await tokens.getToken();
    const second = await tokens.getToken({ forceRefresh: true });
    expect(idOf(second)).not.toBe(idOf(first));
    expect(await tokens.getToken()).toBe(second);
    expect(entra.received).toHaveLength(2);
  });

  it("does not pass off a request that was under way as the forced refresh, and lets the newer token win", async () => {
    const tokens = source();
    const release = entra.hold();
    const early = tokens.getToken();
    const forced = tokens.getToken({ forceRefresh: true });
    const alsoForced = tokens.getToken({ forceRefresh: true });
    release();
    expect(idOf(await forced)).not.toBe(idOf(await early));
    expect(await alsoForced).toBe(await forced);
    expect(await tokens.getToken()).toBe(await forced);
    expect(entra.received).toHaveLength(2);
  });

  it("asks again before each use while what is left of a token is too short", async () => {
    const short = { token_type: "Bearer", expires_in: 299, access_token: "short" };
    entra.answerNext({ status: 200, body: short });
    const tokens = source();
    expect(await tokens.getToken()).toBe("short");
    expect(await tokens.getToken()).not.toBe("short");
    expect(entra.received).toHaveLength(2);
  });

  it("asks again after a refusal, which is not remembered", async () => {
    entra.answerNext(refusal(700016, "Application not found.", 400));
    const tokens = source();
    await expect(tokens.getToken()).rejects.toThrow("AADSTS700016");
    expect(idOf(await tokens.getToken())).toMatch(/^token-/);
  });

  it("asks again after an overload, as soon as Entra allows", async () => {
    const overloaded = {
      ...refusal(90033, "A transient error has occurred.", 503),
      headers: { "retry-after": "0" },
    };
    entra.answerNext(overloaded, { ...overloaded, status: 429 });
    expect(idOf(await source().getToken())).toMatch(/^token-/);
    expect(entra.received).toHaveLength(3);
  });

  it("gives an overload back as transient instead of waiting for long, and is not blocked by it", async () => {
    const overloaded = { ...refusal(90055, "Too many requests.", 429), headers: { "retry-after": "600" } };
    entra.answerNext(overloaded);
    const tokens = source();
    await expect(tokens.getToken()).rejects.toMatchObject({ errorClass: "transient", code: "AADSTS90055" });
    expect(entra.received).toHaveLength(1);
    expect(idOf(await tokens.getToken())).toMatch(/^token-/);
  });

  it("says that the login host is not reached", async () => {
    const port = await freePort();
    await expect(source({ authorityUrl: `https://127.0.0.1:${port}` }).getToken()).rejects.toMatchObject({
      name: "TokenError",
      errorClass: "transient",
      message:
        `No token of application ${clientId} in tenant ${tenantId} (credential clientSecret): ` +
        `127.0.0.1:${port} was not reached: ECONNREFUSED. Check the network. Passed over before it:\n` +
        `  certificate: SIEM_CLIENT_CERTIFICATE_PATH is not set, ARM_CLIENT_CERTIFICATE_PATH is not set, ` +
        `AZURE_CLIENT_CERTIFICATE_PATH is not set`,
    });
  });

  it("does not take an answer that is neither a token nor an error for a success", async () => {
    entra.answerNext({ status: 400, body: { message: "No." } });
    await expect(source().getToken()).rejects.toThrow(
      "The login host answered with neither a token nor an error. Try again.",
    );
  });

  it("says that something in between answered instead of the login host", async () => {
    entra.answerNext({ status: 407, body: "<html>Proxy login</html>" });
    await expect(source().getToken()).rejects.toThrow(
      `${entra.host} answered HTTP 407 without JSON: a proxy may be in between.`,
    );
  });
});

/** A port on which nobody listens any more. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise(resolve => server.close(resolve));
  return port;
}
