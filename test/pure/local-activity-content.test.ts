import { describe, expect, it } from "vitest";
import type { ContentItem } from "../../local/activity/contentItems.ts";
import {
  type ActivityFixture,
  contentPath,
  DAY,
  errorCode,
  HOUR,
  MINUTE,
  MORNING,
  SECOND,
  startFixture,
  TENANT,
  zoneless,
} from "./localActivityFixture.ts";

const GENERAL = "Audit.General";
const PUBLISHER = "99999999-2222-4333-8444-555555555555";
const ALONE = { eventsPerBlob: 1, duplicateShare: 0, shuffle: false };

/** The ids of every page, and how many pages there were. */
async function allPages(
  { ask }: ActivityFixture,
  first: string,
): Promise<{ items: ContentItem[]; pages: number }> {
  const items: ContentItem[] = [];
  let pages = 0;
  for (let next: string | undefined = first; next !== undefined; pages++) {
    const reply = await ask(next);
    items.push(...JSON.parse(reply.body));
    next = reply.headers.nextpageuri as string | undefined;
  }
  return { items, pages };
}

function events(count: number): string[] {
  return Array.from({ length: count }, (_none, index) => `{"Id":"${index}"}`);
}

describe("a content listing", () => {
  it("describes a blob as the service does", async () => {
    const { start, content, service, url } = await startFixture();
    await start();
    service.publish(GENERAL, ["{}"]);
    const contentId = "20260105080000000000001$20260105080000000000001$audit_general$Audit_General$emea0021";
    expect(await content()).toEqual([
      {
        contentUri: `${url}/api/v1.0/${TENANT}/activity/feed/audit/${contentId}`,
        contentId,
        contentType: GENERAL,
        contentCreated: "2026-01-05T08:00:00.000Z",
        contentExpiration: "2026-01-12T08:00:00.000Z",
      },
    ]);
  });

  it("links back to the name that the client used", async () => {
    const fixture = await startFixture();
    await fixture.start();
    fixture.service.publish(GENERAL, ["{}"]);
    const { port } = new URL(fixture.url);
    const path = `/api/v1.0/${TENANT}/activity/feed/${contentPath({ from: MORNING, to: MORNING + HOUR })}`;
    const [item] = JSON.parse((await fixture.ask(`https://localhost:${port}${path}`)).body);
    expect(item.contentUri).toContain(`https://localhost:${port}/`);
  });

  it("holds nothing of other content types and is empty without content", async () => {
    const { start, content, service } = await startFixture();
    await start();
    service.publish("Audit.Exchange", ["{}"]);
    expect(await content()).toEqual([]);
  });

  it("filters by creation time, start inclusive and end exclusive", async () => {
    const { start, ask, service } = await startFixture({ knobs: { backfillHours: 24 } });
    await start();
    for (const minute of [-2, -1, 0]) {
      service.publish(GENERAL, ["{}"], { created: MORNING + minute * MINUTE });
    }
    const reply = await ask(contentPath({ from: MORNING - 2 * MINUTE, to: MORNING }));
    expect(JSON.parse(reply.body).map((item: ContentItem) => item.contentCreated)).toEqual([
      "2026-01-05T07:58:00.000Z",
      "2026-01-05T07:59:00.000Z",
    ]);
  });

  it("lists in the order in which content became available, late ones behind", async () => {
    const { start, ask, content, service, clock } = await startFixture({ knobs: { backfillHours: 24 } });
    await start();
    const [late] = service.publish(GENERAL, ["{}"], { created: MORNING, listedAt: MORNING + 30 * MINUTE });
    const [prompt] = service.publish(GENERAL, ["{}"], { created: MORNING + MINUTE });
    clock.now += 2 * MINUTE;
    expect((await content()).map(item => item.contentId)).toEqual([prompt!.contentId]);
    expect(errorCode(await ask(`audit/${late!.contentId}`))).toBe("AF20050");
    clock.now += HOUR / 2;
    expect((await content()).map(item => item.contentId)).toEqual([prompt!.contentId, late!.contentId]);
  });

  it("lists a share of the blobs late when the knob says so", async () => {
    const { service } = await startFixture({ knobs: { lateListingShare: 0.5, lateListingMaxMinutes: 60 } });
    const blobs = service.publish(GENERAL, events(1000), ALONE);
    const delays = blobs.map(blob => blob.listedAt - blob.created);
    const late = delays.filter(delay => delay > 0);
    expect(late.length).toBeGreaterThan(400);
    expect(late.length).toBeLessThan(600);
    expect(Math.max(...delays)).toBeLessThanOrEqual(60 * MINUTE);
  });
});

