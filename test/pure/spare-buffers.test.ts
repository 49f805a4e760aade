import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { SpareBuffers } from "../../poller/content/spareBuffers.ts";
import { GzipBuilder } from "../../poller/delivery/gzipBuilder.ts";

describe("spare buffers", () => {
  it("are handed out again, as many as are kept, and none of another size", () => {
    const spare = new SpareBuffers(16, 2);
    const [one, two, three] = [spare.take(), spare.take(), spare.take()];
    for (const buffer of [one, two, three, Buffer.alloc(8)]) spare.give(buffer);
    expect(spare.take()).toBe(two);
    expect(spare.take()).toBe(one);
    const fresh = spare.take();
    expect(fresh).toHaveLength(16);
    expect([one, two, three]).not.toContain(fresh);
  });
});

describe("what is compressed in memory", () => {
  it("is as it was given, in pieces of any size, though each piece is overwritten and its memory used again", async () => {
    for (let round = 0; round < 3; round += 1) {
      const gzip = new GzipBuilder();
      const given: Buffer[] = [];
      for (const length of [1, 70_000, 0, 65_536, 131_072, 3, 65_535, 200_001]) {
        const bytes = Buffer.alloc(length, `${round}${length} `);
        given.push(Buffer.from(bytes));
        gzip.add(bytes);
        bytes.fill("?");
      }
      expect(gunzipSync(await gzip.finish()).equals(Buffer.concat(given))).toBe(true);
      expect(gzip.inputBytes).toBe(Buffer.concat(given).length);
    }
  });
});
