import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ContentEvents } from "../../poller/content/contentEvents.ts";
import { readContent } from "../../poller/content/readContent.ts";
import { RecordTypeFilter } from "../../poller/content/recordTypeFilter.ts";
import { LargeEventBlobs } from "../../poller/delivery/largeEventBlobs.ts";
import { event, events as lines } from "./pollerFixture.ts";

const filter = new RecordTypeFilter(new Set([28]));

async function* inPieces(text: string, size = 100): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The events of a content blob that go to the store from this length on, and what comes there. */
function eventsInStore(isKnown: (key: string) => boolean, longestPlainBytes: number) {
  const written: Buffer[] = [];
  const store = {
    begin: async () => ({
      write: async (bytes: Buffer) => void written.push(Buffer.from(bytes)),
      commit: async () => true,
      discard: async () => {},
    }),
  };
  const eventBlobs = new LargeEventBlobs(store);
  const events = new ContentEvents(isKnown, () => eventBlobs.begin(() => "name"), longestPlainBytes);
  return { events, text: () => gunzipSync(Buffer.concat(written)).toString() };
}

describe("readContent", () => {
  it("keeps every wanted event of a content blob that goes to the store while it comes", async () => {
    const wanted = lines("a", 50);
    const { events, text } = eventsInStore(() => false, 500);
    const counts = await readContent(inPieces(`[${[...wanted, event("b", 6)].join(",")}]`), filter, events);
    expect(counts).toEqual({ kept: { ThreatIntelligence: 50 }, dropped: { SharePointFileOperation: 1 } });
    expect(events.large?.count).toBe(50);
    expect(text().split("\n").slice(0, -1)).toEqual(wanted);
  });

  it("leaves out what is stored already, and what comes twice, while it goes to the store", async () => {
    const stored = new Set<string>();
    const first = eventsInStore(() => false, 0);
    await readContent(inPieces(`[${event("a")}]`), filter, first.events);
    for (const key of first.events.large!.keys) stored.add(key);
    const second = eventsInStore(key => stored.has(key), 0);
    await readContent(inPieces(`[${[event("a"), event("b"), event("b")].join(",")}]`), filter, second.events);
    expect(second.text()).toBe(`${event("b")}\n`);
  });

  it("fails with what its source fails with", async () => {
    const broken = async function* () {
      yield Buffer.from("[");
      throw new Error("The connection broke.");
    };
    const reading = readContent(broken(), filter, eventsInStore(() => false, 1e6).events);
    await expect(reading).rejects.toThrow("The connection broke.");
  });
});