describe("what a subscription sees", () => {
  it("begins with its start", async () => {
    const { start, content, service, clock } = await startFixture();
    service.publish(GENERAL, ["{}"]);
    clock.now += SECOND;
    await start();
    expect(await content()).toEqual([]);
    service.publish(GENERAL, ["{}"]);
    expect(await content()).toHaveLength(1);
  });

  it("reaches back as far as the knob says", async () => {
    const { start, service, ask } = await startFixture({ knobs: { backfillHours: 22 } });
    service.publish(GENERAL, ["{}"], { created: MORNING - 23 * HOUR });
    const [seen] = service.publish(GENERAL, ["{}"], { created: MORNING - 21 * HOUR });
    await start();
    const reply = await ask(contentPath({ from: MORNING - DAY, to: MORNING }));
    expect(JSON.parse(reply.body).map((item: ContentItem) => item.contentId)).toEqual([seen!.contentId]);
  });

  it("does not bring back what a stop lost, nor what came before the next start", async () => {
    const fixture = await startFixture({ knobs: { backfillHours: 22, startThrottleMinutes: 0 } });
    const { start, stop, content, service, clock, ask } = fixture;
    await start();
    const [lost] = service.publish(GENERAL, ["{}"]);
    clock.now += MINUTE;
    await stop();
    service.publish(GENERAL, ["{}"]);
    expect(errorCode(await ask(`audit/${lost!.contentId}`))).toBe("AF20023");
    clock.now += MINUTE;
    await start();
    expect(await content()).toEqual([]);
    expect(errorCode(await ask(`audit/${lost!.contentId}`))).toBe("AF20050");
    const [found] = service.publish(GENERAL, ["{}"]);
    expect((await content()).map(item => item.contentId)).toEqual([found!.contentId]);
  });

  it("stays empty until the first content is due", async () => {
    const { start, content, service, clock } = await startFixture({
      knobs: { firstContentDelaySeconds: 600 },
    });
    await start();
    service.publish(GENERAL, ["{}"]);
    clock.now += 10 * MINUTE - 1;
    expect(await content()).toEqual([]);
    clock.now += 1;
    expect(await content()).toHaveLength(1);
  });

  it.each([
    ["AF20022", "never subscribed"],
    ["AF20023", "disabled"],
  ])("is an error when there is nothing to see: %s, %s", async (code, state) => {
    const { start, service, ask } = await startFixture();
    if (state === "disabled") await start();
    service.disable(GENERAL);
    const reply = await ask(contentPath({ from: MORNING, to: MORNING + HOUR }));
    expect([reply.status, errorCode(reply)]).toEqual([400, code]);
    if (code === "AF20023") expect(reply.body).toHaveLength(71);
  });
});

