import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TokenErrorCode } from "../../local/entra/tokenErrors.ts";
import { ACTIVITY_API, type EntraFixture, requestToken, startFixture } from "./localEntraFixture.ts";

const CLIENT_ID = "3e3b2a5f-0b6c-4f2e-9a0d-2f1c5b7a9d10";
const OTHER_CLIENT_ID = "5b0c7f0a-93a5-4c35-8a55-0e6c6d0a7f11";
const SECRET = "a-secret-that-nobody-may-see";

let fixture: EntraFixture;

beforeAll(async () => {
  fixture = await startFixture();
  fixture.directory.registerConsentedClient(CLIENT_ID, SECRET, ["ActivityFeed.Read"]);
  fixture.directory.registerConsentedClient(OTHER_CLIENT_ID, SECRET);
});
afterAll(() => fixture.close());

const ask = (clientId = CLIENT_ID, secret = SECRET) =>
  requestToken(fixture, { client_id: clientId, client_secret: secret });

describe("faults that a test orders", () => {
  it("let the next requests of one client fail with a code, and no other client's", async () => {
    fixture.entra.failNextTokenRequests({ clientId: CLIENT_ID, count: 2, code: 700016 });
    expect((await ask(OTHER_CLIENT_ID)).status).toBe(200);
    expect((await ask()).body).toMatchObject({ error: "unauthorized_client", error_codes: [700016] });
    expect((await ask()).status).toBe(400);
    expect((await ask()).status).toBe(200);
  });

  it("play an authority that is not available for a moment", async () => {
    fixture.entra.failNextTokenRequests({ clientId: CLIENT_ID, count: 1, code: 90033 });
    const { status, body } = await ask();
    expect([status, body.error]).toEqual([503, "temporarily_unavailable"]);
    expect((await ask()).status).toBe(200);
  });

  it("keep a role out of the next tokens, as while a grant spreads", async () => {
    fixture.entra.delayRoles({ clientId: CLIENT_ID, count: 2 });
    const roles = [];
    for (let request = 1; request <= 3; request++) {
      roles.push(decodeJwt((await ask()).body.access_token).roles);
    }
    expect(roles).toEqual([undefined, undefined, ["ActivityFeed.Read"]]);
  });

  it("are refused with a code that the local Entra does not know", () => {
    const fault = { clientId: CLIENT_ID, count: 1, code: 1 as TokenErrorCode };
    expect(() => fixture.entra.failNextTokenRequests(fault)).toThrow(
      "does not know AADSTS1. It knows 28002,",
    );
  });
});

describe("the list of requests seen", () => {
  it("tells who asked for what and the outcome, and holds no secret", async () => {
    const before = fixture.entra.requests().length;
    await ask();
    await ask(CLIENT_ID, "wrong-secret");
    await requestToken(
      fixture,
      { client_id: OTHER_CLIENT_ID, client_secret: SECRET },
      { endpoint: "oauth2/token" },
    );
    const seen = { tenant: fixture.directory.tenantId, clientId: CLIENT_ID };
    expect(fixture.entra.requests().slice(before)).toEqual([
      {
        at: expect.any(Date),
        ...seen,
        endpoint: "v2",
        resource: `${ACTIVITY_API}/.default`,
        outcome: "token",
      },
      {
        at: expect.any(Date),
        ...seen,
        endpoint: "v2",
        resource: `${ACTIVITY_API}/.default`,
        outcome: "AADSTS7000215",
      },
      {
        at: expect.any(Date),
        ...seen,
        clientId: OTHER_CLIENT_ID,
        endpoint: "v1",
        resource: ACTIVITY_API,
        outcome: "token",
      },
    ]);
    expect(JSON.stringify(fixture.entra.requests())).not.toMatch(/secret/);
  });

  it("has the requests of managed identities too", async () => {
    const { clientId } = fixture.directory.createManagedIdentity("poller");
    await fixture.entra.requestManagedIdentityToken(fixture.directory, clientId, ACTIVITY_API);
    expect(fixture.entra.requests().at(-1)).toMatchObject({
      endpoint: "managedIdentity",
      clientId,
      outcome: "token",
    });
  });
});
