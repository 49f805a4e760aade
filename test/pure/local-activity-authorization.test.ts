import { describe, expect, it } from "vitest";
import { errorCode, OTHER_TENANT, startFixture, TENANT, tokenWith } from "./localActivityFixture.ts";

const DENIED = '{"Message":"Authorization has been denied for this request."}';
const LIST = "subscriptions/list";

describe("a token", () => {
  it.each([
    ["is missing", null],
    ["is not one", "?"],
    ["is for another audience", tokenWith({ aud: "https://graph.microsoft.com" })],
    ["is for the audience with a slash at its end", tokenWith({ aud: "https://manage.office.com/" })],
    ["names no tenant", tokenWith({ tid: undefined })],
    ["names no application", tokenWith({ appid: undefined })],
  ])("that %s is denied in ASP.NET's words, 61 bytes", async (_what, token) => {
    const { ask } = await startFixture();
    const reply = await ask(LIST, { token });
    expect(reply).toMatchObject({ status: 401, body: DENIED });
    expect(reply.body).toHaveLength(61);
    expect(reply.headers["www-authenticate"]).toBe("Bearer");
  });

  it("may be for any of several audiences, one per cloud", async () => {
    const gcc = "https://manage-gcc.office.com";
    const { ask } = await startFixture({ audience: ["https://manage.office.com", gcc] });
    expect((await ask(LIST, { token: tokenWith({ aud: gcc }) })).status).toBe(200);
  });

  it("without roles is told that its permission set is empty", async () => {
    const { ask } = await startFixture();
    const reply = await ask(LIST, { token: tokenWith({ roles: undefined }) });
    expect(reply.status).toBe(401);
    expect(JSON.parse(reply.body)).toEqual({
      error: {
        code: "AF10001",
        message: "The permission set () sent in the request does not include the expected permission.",
      },
    });
  });

  it("with another role is told which it has", async () => {
    const { ask } = await startFixture();
    const reply = await ask(LIST, { token: tokenWith({ roles: ["ServiceHealth.Read"] }) });
    expect(JSON.parse(reply.body).error.message).toContain("(ServiceHealth.Read)");
  });

  it("may carry the permission as delegated scope", async () => {
    const { ask } = await startFixture();
    const token = tokenWith({ roles: undefined, scp: "ActivityFeed.Read profile" });
    expect((await ask(LIST, { token })).status).toBe(200);
  });

  it("needs ActivityFeed.ReadDlp for DLP.All, and for nothing else", async () => {
    const { start } = await startFixture();
    const dlp = { token: tokenWith({ roles: ["ActivityFeed.Read", "ActivityFeed.ReadDlp"] }) };
    expect(errorCode(await start("DLP.All"))).toBe("AF10001");
    expect((await start("Audit.General")).status).toBe(200);
    expect((await start("DLP.All", dlp)).status).toBe(200);
  });
});

describe("a tenant in the path", () => {
  const feed = (url: string, tenant: string) => `${url}/api/v1.0/${tenant}/activity/feed/${LIST}`;

  it.each([
    ["that is a domain name", "contoso.example", "AF20013"],
    ["that is not the token's", OTHER_TENANT, "AF20010"],
  ])("%s is refused with %s: %s", async (_what, tenant, code) => {
    const { ask, url } = await startFixture();
    const reply = await ask(feed(url, tenant));
    expect([reply.status, errorCode(reply)]).toEqual([400, code]);
  });

  it("that nobody knows is refused with AF20011", async () => {
    const { ask, url } = await startFixture();
    const reply = await ask(feed(url, OTHER_TENANT), { token: tokenWith({ tid: OTHER_TENANT }) });
    expect([reply.status, errorCode(reply)]).toEqual([400, "AF20011"]);
  });

  it("may be any of several and in any letter case", async () => {
    const { ask, url } = await startFixture({ tenantId: [TENANT, OTHER_TENANT.toUpperCase()] });
    const reply = await ask(feed(url, OTHER_TENANT), { token: tokenWith({ tid: OTHER_TENANT }) });
    expect(reply.status).toBe(200);
  });
});

