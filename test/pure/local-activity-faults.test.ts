import { describe, expect, it } from "vitest";
import type { Fault } from "../../local/activity/faultDefinition.ts";
import {
  type ActivityFixture,
  CLIENT,
  errorCode,
  OTHER_CLIENT,
  startFixture,
  tokenWith,
} from "./localActivityFixture.ts";

const GENERAL = "Audit.General";
const LIST = "subscriptions/list";
const FOREIGN = "https://attacker.example";

async function startWithContent(): Promise<ActivityFixture & { blobPath: string }> {
  const fixture = await startFixture({ knobs: { startThrottleMinutes: 0 } });
  await fixture.start();
  const [blob] = fixture.service.publish(GENERAL, ['{"Id":"1"}', '{"Id":"2"}'], {
    duplicateShare: 0,
    shuffle: false,
  });
  return { ...fixture, blobPath: `audit/${blob!.contentId}` };
}

describe("a fault", () => {
  it("hits the next matching request and is used up by it", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "error", code: "AF50000" } });
    const hit = await ask(LIST);
    expect([hit.status, errorCode(hit)]).toEqual([500, "AF50000"]);
    expect((await ask(LIST)).status).toBe(200);
    expect(service.faults()).toEqual([]);
  });

  it("can hit several requests, after letting some pass", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ skip: 1, times: 2, effect: { kind: "html" } });
    const statuses: number[] = [];
    for (let request = 0; request < 4; request++) statuses.push((await ask(LIST)).status);
    expect(statuses).toEqual([200, 502, 502, 200]);
  });

  it("can hit always, until it is cleared", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ times: "always", effect: { kind: "tokenRejected" } });
    for (let request = 0; request < 3; request++) expect((await ask(LIST)).status).toBe(401);
    service.clearFaults();
    expect((await ask(LIST)).status).toBe(200);
  });

  it.each<[string, Partial<Fault>]>([
    ["the operation", { operation: "blob" }],
    ["the content type", { contentType: "Audit.Exchange" }],
    ["the application", { clientId: OTHER_CLIENT }],
    ["the content id", { contentId: "20260105" }],
  ])("spares requests that differ in %s", async (_what, condition) => {
    const { service, content } = await startWithContent();
    service.setFault({ ...condition, effect: { kind: "html" } });
    expect(await content()).toHaveLength(1);
    expect(service.faults()).toHaveLength(1);
  });

  it("hits the request that agrees in all of them", async () => {
    const { service, ask, blobPath } = await startWithContent();
    const contentId = blobPath.slice("audit/".length);
    service.setFault({
      operation: "blob",
      contentType: GENERAL,
      clientId: CLIENT,
      contentId,
      effect: { kind: "html", status: 503 },
    });
    expect((await ask(blobPath)).status).toBe(503);
  });

  it("spares requests without a good token", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "html" } });
    expect((await ask(LIST, { token: null })).status).toBe(401);
    expect(service.faults()).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ['effect.kind cannot be "explode"; use answer, error,', { effect: { kind: "explode" } }],
    ["effect.kind cannot be undefined", {}],
    ['operation cannot be "liste"', { operation: "liste", effect: { kind: "reset" } }],
    [
      'operation cannot be "blob" with the effect pageLoop; use content, notifications.',
      { operation: "blob", effect: { kind: "pageLoop" } },
    ],
    ['contentType cannot be "General"', { contentType: "General", effect: { kind: "reset" } }],
    ['times cannot be 0; use a whole number from 1 or "always".', { times: 0, effect: { kind: "reset" } }],
    ["The effect slowBody needs a number: effect.bytesPerSecond.", { effect: { kind: "slowBody" } }],
    ['"AF1" is not an AF code known here', { effect: { kind: "error", code: "AF1" } }],
    ["effect.status cannot be 500; use 403, 429.", { effect: { kind: "throttle", status: 500 } }],
  ])("that could never happen is refused: %s", async (message, fault) => {
    const { service } = await startFixture();
    expect(() => service.setFault(fault as Fault)).toThrow(message);
    expect(service.faults()).toEqual([]);
  });
});

