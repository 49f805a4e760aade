/**
 * The client against the Management Activity API of the local tenant. It proves what goes over the wire and how answers
 * are taken; it cannot prove that Microsoft's service answers like the local one.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ActivityApiClient, type ContentItem } from "../../activity-api/client.ts";
import { type ActivityApiFixture, minutes, startActivityApiFixture, tenantId } from "./activityApiFixture.ts";

const hour = 60 * minutes;
const contentType = "Audit.General";
const events = ['{"Id":"1","RecordType":28}', '{"Id":"2","RecordType":41}', '{"Id":"3","RecordType":64}'];

let api: ActivityApiFixture;
let client: ActivityApiClient;
beforeEach(async () => {
  api = await startActivityApiFixture();
  client = api.client();
  api.service.turnKnobs({ shuffleEvents: false, duplicateShare: 0 });
});
afterEach(() => api.close());

function lastHour() {
  return { start: new Date(api.clock.now() - hour), end: new Date(api.clock.now() + minutes) };
}

async function listAll(window = lastHour()): Promise<ContentItem[][]> {
  const pages: ContentItem[][] = [];
  for await (const page of client.listContent(contentType, window)) pages.push(page);
  return pages;
}

async function read(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks).toString();
}

async function firstBlob(): Promise<ContentItem> {
  await client.startSubscription(contentType);
  api.clock.advance(minutes);
  api.service.publish(contentType, events, { eventsPerBlob: 10 });
  const [[item]] = (await listAll()) as [[ContentItem]];
  return item;
}

describe("the subscriptions", () => {
  it("are none in a tenant that never subscribed", async () => {
    expect(await client.listSubscriptions()).toEqual([]);
  });

  it("are listed with status and webhook as the service says", async () => {
    const started = await client.startSubscription(contentType);
    expect(started).toEqual({ contentType, status: "enabled", webhook: null });
    expect(await client.listSubscriptions()).toEqual([started]);
  });

  it("are started and stopped by a POST that states its length, which IIS wants", async () => {
    api.service.turnKnobs({ requireContentLength: true });
    await client.startSubscription(contentType);
    await client.stopSubscription(contentType);
    expect(api.service.subscriptions()).toMatchObject([{ contentType, status: "disabled" }]);
  });

  it("are listed again after failures that pass, with growing waits", async () => {
    api.service.setFault({ operation: "list", times: 3, effect: { kind: "html", status: 503 } });
    expect(await client.listSubscriptions()).toEqual([]);
    const [first, second, third] = api.clock.sleeps as [number, number, number];
    expect(first).toBeGreaterThanOrEqual(250);
    expect(second).toBeGreaterThanOrEqual(first);
    expect(third).toBeGreaterThanOrEqual(second);
  });

  it("are asked for until the budget is used up, and then the last failure is told", async () => {
    api.service.setFault({ operation: "list", times: "always", effect: { kind: "error", code: "AF50000" } });
    await expect(client.listSubscriptions()).rejects.toMatchObject({ code: "AF50000", status: 500 });
    expect(api.clock.sleptMilliseconds).toBeLessThanOrEqual(2 * minutes);
    expect(api.requests("list").length).toBeGreaterThan(4);
  });

  it.each([
    ["a broken connection", { kind: "reset" }],
    ["a truncated body", { kind: "truncate" }],
    ["JSON that ends too early", { kind: "malformedJson" }],
    ["a log-in page with HTTP 200", { kind: "html", status: 200 }],
    ["JSON that is no list", { kind: "answer", status: 200, body: '{"value":[]}' }],
  ] as const)("are asked for again after %s", async (_what, effect) => {
    await client.startSubscription(contentType);
    api.service.setFault({ operation: "list", effect });
    expect(await client.listSubscriptions()).toHaveLength(1);
  });

  it("are not started a second time after a failure that may have counted as a start", async () => {
    api.service.setFault({ operation: "start", effect: { kind: "reset", processed: true } });
    await expect(client.startSubscription(contentType)).rejects.toMatchObject({
      code: "unreachable",
      action: "retry",
    });
    expect(api.requests("start")).toHaveLength(1);
  });

  it("are refused at once for a tenant that the token does not belong to", async () => {
    api.service.setFault({ operation: "list", effect: { kind: "error", code: "AF20010" } });
    await expect(client.listSubscriptions()).rejects.toMatchObject({
      code: "AF20010",
      action: "fixSettings",
    });
    expect(api.requests("list")).toHaveLength(1);
  });
});

describe("the token", () => {
  it("is asked for once for many requests", async () => {
    await Promise.all([client.listSubscriptions(), client.listSubscriptions(), client.listSubscriptions()]);
    expect(api.tokens.requested).toBe(1);
  });

  it("is renewed once when the service rejects it, and the request repeated", async () => {
    api.service.setFault({ operation: "list", effect: { kind: "tokenRejected" } });
    expect(await client.listSubscriptions()).toEqual([]);
    expect(api.tokens.requested).toBe(2);
  });

  it("is not renewed for ever", async () => {
    api.service.setFault({ operation: "list", times: "always", effect: { kind: "tokenRejected" } });
    await expect(client.listSubscriptions()).rejects.toMatchObject({
      code: "authorizationDenied",
      status: 401,
    });
    expect(api.requests("list")).toHaveLength(2);
  });

  it("is renewed once for many requests that were rejected together", async () => {
    await client.listSubscriptions();
    api.tokens.revokeAll();
    await Promise.all(Array.from({ length: 5 }, () => client.listSubscriptions()));
    expect(api.tokens.requested).toBe(2);
  });

  it("is renewed with the next request after it was discarded", async () => {
    await client.listSubscriptions();
    client.discardToken();
    await client.listSubscriptions();
    expect(api.tokens.requested).toBe(2);
  });

  it("is not taken for wrong when the clock is", async () => {
    api.service.turnKnobs({ clockSkewMilliseconds: 10 * minutes });
    api.service.setFault({ operation: "list", effect: { kind: "tokenRejected" } });
    await expect(client.listSubscriptions()).rejects.toThrow("it is 10 minutes behind the service's");
    expect(api.tokens.requested).toBe(1);
  });

  it("is looked at before it is used", async () => {
    const careful = api.client({
      checkToken: (_token, asked) => {
        if (asked === "DLP.All") throw new Error("the role is missing");
      },
    });
    await careful.startSubscription(contentType);
    await expect(careful.startSubscription("DLP.All")).rejects.toThrow("the role is missing");
    expect(api.requests("start")).toHaveLength(1);
  });

  it("without the role is refused with what to grant", async () => {
    api.tokens.roles = [];
    await expect(client.listSubscriptions()).rejects.toMatchObject({ code: "AF10001", action: "grantRole" });
  });

  it("without the role is not used again, since the role may be granted by then", async () => {
    api.tokens.roles = [];
    await expect(client.listSubscriptions()).rejects.toMatchObject({ code: "AF10001" });
    api.tokens.roles = ["ActivityFeed.Read"];
    await expect(client.listSubscriptions()).resolves.toEqual([]);
  });
});

describe("the publisher identifier", () => {
  it("is the tenant id by default and goes with every request, page and blob", async () => {
    api.service.turnKnobs({ pageSize: 1, nextPageDropsPublisher: true });
    await client.startSubscription(contentType);
    api.clock.advance(minutes);
    api.service.publish(contentType, events, { eventsPerBlob: 1 });
    const pages = await listAll();
    await read(await client.fetchContent(pages[0]![0]!.contentUri));
    await client.listSubscriptions();
    await client.stopSubscription(contentType);
    const requests = api.service.requests();
    expect(requests.map(({ operation }) => operation)).toEqual([
      "start",
      "content",
      "content",
      "content",
      "blob",
      "list",
      "stop",
    ]);
    expect(new Set(requests.map(({ publisherIdentifier }) => publisherIdentifier))).toEqual(
      new Set([tenantId]),
    );
  });
});

describe("a list of content", () => {
  it.each(["NextPageUri", "nextpageuri", "NextPageUrl"] as const)(
    "follows the header %s to the last page",
    async nextPageHeader => {
      api.service.turnKnobs({ pageSize: 2, nextPageHeader, nextPageApiVersion: "v1" });
      await client.startSubscription(contentType);
      api.clock.advance(minutes);
      api.service.publish(contentType, [...events, ...events], { eventsPerBlob: 1 });
      const pages = await listAll();
      expect(pages.map(page => page.length)).toEqual([2, 2, 2]);
      expect(new Set(pages.flat().map(({ contentId }) => contentId)).size).toBe(6);
    },
  );

  it("asks for whole seconds in UTC without a zone", async () => {
    await client.startSubscription(contentType);
    const start = new Date(Math.floor(api.clock.now() / 1000) * 1000 - hour);
    await listAll({ start, end: new Date(start.getTime() + hour + 999) });
    const [asked] = api.requests("content");
    expect(asked).toMatchObject({
      startTime: start.toISOString().slice(0, 19),
      endTime: new Date(start.getTime() + hour).toISOString().slice(0, 19),
    });
  });

  it("lists each content blob once, whatever the pages are like", async () => {
    await client.startSubscription(contentType);
    api.clock.advance(minutes);
    const published: string[] = [];
    const pages = fc.record({
      more: fc.integer({ min: 0, max: 4 }),
      pageSize: fc.integer({ min: 1, max: 7 }),
      nextPageHeader: fc.constantFrom("NextPageUri", "nextpageuri", "NextPageUrl"),
      nextPageApiVersion: fc.constantFrom("v1.0", "v1"),
      nextPageDropsPublisher: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(pages, async ({ more, ...knobs }) => {
        api.service.turnKnobs(knobs);
        for (const { contentId } of api.service.publish(contentType, Array(more).fill(events[0]), {
          eventsPerBlob: 1,
        }))
          published.push(contentId);
        const listed = (await listAll()).flat().map(({ contentId }) => contentId);
        expect(listed.toSorted()).toEqual(published.toSorted());
      }),
      { numRuns: 40 },
    );
  });

  it("ends with an error when a page links to one that was read", async () => {
    await client.startSubscription(contentType);
    api.service.setFault({ operation: "content", times: "always", effect: { kind: "pageLoop" } });
    await expect(listAll()).rejects.toMatchObject({ code: "pageLoop", action: "listAgain" });
  });

  it("takes the token to no other host that a page links to", async () => {
    const stranger = await startStranger();
    await client.startSubscription(contentType);
    const effect = { kind: "nextPageOrigin", origin: stranger.url } as const;
    api.service.setFault({ operation: "content", effect });
    await expect(listAll()).rejects.toMatchObject({ code: "foreignLink", action: "fixSettings" });
    expect(stranger.requests()).toBe(0);
    await stranger.close();
  });

  it("of a subscription that is disabled fails with AF20023", async () => {
    await client.startSubscription(contentType);
    api.service.disable(contentType);
    await expect(listAll()).rejects.toMatchObject({
      code: "AF20023",
      action: "startSubscription",
      contentType,
    });
  });

  it("of a content type that was never started fails with AF20022", async () => {
    await expect(listAll()).rejects.toMatchObject({ code: "AF20022", action: "startSubscription" });
  });

  it("of a window that is too wide fails with AF20055, and names the clock when that is wrong", async () => {
    await client.startSubscription(contentType);
    const window = { start: new Date(api.clock.now() - 25 * hour), end: new Date(api.clock.now()) };
    await expect(listAll(window)).rejects.toMatchObject({ code: "AF20055", action: "narrowWindow" });
    api.service.turnKnobs({ clockSkewMilliseconds: -hour });
    await expect(listAll(window)).rejects.toThrow("it is 60 minutes ahead of the service's");
  });
});

describe("a content blob", () => {
  it("is read byte for byte", async () => {
    const { contentUri } = await firstBlob();
    expect(await read(await client.fetchContent(contentUri))).toBe(`[${events.join(",")}]`);
  });

  it("is read byte for byte when the service compresses it", async () => {
    api.service.turnKnobs({ gzip: true });
    const { contentUri } = await firstBlob();
    expect(await read(await client.fetchContent(contentUri))).toBe(`[${events.join(",")}]`);
  });

  it.each([false, true])("that ends too early fails while it is read (compressed: %s)", async gzip => {
    const { contentUri } = await firstBlob();
    api.service.turnKnobs({ gzip });
    api.service.setFault({ operation: "blob", effect: { kind: "truncate" } });
    await expect(client.fetchContent(contentUri).then(read)).rejects.toMatchObject({
      code: "truncated",
      action: "retry",
    });
    expect(await read(await client.fetchContent(contentUri))).toBe(`[${events.join(",")}]`);
  });

  it.each([
    ["HTTP 403 and AF429", { kind: "throttle", status: 403 }],
    ["HTTP 429 and AF429", { kind: "throttle", status: 429 }],
    [
      "AF429 in single quotes",
      { kind: "answer", status: 403, body: "{'error':{'code':'AF429','message':'Too many'}}" },
    ],
    ["HTTP 503", { kind: "html", status: 503 }],
    ["a broken connection", { kind: "reset" }],
  ] as const)("is fetched again after %s", async (_what, effect) => {
    const { contentUri } = await firstBlob();
    api.service.setFault({ operation: "blob", effect });
    expect(await read(await client.fetchContent(contentUri))).toBe(`[${events.join(",")}]`);
  });

  it("that is throttled makes the other requests wait as well", async () => {
    const { contentUri } = await firstBlob();
    api.service.setFault({
      operation: "blob",
      effect: { kind: "throttle", status: 403, retryAfterSeconds: 17 },
    });
    const before = api.clock.now();
    await read(await client.fetchContent(contentUri));
    expect(api.clock.now() - before).toBe(17_000);
  });

  it("fails at once when the service wants a longer wait than there is time for, and so do the others", async () => {
    const { contentUri } = await firstBlob();
    api.service.setFault({
      operation: "blob",
      times: 1,
      effect: { kind: "throttle", status: 429, retryAfterSeconds: 600 },
    });
    const before = api.requests("blob").length;
    await expect(client.fetchContent(contentUri)).rejects.toMatchObject({ code: "AF429" });
    await expect(client.listSubscriptions()).rejects.toMatchObject({
      code: "AF429",
      operation: "Listing the subscriptions",
      retryAfterSeconds: 600,
    });
    expect(api.requests("blob").length - before).toBe(1);
    expect(client.usage).toMatchObject({ throttled: 1 });

    api.clock.advance(600_000);
    expect(await read(await client.fetchContent(contentUri))).toBe(`[${events.join(",")}]`);
  });

  it("keeps to the quota that it is given, repeated requests included", async () => {
    const { contentUri } = await firstBlob();
    const slow = api.client({ requestsPerMinute: 60 });
    api.service.setFault({ operation: "blob", times: 1, effect: { kind: "answer", status: 503 } });
    const before = api.clock.now();
    for (let request = 0; request < 60; request += 1) await read(await slow.fetchContent(contentUri));
    expect(slow.usage).toEqual({ requests: 61, retried: 1, throttled: 0 });
    expect(api.clock.now() - before).toBeGreaterThanOrEqual(60_000);
  });

  it("is not fetched from another host that a list names", async () => {
    const stranger = await startStranger();
    await firstBlob();
    api.service.setFault({ operation: "content", effect: { kind: "contentOrigin", origin: stranger.url } });
    const [[item]] = (await listAll()) as [[ContentItem]];
    await expect(client.fetchContent(item.contentUri)).rejects.toMatchObject({ code: "foreignLink" });
    expect(stranger.requests()).toBe(0);
    await stranger.close();
  });

  it.each([
    ["does not exist", "AF20050"],
    ["has expired", "AF20051"],
    ["has an id that is not valid", "AF20052"],
  ])("that %s is to be recorded as lost", async (_what, code) => {
    const { contentUri } = await firstBlob();
    api.service.setFault({ operation: "blob", effect: { kind: "error", code } });
    await expect(client.fetchContent(contentUri)).rejects.toMatchObject({ code, action: "recordAsLost" });
    expect(api.requests("blob")).toHaveLength(1);
  });

  it("that is answered with a bare 404 is to be recorded as lost too", async () => {
    const { contentUri } = await firstBlob();
    api.service.setFault({ operation: "blob", effect: { kind: "answer", status: 404 } });
    await expect(client.fetchContent(contentUri)).rejects.toMatchObject({
      code: "blobNotFound",
      action: "recordAsLost",
    });
  });

  it("that never comes ends in an error", async () => {
    const { contentUri } = await firstBlob();
    api.service.setFault({ operation: "blob", effect: { kind: "silence" } });
    const impatient = api.client({ answerTimeoutSeconds: 0.2, retryBudgetSeconds: 0 });
    await expect(impatient.fetchContent(contentUri)).rejects.toMatchObject({ code: "unreachable" });
  });
});

describe("a service that is not there", () => {
  it("is said to be unreachable, with the reason", async () => {
    const stranger = await startStranger();
    await stranger.close();
    const settings = { tenantId, cloud: "commercial", activityApiUrl: stranger.url } as const;
    const lost = new ActivityApiClient(settings, api.tokens, { retryBudgetSeconds: 0 });
    await expect(lost.listSubscriptions()).rejects.toThrow(/was not reached \(unreachable\).*ECONNREFUSED/);
    await lost.close();
  });
});

/** Another host, which counts who comes. */
async function startStranger() {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end("[]");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: () => requests,
    close: () => new Promise(resolve => server.close(resolve)),
  };
}