describe("the order of the checks", () => {
  // Each request is wrong in the named way and in all the ways that come after it.
  const badPublisher = "PublisherIdentifier=nobody";
  const noRoles = tokenWith({ roles: [] });

  it.each([
    ["route", `${TENANT}/activity/feed/nonsense?${badPublisher}`, null, 404],
    ["token", `contoso/activity/feed/subscriptions/content?${badPublisher}`, null, 401],
    ["tenant syntax", `contoso/activity/feed/subscriptions/content?${badPublisher}`, noRoles, "AF20013"],
    [
      "tenant match",
      `${OTHER_TENANT}/activity/feed/subscriptions/content?${badPublisher}`,
      noRoles,
      "AF20010",
    ],
    ["permission", `${TENANT}/activity/feed/subscriptions/content?${badPublisher}`, noRoles, "AF10001"],
    ["quota", `${TENANT}/activity/feed/subscriptions/content?${badPublisher}`, tokenWith(), "AF429"],
  ])("puts the %s next", async (_what, path, token, expected) => {
    const { ask, url } = await startFixture({ knobs: { quotaPerMinute: 0 } });
    const reply = await ask(`${url}/api/v1.0/${path}`, { token });
    expect(typeof expected === "number" ? reply.status : errorCode(reply)).toBe(expected);
  });

  it.each([
    ["publisher identifier", badPublisher, "AF20002"],
    ["missing content type", "startTime=2026-01-05", "AF20001"],
    ["invalid content type", "contentType=Audit.Genral&startTime=2026-01-05", "AF20020"],
    ["subscription", "contentType=Audit.General&startTime=2026-01-05", "AF20022"],
  ])("then puts the %s", async (_what, query, code) => {
    const { ask } = await startFixture();
    const reply = await ask(`subscriptions/content?${query}`);
    expect([reply.status, errorCode(reply)]).toEqual([400, code]);
  });
});

describe("a route", () => {
  it("that does not exist is answered in ASP.NET's words with the whole address", async () => {
    const { ask, url } = await startFixture();
    const reply = await ask("subscriptions", { token: null });
    const address = `${url}/api/v1.0/${TENANT}/activity/feed/subscriptions`;
    expect(reply.status).toBe(404);
    expect(JSON.parse(reply.body)).toEqual({
      Message: `No HTTP resource was found that matches the request URI '${address}'.`,
    });
  });

  it.each([
    ["GET", "subscriptions/start?contentType=Audit.General"],
    ["GET", "subscriptions/stop?contentType=Audit.General"],
    ["POST", "subscriptions/list"],
    ["DELETE", "audit/1"],
  ])("that does not take %s answers 405: %s", async (method, target) => {
    const { ask } = await startFixture();
    const reply = await ask(target, { method, token: null });
    expect(reply).toMatchObject({
      status: 405,
      body: `{"Message":"The requested resource does not support http method '${method}'."}`,
    });
  });

  it("is found in any letter case, and under v1 as under v1.0", async () => {
    const { ask, url } = await startFixture();
    for (const path of ["/API/V1.0/", "/api/v1/"]) {
      const reply = await ask(`${url}${path}${TENANT}/Activity/Feed/Subscriptions/LIST`);
      expect(reply).toMatchObject({ status: 200, body: "[]" });
    }
  });
});

describe("an answer", () => {
  it("carries the headers of the real service and the time of its clock", async () => {
    const { ask } = await startFixture({ knobs: { clockSkewMilliseconds: 600_000 } });
    const { headers, rawHeaders } = await ask(LIST);
    expect(headers).toMatchObject({
      "cache-control": "no-cache",
      pragma: "no-cache",
      expires: "-1",
      "content-type": "application/json; charset=utf-8",
      server: "Microsoft-IIS/10.0",
      date: "Mon, 05 Jan 2026 08:10:00 GMT",
    });
    expect(rawHeaders).toContain("X-AspNet-Version");
    expect(Object.keys(headers).filter(name => /rate|limit|retry/.test(name))).toEqual([]);
  });
});

describe("the quota", () => {
  const publisher = "99999999-2222-4333-8444-555555555555";

  it("counts a tenant's requests by the minute and names method and publisher", async () => {
    const { ask, clock } = await startFixture({ knobs: { quotaPerMinute: 1 } });
    expect((await ask(LIST)).status).toBe(200);
    const anonymous = await ask("audit/1");
    expect(anonymous.status).toBe(403);
    expect(JSON.parse(anonymous.body).error).toEqual({
      code: "AF429",
      message: "Too many requests. Method=GetBlob, PublisherId=00000000-0000-0000-0000-000000000000",
    });
    const named = await ask(`${LIST}?publisherIdentifier=${publisher}`);
    expect(JSON.parse(named.body).error.message).toContain(`PublisherId=${publisher}`);

    clock.now += 60_000;
    expect((await ask(LIST)).status).toBe(200);
  });

  it("answers 429 with Retry-After when the knobs say so, in single quotes too", async () => {
    const { ask } = await startFixture({
      knobs: { quotaPerMinute: 0, quotaStatus: 429, retryAfterHeader: true, singleQuoteErrors: true },
    });
    const reply = await ask(LIST);
    expect([reply.status, reply.headers["retry-after"]]).toEqual([429, "60"]);
    expect(reply.body).toMatch(/^\{'error':\{'code':'AF429','message':'/);
  });
});