describe("an answer that fails", () => {
  it("may be any", async () => {
    const { service, ask } = await startFixture();
    const headers = { "X-Odd": "yes" };
    service.setFault({ effect: { kind: "answer", status: 418, body: "teapot", headers } });
    const reply = await ask(LIST);
    expect(reply).toMatchObject({ status: 418, body: "teapot" });
    expect(reply.headers["x-odd"]).toBe("yes");
  });

  it("may be an error with any code, status and message", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "error", code: "AF20012", status: 403, message: "later" } });
    const reply = await ask(LIST);
    expect([reply.status, JSON.parse(reply.body).error]).toEqual([
      403,
      { code: "AF20012", message: "later" },
    ]);
  });

  it.each([
    [403, undefined],
    [429, 7],
  ] as const)("may be AF429 as HTTP %i with Retry-After %s", async (status, retryAfterSeconds) => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "throttle", status, retryAfterSeconds } });
    const reply = await ask(LIST);
    expect([reply.status, errorCode(reply)]).toEqual([status, "AF429"]);
    expect(reply.headers["retry-after"]).toBe(retryAfterSeconds?.toString());
  });

  it("may be the start throttle, which starts nothing", async () => {
    const { service, start, list } = await startFixture();
    service.setFault({ effect: { kind: "startThrottle", remainingSeconds: 896 } });
    expect((await start()).body).toContain("14m 56s");
    expect(await list()).toEqual([]);
  });

  it("may be a gateway's page", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "html" } });
    const reply = await ask(LIST);
    expect([reply.status, reply.headers["content-type"]]).toEqual([502, "text/html"]);
    expect(reply.body).toMatch(/^<html>/);
  });
});

describe("a connection", () => {
  it("may break before the answer, the request having had no effect", async () => {
    const { service, start, list } = await startFixture();
    service.setFault({ effect: { kind: "reset" } });
    await expect(start()).rejects.toThrow("socket hang up");
    expect(await list()).toEqual([]);
  });

  it("may break before the answer although the request took effect", async () => {
    const { service, start, list } = await startFixture();
    service.setFault({ effect: { kind: "reset", processed: true } });
    await expect(start()).rejects.toThrow("socket hang up");
    expect(await list()).toHaveLength(1);
  });

  it("may break within a body whose whole length was announced", async () => {
    const { service, ask, blobPath } = await startWithContent();
    service.setFault({ operation: "blob", effect: { kind: "truncate", afterBytes: 5 } });
    await expect(ask(blobPath)).rejects.toMatchObject({ message: "aborted", received: '[{"Id' });
    expect(await ask(blobPath)).toMatchObject({ body: '[{"Id":"1"},{"Id":"2"}]' });
  });

  it("may break within a streamed body", async () => {
    const { service, ask } = await startWithContent();
    const { contentId } = service.publishStream(GENERAL, () => ["1".repeat(100_000), "2".repeat(100_000)]);
    service.setFault({ operation: "blob", effect: { kind: "truncate", afterBytes: 1 } });
    await expect(ask(`audit/${contentId}`)).rejects.toThrow("aborted");
  });

  it("may stay silent while others are answered", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "silence" } });
    let answered = false;
    const silent = ask(LIST).finally(() => {
      answered = true;
    });
    await expect.poll(() => service.requests()[0]?.fault).toBe("silence");
    expect((await ask(LIST)).status).toBe(200);
    expect(answered).toBe(false);
    // Closing the server at the end of the test is what ends it.
    silent.catch(() => {});
  });
});

describe("a body", () => {
  it("may be complete but no JSON", async () => {
    const { service, ask, blobPath } = await startWithContent();
    service.setFault({ operation: "blob", effect: { kind: "malformedJson" } });
    const reply = await ask(blobPath);
    expect(reply.status).toBe(200);
    expect(() => JSON.parse(reply.body)).toThrow();
  });

  it("may come slowly and still whole", async () => {
    const { service, ask, blobPath } = await startWithContent();
    service.setFault({ operation: "blob", effect: { kind: "slowBody", bytesPerSecond: 200 } });
    const reply = await ask(blobPath);
    expect(reply).toMatchObject({ status: 200, body: '[{"Id":"1"},{"Id":"2"}]' });
    expect(reply.pieces).toBeGreaterThan(1);
  });
});

