import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type ActivityFixture,
  CLIENT,
  contentPath,
  errorCode,
  HOUR,
  MINUTE,
  MORNING,
  startFixture,
  TENANT,
} from "./localActivityFixture.ts";

const GENERAL = "Audit.General";
const AT_WILL = { knobs: { startThrottleMinutes: 0 } };

interface Received {
  headers: Record<string, unknown>;
  body: unknown;
}

interface Endpoint {
  address: string;
  /** Every request, the oldest first. */
  received: Received[];
  /** Status of the next answers. */
  answer: { status: number };
}

/** A SIEM's webhook endpoint with the certificate of the local tenant. */
async function startEndpoint({ tls }: ActivityFixture): Promise<Endpoint> {
  const received: Received[] = [];
  const answer = { status: 200 };
  const server = createServer({ key: tls.key, cert: tls.cert }, async (request, response) => {
    received.push({ headers: request.headers, body: JSON.parse(await text(request)) });
    const redirected = request.url === "/elsewhere";
    response.writeHead(redirected ? 200 : answer.status, { Location: "/elsewhere" }).end();
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
  return { address: `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received, answer };
}

function body(webhook: object | null): { body: string } {
  return { body: JSON.stringify({ webhook }) };
}

describe("start with a webhook", () => {
  it("asks the endpoint first, with the code in header and body", async () => {
    const fixture = await startFixture();
    const { address, received } = await startEndpoint(fixture);
    const reply = await fixture.start(GENERAL, body({ address, authId: "o365", expiration: "" }));
    expect(JSON.parse(reply.body)).toEqual({
      contentType: GENERAL,
      status: "enabled",
      webhook: { status: "enabled", address, authId: "o365", expiration: null },
    });
    const [{ headers, body: sent }] = received as [Received];
    expect(headers["webhook-authid"]).toBe("o365");
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(sent).toEqual({ validationCode: headers["webhook-validationcode"] });
  });

  it("shows in the list in another order and with the expiration as it was written", async () => {
    const fixture = await startFixture();
    const { address } = await startEndpoint(fixture);
    await fixture.start(GENERAL, body({ address, authId: "o365", expiration: "" }));
    const { body: listed } = await fixture.ask("subscriptions/list");
    expect(listed).toContain(
      `"webhook":{"authId":"o365","address":"${address}","expiration":"","status":"enabled"}`,
    );
  });

  it.each([
    ["AF20021", "an endpoint that answers 202", 202, {}],
    ["AF20021", "an endpoint that redirects to one that answers 200", 302, {}],
    ["AF20021", "an address without https", 200, { address: "http://127.0.0.1/hook" }],
    ["AF20021", "an address that nobody answers at", 200, { address: "https://127.0.0.1:1/hook" }],
    ["AF20001", "no address", 200, { address: undefined }],
    ["AF20003", "an expiration that is past", 200, { expiration: "2026-01-05T07:59:59Z" }],
    ["AF20002", "an expiration that is no time", 200, { expiration: "soon" }],
  ])("fails with %s for %s and subscribes to nothing", async (code, _what, status, webhook) => {
    const fixture = await startFixture();
    const { address, answer } = await startEndpoint(fixture);
    answer.status = status;
    const reply = await fixture.start(GENERAL, body({ address, ...webhook }));
    expect([reply.status, errorCode(reply)]).toEqual([400, code]);
    expect(await fixture.list()).toEqual([]);
  });

  it("refuses a body that is not JSON", async () => {
    const { start } = await startFixture();
    expect(await start(GENERAL, { body: "webhook=1" })).toMatchObject({
      status: 400,
      body: '{"Message":"The request is invalid."}',
    });
  });
});

describe("start on an enabled subscription", () => {
  it("sets, changes and removes the webhook, and refuses what changes nothing", async () => {
    const fixture = await startFixture(AT_WILL);
    const { address } = await startEndpoint(fixture);
    const webhook = async () => ((await fixture.list()) as { webhook: unknown }[])[0]?.webhook;

    await fixture.start();
    expect((await fixture.start(GENERAL, body({ address }))).status).toBe(200);
    expect(errorCode(await fixture.start(GENERAL, body({ address, authId: null })))).toBe("AF20024");
    expect((await fixture.start(GENERAL, body({ address, authId: "new" }))).status).toBe(200);
    expect(await webhook()).toMatchObject({ authId: "new" });
    expect((await fixture.start(GENERAL, body(null))).status).toBe(200);
    expect(await webhook()).toBeNull();
    expect(errorCode(await fixture.start(GENERAL, { body: "{}" }))).toBe("AF20024");
  });

  it("leaves everything as it is when the new endpoint does not answer 200", async () => {
    const fixture = await startFixture(AT_WILL);
    const { address } = await startEndpoint(fixture);
    await fixture.start(GENERAL, body({ address }));
    const before = await fixture.list();
    expect(errorCode(await fixture.start(GENERAL, body({ address: "https://127.0.0.1:1/" })))).toBe(
      "AF20021",
    );
    expect(await fixture.list()).toEqual(before);
  });

  it("enables a disabled or expired webhook again", async () => {
    const fixture = await startFixture(AT_WILL);
    const { address } = await startEndpoint(fixture);
    const status = () => fixture.service.subscriptions()[0]?.webhook?.status;

    await fixture.start(GENERAL, body({ address, expiration: "2026-01-05T09:00:00Z" }));
    expect(fixture.service.disableWebhook(GENERAL)).toBe(1);
    expect(status()).toBe("disabled");
    await fixture.start(GENERAL, body({ address, expiration: "2026-01-05T09:00:00Z" }));
    expect(status()).toBe("enabled");
    fixture.clock.now += HOUR;
    expect(status()).toBe("expired");
    await fixture.start(GENERAL, body({ address, expiration: "2026-01-06T09:00:00Z" }));
    expect(status()).toBe("enabled");
  });

  it("shows a webhook that vanished as none", async () => {
    const fixture = await startFixture();
    const { address } = await startEndpoint(fixture);
    await fixture.start(GENERAL, body({ address }));
    expect(fixture.service.removeWebhook(GENERAL)).toBe(1);
    expect(await fixture.list()).toEqual([{ contentType: GENERAL, status: "enabled", webhook: null }]);
  });
});

describe("notifications", () => {
  it("tell the endpoint about new content, at most ten blobs at a time", async () => {
    const fixture = await startFixture();
    const { address, received } = await startEndpoint(fixture);
    await fixture.start(GENERAL, body({ address, authId: "o365" }));
    const events = Array.from({ length: 12 }, (_none, index) => `{"Id":${index}}`);
    fixture.service.publish(GENERAL, events, { eventsPerBlob: 1, duplicateShare: 0 });
    await fixture.service.deliverNotifications();

    const [, ...notifications] = received;
    expect(notifications.map(({ body }) => (body as unknown[]).length)).toEqual([10, 2]);
    const listed = await fixture.content();
    expect(notifications.flatMap(({ body }) => body)).toEqual(
      listed.map(item => ({ tenantId: TENANT, clientId: CLIENT, ...item })),
    );
    expect(notifications[0]?.headers["webhook-authid"]).toBe("o365");
  });

  it("are repeated after 1, 2, 4 ... 60 minutes until the webhook is disabled", async () => {
    const fixture = await startFixture({ knobs: { webhookFailuresUntilDisabled: 9 } });
    const { address, received, answer } = await startEndpoint(fixture);
    await fixture.start(GENERAL, body({ address }));
    answer.status = 204;
    fixture.service.publish(GENERAL, ["{}"]);
    const attemptedAt: number[] = [];
    for (let minute = 0; minute < 400; minute++) {
      const before = received.length;
      await fixture.service.deliverNotifications();
      if (received.length > before) attemptedAt.push(minute);
      fixture.clock.now += MINUTE;
    }
    expect(attemptedAt).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183]);
    expect(fixture.service.subscriptions()[0]?.webhook?.status).toBe("disabled");
  });

  it("are listed with every attempt, page by page", async () => {
    const fixture = await startFixture({ knobs: { pageSize: 1 } });
    const { address, answer } = await startEndpoint(fixture);
    await fixture.start(GENERAL, body({ address }));
    fixture.service.publish(GENERAL, ["{}"]);
    answer.status = 500;
    await fixture.service.deliverNotifications();
    answer.status = 200;
    fixture.clock.now += MINUTE;
    await fixture.service.deliverNotifications();

    const path = contentPath({ from: MORNING, to: MORNING + HOUR }).replace("content?", "notifications?");
    const first = await fixture.ask(path);
    const second = await fixture.ask(first.headers.nextpageuri as string);
    expect([first, second].flatMap(reply => JSON.parse(reply.body))).toMatchObject([
      { notificationSent: "2026-01-05T08:00:00.000Z", notificationStatus: "failed", contentType: GENERAL },
      { notificationSent: "2026-01-05T08:01:00.000Z", notificationStatus: "success" },
    ]);
    expect(second.headers.nextpageuri).toBeUndefined();
  });

  it("are an empty list without webhook and an error without enabled subscription", async () => {
    const { start, stop, ask } = await startFixture();
    const path = contentPath({ from: MORNING, to: MORNING + HOUR }).replace("content?", "notifications?");
    await start();
    expect(await ask(path)).toMatchObject({ status: 200, body: "[]" });
    await stop();
    expect(errorCode(await ask(path))).toBe("AF20023");
  });
});
