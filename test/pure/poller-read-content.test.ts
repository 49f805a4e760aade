import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { ContentEvents } from "../../poller/contentEvents.ts";
import { readContent } from "../../poller/readContent.ts";
import { RecordTypeFilter } from "../../poller/recordTypeFilter.ts";
import { event, events as lines } from "./pollerFixture.ts";

const filter = new RecordTypeFilter(new Set([28]));

async function* inPieces(text: string, size = 100): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("readContent", () => {
  it("keeps every wanted event of a content blob that is compressed while it comes", async () => {
    const wanted = lines("a", 50);
    const events = new ContentEvents(() => false, 500);
    const counts = await readContent(inPieces(`[${[...wanted, event("b", 6)].join(",")}]`), filter, events);
    expect(counts).toEqual({ kept: { ThreatIntelligence: 50 }, dropped: { SharePointFileOperation: 1 } });
    expect(events.compressed?.count).toBe(50);
    const text = gunzipSync(await events.compressed!.gzip.finish()).toString();
    expect(text.split("\n").slice(0, -1)).toEqual(wanted);
  });

  it("leaves out what is stored already, and what comes twice, while it compresses", async () => {
    const stored = new Set<string>();
    const first = new ContentEvents(() => false, 0);
    await readContent(inPieces(`[${event("a")}]`), filter, first);
    for (const key of first.compressed!.keys) stored.add(key);
    const second = new ContentEvents(key => stored.has(key), 0);
    await readContent(inPieces(`[${[event("a"), event("b"), event("b")].join(",")}]`), filter, second);
    expect(gunzipSync(await second.compressed!.gzip.finish()).toString()).toBe(`${event("b")}\n`);
  });

  it("fails with what its source fails with", async () => {
    const broken = async function* () {
      yield Buffer.from("[");
      throw new Error("The connection broke.");
    };
    const reading = readContent(broken(), filter, new ContentEvents(() => false));
    await expect(reading).rejects.toThrow("The connection broke.");
  });
});