describe("a listing", () => {
  it("may lead to a next page or to content on another host", async () => {
    const { service, ask, url } = await startWithContent();
    const path = `subscriptions/content?contentType=${GENERAL}&startTime=2026-01-05&endTime=2026-01-06`;
    service.setFault({ effect: { kind: "nextPageOrigin", origin: FOREIGN } });
    const next = (await ask(path)).headers.nextpageuri as string;
    expect(new URL(next).origin).toBe(FOREIGN);
    expect(new URL(next).pathname).toContain("/subscriptions/content");

    service.setFault({ effect: { kind: "contentOrigin", origin: FOREIGN } });
    const [item] = JSON.parse((await ask(path)).body);
    expect(item.contentUri).toMatch(`${FOREIGN}/api/v1.0/`);
    expect(item.contentUri).not.toContain(url);
  });

  it("may lead to itself", async () => {
    const { service, ask, url } = await startWithContent();
    service.setFault({ times: "always", effect: { kind: "pageLoop" } });
    const path = `subscriptions/content?contentType=${GENERAL}&startTime=2026-01-05&endTime=2026-01-06`;
    const next = (await ask(path)).headers.nextpageuri as string;
    expect(next.startsWith(url) && next.endsWith(path)).toBe(true);
    expect((await ask(next)).headers.nextpageuri).toBe(next);
  });

  it("may show a subscription as disabled that start has just answered to be enabled", async () => {
    const { service, start, list } = await startFixture();
    service.setFault({ times: 2, effect: { kind: "listedAsDisabled" } });
    expect((await start()).body).toContain('"status":"enabled"');
    const disabled = [{ contentType: GENERAL, status: "disabled", webhook: null }];
    expect([await list(), await list()]).toEqual([disabled, disabled]);
    expect(await list()).toEqual([{ contentType: GENERAL, status: "enabled", webhook: null }]);
  });

  it("may leave out the status", async () => {
    const { service, list } = await startWithContent();
    service.setFault({ effect: { kind: "listedWithoutStatus" } });
    expect(await list()).toEqual([{ contentType: GENERAL, webhook: null }]);
  });
});

describe("the request log", () => {
  it("tells what was asked, by whom and with which outcome, and no credential", async () => {
    const { service, ask, blobPath } = await startWithContent();
    service.clearRequests();
    service.setFault({ effect: { kind: "html" } });
    const secret = tokenWith({ jti: "secret" });
    await ask(`${blobPath}?publisherIdentifier=99999999-2222-4333-8444-555555555555`, { token: secret });
    await ask("subscriptions", { token: secret });
    expect(service.requests()).toMatchObject([
      {
        at: "2026-01-05T08:00:00.000Z",
        method: "GET",
        operation: "blob",
        contentId: blobPath.slice("audit/".length),
        publisherIdentifier: "99999999-2222-4333-8444-555555555555",
        clientId: CLIENT,
        status: 502,
        fault: "html",
      },
      { operation: null, status: 404 },
    ]);
    expect(JSON.stringify(service.requests())).not.toContain(secret);
  });

  it("has no status for a request that was never answered", async () => {
    const { service, ask } = await startFixture();
    service.setFault({ effect: { kind: "reset" } });
    await expect(ask(LIST)).rejects.toThrow();
    expect(service.requests()).toMatchObject([{ operation: "list", status: null, fault: "reset" }]);
  });
});

describe("the knobs", () => {
  it.each([
    [{ pageSise: 1 }, 'There is no knob "pageSise". The knobs are latencyMilliseconds, '],
    [{ pageSize: 0 }, "The knob pageSize cannot be 0; use a number from 1."],
    [{ duplicateShare: 5 }, "The knob duplicateShare cannot be 5; use a number from 0 to 1."],
    [{ quotaStatus: 500 }, "The knob quotaStatus cannot be 500; use 403 or 429."],
    [{ gzip: "yes" }, 'The knob gzip cannot be "yes"; use true or false.'],
  ])("refuse %j and change nothing", async (changes, message) => {
    const { service } = await startFixture();
    const before = service.knobs;
    expect(() => service.turnKnobs({ strictWindow: true, ...changes } as object)).toThrow(message);
    expect(service.knobs).toEqual(before);
  });

  it("can lift the quota and put the clock behind", async () => {
    const { service } = await startFixture();
    service.turnKnobs({ quotaPerMinute: null, clockSkewMilliseconds: -5 });
    expect(service.knobs).toMatchObject({ quotaPerMinute: null, clockSkewMilliseconds: -5 });
  });
});
