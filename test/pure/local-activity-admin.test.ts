import { describe, expect, it, onTestFinished } from "vitest";
import { startActivityAdmin } from "../../local/activity/admin.ts";
import {
  type ActivityFixture,
  CLIENT,
  OTHER_CLIENT,
  OTHER_TENANT,
  startFixture,
  TENANT,
} from "./localActivityFixture.ts";

interface AdminFixture extends ActivityFixture {
  admin(method: string, path: string, body?: string | Uint8Array): Promise<{ status: number; json: never }>;
}

async function startWithAdmin(): Promise<AdminFixture> {
  const fixture = await startFixture();
  const { url, close } = await startActivityAdmin(fixture.service);
  onTestFinished(close);
  return {
    ...fixture,
    admin: async (method, path, body) => {
      const response = await fetch(url + path, { method, body: body as string });
      return { status: response.status, json: (await response.json()) as never };
    },
  };
}

const PUBLISH = "/admin/events?contentType=Audit.General&duplicateShare=0&shuffle=false";

describe("the admin endpoint", () => {
  it("lists what it can do, also where it is asked for what it cannot", async () => {
    const { admin } = await startWithAdmin();
    const { routes } = (await admin("GET", "/admin")).json as { routes: object };
    expect(Object.keys(routes)).toContain("POST /admin/events?contentType=");
    expect(await admin("GET", "/admin/nonsense")).toMatchObject({ status: 404, json: { routes } });
  });

  it("publishes every line of an NDJSON body byte for byte", async () => {
    const { admin, start, content, ask } = await startWithAdmin();
    await start();
    const lines = ['{ "Id": "1",  "Subject": "fällig \\u00fc \\/" }', '{"Id":"2","n":1.0}'];
    const published = await admin("POST", PUBLISH, `${lines[0]}\r\n\n${lines[1]}`);
    const [item] = await content();
    expect(published).toMatchObject({ status: 200, json: { events: 2, blobs: [item] } });
    expect((await ask(item!.contentUri)).body).toBe(`[${lines.join(",")}]`);
  });

  it("publishes with the time, the bundling and the tenant that are asked for", async () => {
    const { admin } = await startWithAdmin();
    const times = "&created=2026-01-05T07:00:00Z&listedAt=2026-01-05T07:30:00Z";
    const reply = await admin(
      "POST",
      `${PUBLISH}${times}&eventsPerBlob=1&tenantId=${TENANT}`,
      "{}\n{}\n{}\n",
    );
    const { blobs } = reply.json as { blobs: { contentCreated: string; listedAt: string }[] };
    expect(blobs).toHaveLength(3);
    expect(blobs[0]).toMatchObject({
      contentCreated: "2026-01-05T07:00:00.000Z",
      listedAt: "2026-01-05T07:30:00.000Z",
    });
  });

  it.each<[string, string, string | Uint8Array]>([
    [
      "contentType is missing. Add ?contentType= with one of Audit.AzureActiveDirectory,",
      "/admin/events",
      "{}",
    ],
    ['"General" is not a content type.', "/admin/events?contentType=General", "{}"],
    ["Line 2 is not JSON", PUBLISH, "{}\n{nonsense\n"],
    ["Line 1 is not a JSON object: [1]. Give one event per line.", PUBLISH, "[1]"],
    ["The events are not UTF-8.", PUBLISH, new Uint8Array([0x7b, 0xff, 0x7d])],
    ['created cannot be "now"; use an ISO 8601 time', `${PUBLISH}&created=now`, "{}"],
    ['eventsPerBlob cannot be "0"; use a number from 1', `${PUBLISH}&eventsPerBlob=0`, "{}"],
    ["eventsPerBlob cannot be 1.5; use a whole number from 1.", `${PUBLISH}&eventsPerBlob=1.5`, "{}"],
    [`There is no tenant ${OTHER_TENANT} here.`, `${PUBLISH}&tenantId=${OTHER_TENANT}`, "{}"],
  ])("refuses bad input and publishes nothing: %s", async (message, path, body) => {
    const { admin, start, content } = await startWithAdmin();
    await start();
    const reply = await admin("POST", path, body);
    expect(reply.status).toBe(400);
    expect((reply.json as { error: string }).error).toContain(message);
    expect(await content()).toEqual([]);
  });

  it("calls it a conflict to publish where audit logging is off", async () => {
    const { admin } = await startWithAdmin();
    await admin("PATCH", "/admin/knobs", '{"auditingEnabled":false}');
    expect((await admin("POST", PUBLISH, "{}")).status).toBe(409);
  });

  it("disables and removes the subscriptions of every application", async () => {
    const { admin, start, list } = await startWithAdmin();
    await start();
    expect(await admin("POST", "/admin/subscriptions/disable?contentType=audit.general")).toMatchObject({
      status: 200,
      json: { changed: 1, subscriptions: [{ clientId: CLIENT, tenantId: TENANT, status: "disabled" }] },
    });
    expect(await list()).toMatchObject([{ status: "disabled" }]);
    expect((await admin("POST", "/admin/subscriptions/remove?contentType=Audit.General")).status).toBe(200);
    expect(await list()).toEqual([]);
    expect((await admin("GET", "/admin/subscriptions")).json).toEqual({ subscriptions: [] });
  });

  it("says which subscriptions there are when the one asked for is not among them", async () => {
    const { admin, start } = await startWithAdmin();
    await start();
    const path = `/admin/subscriptions/disable?contentType=Audit.General&clientId=${OTHER_CLIENT}`;
    expect(await admin("POST", path)).toEqual({
      status: 404,
      json: {
        error:
          "Nothing to do for /admin/subscriptions/disable: no such subscription to Audit.General. " +
          `The subscriptions are: Audit.General of ${CLIENT}.`,
      },
    });
    expect((await admin("POST", "/admin/webhooks/disable?contentType=Audit.General")).status).toBe(404);
  });

  it("sets one fault or several, shows and clears them", async () => {
    const { admin, ask } = await startWithAdmin();
    const reset = { effect: { kind: "html" } };
    await admin("POST", "/admin/faults", JSON.stringify(reset));
    await admin("POST", "/admin/faults", JSON.stringify([reset, { ...reset, times: "always" }]));
    expect((await ask("subscriptions/list")).status).toBe(502);
    expect((await admin("GET", "/admin/faults")).json).toMatchObject({
      faults: [{ times: 1 }, { times: "always" }],
    });
    await admin("DELETE", "/admin/faults");
    expect((await ask("subscriptions/list")).status).toBe(200);
  });

  it.each([
    ["POST", "/admin/faults", "{"],
    ["POST", "/admin/faults", '{"effect":{"kind":"boom"}}'],
    ["PATCH", "/admin/knobs", '{"pageSize":-1}'],
    ["PATCH", "/admin/knobs", ""],
  ])("refuses %s %s with the body %s", async (method, path, body) => {
    const { admin } = await startWithAdmin();
    expect((await admin(method, path, body)).status).toBe(400);
  });

  it("shows the requests seen and forgets them", async () => {
    const { admin, ask } = await startWithAdmin();
    await ask("subscriptions/list");
    expect((await admin("GET", "/admin/requests")).json).toMatchObject({
      requests: [{ operation: "list", clientId: CLIENT, status: 200 }],
    });
    await admin("DELETE", "/admin/requests");
    expect((await admin("GET", "/admin/requests")).json).toEqual({ requests: [] });
  });

  it("shows and turns the knobs", async () => {
    const { admin, service } = await startWithAdmin();
    expect((await admin("PATCH", "/admin/knobs", '{"pageSize":3}')).json).toMatchObject({ pageSize: 3 });
    expect((await admin("GET", "/admin/knobs")).json).toEqual(service.knobs);
  });
});