describe("the window of a listing", () => {
  const at = (milliseconds: number) => zoneless(MORNING + milliseconds);

  it.each([
    ["a day", "startTime=2026-01-05&endTime=2026-01-06"],
    ["minutes", "startTime=2026-01-05T07:00&endTime=2026-01-05T08:30"],
    ["seconds", "startTime=2026-01-05T07:00:00&endTime=2026-01-05T08:30:00"],
    ["a zone", "startTime=2026-01-05T07:00:00Z&endTime=2026-01-05T08:30:00Z"],
    ["nanoseconds", "startTime=2026-01-05T07:00:00.123456789Z&endTime=2026-01-05T08:30:00.5Z"],
    ["an encoded offset", "startTime=2026-01-05T07:00:00%2B00:00&endTime=2026-01-05T08:30:00%2B00:00"],
    ["an end in the future", `startTime=${at(0)}&endTime=${at(23 * HOUR)}`],
    ["exactly 24 hours", `startTime=${at(-DAY)}&endTime=${at(0)}`],
    ["exactly 7 days back", `startTime=${at(-7 * DAY)}&endTime=${at(-7 * DAY + HOUR)}`],
    ["no times", ""],
  ])("may be written with %s", async (_what, times) => {
    const { start, ask } = await startFixture();
    await start();
    expect(await ask(`subscriptions/content?contentType=${GENERAL}&${times}`)).toMatchObject({
      status: 200,
      body: "[]",
    });
  });

  it.each([
    ["AF20055", "only a start", `startTime=${at(-HOUR)}`],
    ["AF20055", "only an end", `endTime=${at(0)}`],
    ["AF20055", "a start that is the end", `startTime=${at(0)}&endTime=${at(0)}`],
    ["AF20055", "a start after the end", `startTime=${at(0)}&endTime=${at(-HOUR)}`],
    ["AF20055", "more than 24 hours", `startTime=${at(-DAY)}&endTime=${at(SECOND)}`],
    ["AF20055", "more than 7 days back", `startTime=${at(-7 * DAY - SECOND)}&endTime=${at(-7 * DAY)}`],
    ["AF20002", "no time at all", `startTime=yesterday&endTime=${at(0)}`],
    ["AF20002", "a day that does not exist", `startTime=2026-01-32&endTime=${at(0)}`],
    ["AF20002", "a plus that decodes to a space", `startTime=2026-01-05T07:00:00+00:00&endTime=${at(0)}`],
    ["AF20055", "escaped separators, which hide the end", `startTime=${at(-HOUR)}&amp;endTime=${at(0)}`],
  ])("is refused with %s for %s", async (code, _what, times) => {
    const { start, ask } = await startFixture();
    await start();
    const reply = await ask(`subscriptions/content?contentType=${GENERAL}&${times}`);
    expect([reply.status, errorCode(reply)]).toEqual([400, code]);
  });

  it("of exactly 24 hours is refused when the knob is strict", async () => {
    const { start, ask } = await startFixture({ knobs: { strictWindow: true } });
    await start();
    const day = contentPath({ from: MORNING - DAY, to: MORNING });
    expect(errorCode(await ask(day))).toBe("AF20055");
    expect((await ask(contentPath({ from: MORNING - DAY + SECOND, to: MORNING }))).status).toBe(200);
  });

  it("may begin earlier when the knob tolerates it", async () => {
    const { start, ask } = await startFixture({ knobs: { lookbackToleranceHours: 1 } });
    await start();
    const from = MORNING - 7 * DAY - HOUR;
    expect((await ask(contentPath({ from, to: from + HOUR }))).status).toBe(200);
    expect(errorCode(await ask(contentPath({ from: from - SECOND, to: from + HOUR })))).toBe("AF20055");
  });

  it("is judged by the clock of the service, which may be wrong", async () => {
    const { start, ask, service } = await startFixture();
    await start();
    service.turnKnobs({ clockSkewMilliseconds: HOUR });
    const from = MORNING - 7 * DAY + HOUR / 2;
    const reply = await ask(contentPath({ from, to: from + HOUR }));
    expect(errorCode(reply)).toBe("AF20055");
    expect(reply.headers.date).toBe("Mon, 05 Jan 2026 09:00:00 GMT");
  });
});

