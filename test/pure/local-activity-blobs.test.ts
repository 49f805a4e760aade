import { get } from "node:https";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  DAY,
  errorCode,
  MORNING,
  OTHER_TENANT,
  startFixture,
  TENANT,
  tokenWith,
} from "./localActivityFixture.ts";

const GENERAL = "Audit.General";
const EXACT = { duplicateShare: 0, shuffle: false };

/** What a reader that parses and writes again would change. */
const HOSTILE = [
  '{ "Id" : "1" ,  "n": 1.0, "big": 9223372036854775807 }',
  '{"Id":"2","Subject":"Zahlung \\u00fcberf\\u00e4llig \\/ 🎁","x":"ä"}',
  '{"Id":"3","Data":"{\\"QueryTime\\":1,\\"QueryTime\\":2}","a":1,"a":2}',
];

describe("a content blob", () => {
  it("holds its events byte for byte", async () => {
    const { start, service, ask } = await startFixture();
    await start();
    const [blob] = service.publish(GENERAL, HOSTILE, EXACT);
    const reply = await ask(`audit/${blob!.contentId}`);
    expect(reply).toMatchObject({ status: 200, body: `[${HOSTILE.join(",")}]` });
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  it("is found in any letter case and with its dollars encoded", async () => {
    const { start, service, ask } = await startFixture();
    await start();
    const { contentId } = service.publish(GENERAL, ["{}"])[0]!;
    for (const path of [`Audit/${contentId.toUpperCase()}`, `audit/${contentId.replaceAll("$", "%24")}`]) {
      expect(await ask(path)).toMatchObject({ status: 200, body: "[{}]" });
    }
  });

  it("is compressed only for those who ask, and only when the knob says so", async () => {
    const { start, service, ask } = await startFixture();
    await start();
    const { contentId } = service.publish(GENERAL, HOSTILE, EXACT)[0]!;
    const zipped = { headers: { "Accept-Encoding": "gzip, deflate" } };
    expect((await ask(`audit/${contentId}`, zipped)).headers["content-encoding"]).toBeUndefined();
    service.turnKnobs({ gzip: true });
    expect((await ask(`audit/${contentId}`)).headers["content-encoding"]).toBeUndefined();
    expect((await ask(`audit/${contentId}`, zipped)).headers["content-encoding"]).toBe("gzip");
  });

  it("that is compressed holds the same bytes, streamed or not", async () => {
    const { start, service, url, tls } = await startFixture({ knobs: { gzip: true } });
    await start();
    const stored = service.publish(GENERAL, HOSTILE, EXACT)[0]!;
    const streamed = service.publishStream(GENERAL, () => HOSTILE);
    for (const { contentId } of [stored, streamed]) {
      const path = `${url}/api/v1.0/${TENANT}/activity/feed/audit/${contentId}`;
      const headers = { Authorization: `Bearer ${tokenWith()}`, "Accept-Encoding": "gzip" };
      const bytes = await new Promise<Buffer>((resolve, reject) => {
        get(path, { ca: tls.ca, headers }, async incoming =>
          resolve(Buffer.concat(await incoming.toArray())),
        ).on("error", reject);
      });
      expect(gunzipSync(bytes).toString()).toBe(`[${HOSTILE.join(",")}]`);
    }
  });

  it.each([
    ["malformed", "AF20052", 400, "abc"],
    ["of a table that is none", "AF20052", 400, "20260105080000000000001$20260105080000000000001$x$y"],
    [
      "unknown",
      "AF20050",
      404,
      "20260105080000000000001$20260105080000000000001$audit_general$Audit_General$na0030$na0030",
    ],
  ])("that is %s is refused with %s as HTTP %i", async (_what, code, status, contentId) => {
    const { start, ask } = await startFixture();
    await start();
    const reply = await ask(`audit/${contentId}`);
    expect([errorCode(reply), reply.status]).toEqual([code, status]);
  });

  it("of another tenant has an invalid key", async () => {
    const { start, service, ask } = await startFixture({ tenantId: [TENANT, OTHER_TENANT] });
    await start();
    const { contentId } = service.publish(GENERAL, ["{}"], { tenantId: OTHER_TENANT })[0]!;
    const reply = await ask(`audit/${contentId}`);
    expect(JSON.parse(reply.body).error).toEqual({
      code: "AF20052",
      message: `Blob key ${contentId} in the url is invalid.`,
    });
  });

  it("expires after seven days, or after as many as the knob says", async () => {
    const { start, service, ask, clock } = await startFixture();
    await start();
    const short = service.publish(GENERAL, ["{}"])[0]!;
    service.turnKnobs({ contentTtlDays: 20 });
    const long = service.publish(GENERAL, ["{}"])[0]!;
    clock.now += 7 * DAY - 1;
    expect((await ask(`audit/${short.contentId}`)).status).toBe(200);
    clock.now += 1;
    expect(errorCode(await ask(`audit/${short.contentId}`))).toBe("AF20051");
    expect((await ask(`audit/${long.contentId}`)).status).toBe(200);
  });

  it("cannot be fetched without an enabled subscription of the same application", async () => {
    const { start, stop, service, ask } = await startFixture();
    const { contentId } = service.publish(GENERAL, ["{}"])[0]!;
    expect(errorCode(await ask(`audit/${contentId}`))).toBe("AF20022");
    await start();
    await stop();
    expect(errorCode(await ask(`audit/${contentId}`))).toBe("AF20023");
  });

  it("needs ActivityFeed.ReadDlp when it belongs to DLP.All", async () => {
    const { service, ask } = await startFixture();
    const { contentId } = service.publish("DLP.All", ["{}"])[0]!;
    expect(errorCode(await ask(`audit/${contentId}`))).toBe("AF10001");
  });
});

describe("publishing", () => {
  it("bundles 50 events, or as many as wanted", async () => {
    const { service } = await startFixture();
    const events = Array.from({ length: 120 }, (_none, index) => `{"Id":${index}}`);
    expect(service.publish(GENERAL, events, EXACT)).toHaveLength(3);
    expect(service.publish(GENERAL, events, { ...EXACT, eventsPerBlob: 100 })).toHaveLength(2);
    expect(() => service.publish(GENERAL, events, { eventsPerBlob: 0 })).toThrow(
      "eventsPerBlob cannot be 0; use a whole number from 1.",
    );
  });

  it("repeats a share of the events in further blobs and shuffles them, as the service does", async () => {
    const { service } = await startFixture();
    const events = Array.from({ length: 100 }, (_none, index) => `{"Id":${index}}`);
    const blobs = service.publish(GENERAL, events, { eventsPerBlob: 100 });
    const [first, duplicates] = blobs.map(blob =>
      JSON.parse(String(blob.body)).map((e: { Id: number }) => e.Id),
    );
    expect(blobs).toHaveLength(2);
    expect(first).not.toEqual(events.map((_event, index) => index));
    expect(first.toSorted((a: number, b: number) => a - b)).toEqual(events.map((_event, index) => index));
    expect(new Set(duplicates).size).toBe(5);
  });

  it("is to a tenant of the service", async () => {
    const { service } = await startFixture();
    expect(() => service.publish(GENERAL, ["{}"], { tenantId: OTHER_TENANT })).toThrow(
      `There is no tenant ${OTHER_TENANT} here. The tenants are ${TENANT}.`,
    );
  });
});

describe("a streamed blob", () => {
  it("is an ordinary one to its reader, and anew for every reader", async () => {
    const { start, service, content, ask } = await startFixture();
    await start();
    service.publishStream(GENERAL, () => HOSTILE, { created: MORNING });
    const [item] = await content();
    for (let time = 0; time < 2; time++) {
      expect(await ask(item!.contentUri)).toMatchObject({ status: 200, body: `[${HOSTILE.join(",")}]` });
    }
  });

  it("of 300 MB is produced as it is read, not before", async () => {
    const { start, service, url, tls } = await startFixture();
    await start();
    let produced = 0;
    const event = `{"Id":"${"x".repeat(10_000)}"}`;
    const { contentId } = service.publishStream(GENERAL, function* () {
      for (; produced < 30_000; produced++) yield event;
    });
    const path = `${url}/api/v1.0/${TENANT}/activity/feed/audit/${contentId}`;
    const headers = { Authorization: `Bearer ${tokenWith()}` };
    // The reader takes the first bytes and hangs up; a service that collected the body would have made all of it.
    await new Promise<void>((resolve, reject) => {
      get(path, { ca: tls.ca, headers }, incoming => {
        incoming.once("data", () => {
          incoming.destroy();
          resolve();
        });
      }).on("error", reject);
    });
    expect(produced).toBeGreaterThan(0);
    expect(produced).toBeLessThan(30_000);
  });
});