describe("pages", () => {
  it("follow each other until everything was listed once", async () => {
    const fixture = await startFixture({ knobs: { pageSize: 3 } });
    await fixture.start();
    const blobs = fixture.service.publish(GENERAL, events(10), ALONE);
    const first = contentPath({ from: MORNING, to: MORNING + HOUR });
    const { items, pages } = await allPages(fixture, first);
    expect(pages).toBe(4);
    expect(items.map(item => item.contentId)).toEqual(blobs.map(blob => blob.contentId));
  });

  it("do not end with an empty one", async () => {
    const fixture = await startFixture({ knobs: { pageSize: 5 } });
    await fixture.start();
    fixture.service.publish(GENERAL, events(10), ALONE);
    const { pages } = await allPages(fixture, contentPath({ from: MORNING, to: MORNING + HOUR }));
    expect(pages).toBe(2);
  });

  it("repeat the window, drop the publisher and are absolute", async () => {
    const { start, ask, service, url } = await startFixture({ knobs: { pageSize: 1 } });
    await start();
    service.publish(GENERAL, events(2), ALONE);
    const query = "contentType=Audit.General&startTime=2026-01-05&endTime=2026-01-06";
    const reply = await ask(`subscriptions/content?${query}&PublisherIdentifier=${PUBLISHER}`);
    expect(reply.headers.nextpageuri).toBe(
      `${url}/api/v1.0/${TENANT}/activity/feed/subscriptions/content?${query}&nextPage=2026010508R000000000001`,
    );
    expect(reply.rawHeaders).toContain("NextPageUri");
  });

  it("repeat the computed window when the request named none", async () => {
    const { start, ask, service, clock, url } = await startFixture({ knobs: { pageSize: 1 } });
    await start();
    service.publish(GENERAL, events(2), ALONE);
    clock.now += MINUTE;
    const reply = await ask(`subscriptions/content?contentType=${GENERAL}`);
    const window = "startTime=2026-01-04T08:01:00&endTime=2026-01-05T08:01:00";
    expect(reply.headers.nextpageuri).toBe(
      `${url}/api/v1.0/${TENANT}/activity/feed/subscriptions/content` +
        `?contentType=Audit.General&${window}&nextPage=2026010508R000000000001`,
    );
  });

  it.each([
    [{ nextPageDropsPublisher: false }, "NextPageUri", `&PublisherIdentifier=${PUBLISHER}`],
    [{ nextPageApiVersion: "v1" }, "NextPageUri", "/api/v1/"],
    [{ nextPageHeader: "nextpageuri" }, "nextpageuri", "nextPage="],
    [{ nextPageHeader: "NextPageUrl" }, "NextPageUrl", "nextPage="],
  ] as const)("differ as the knobs say: %j", async (knobs, header, part) => {
    const fixture = await startFixture({ knobs: { pageSize: 1, ...knobs } });
    const { start, ask, service } = fixture;
    await start();
    service.publish(GENERAL, events(2), ALONE);
    const path = `${contentPath({ from: MORNING, to: MORNING + HOUR })}&PublisherIdentifier=${PUBLISHER}`;
    const reply = await ask(path);
    const uri = reply.rawHeaders[reply.rawHeaders.indexOf(header) + 1]!;
    expect(uri).toContain(part);
    expect(JSON.parse((await ask(uri)).body)).toHaveLength(1);
  });

  it("do not skip or repeat anything when blobs are listed while they are read", async () => {
    const { start, ask, service, clock } = await startFixture({ knobs: { pageSize: 2 } });
    await start();
    const before = service.publish(GENERAL, events(4), ALONE);
    const first = await ask(contentPath({ from: MORNING, to: MORNING + HOUR }));
    clock.now += SECOND;
    const [meanwhile] = service.publish(GENERAL, events(1), { ...ALONE, created: MORNING });
    const second = await ask(first.headers.nextpageuri as string);
    const third = await ask(second.headers.nextpageuri as string);
    const ids = [first, second, third].flatMap(reply => JSON.parse(reply.body)).map(item => item.contentId);
    expect(ids).toEqual([...before, meanwhile!].map(blob => blob.contentId));
    expect(third.headers.nextpageuri).toBeUndefined();
  });

  it.each(["x", "2026010508R1", "2026010508R000000000099"])("end with AF20031 for %s", async nextPage => {
    const { start, ask } = await startFixture();
    await start();
    const reply = await ask(`${contentPath({ from: MORNING, to: MORNING + HOUR })}&nextPage=${nextPage}`);
    expect([reply.status, errorCode(reply)]).toEqual([400, "AF20031"]);
  });
});
