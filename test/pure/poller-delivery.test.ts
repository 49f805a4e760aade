import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Content } from "../../poller/content/content.ts";
import { Delivery } from "../../poller/delivery/delivery.ts";
import { Ledger } from "../../poller/ledger/ledger.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import { VirtualClock } from "./activityApiFixture.ts";
import { event } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

describe("Delivery", () => {
  let folder: string;
  let store: FolderStore;
  const clock = new VirtualClock();
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "delivery-"));
    store = new FolderStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  /**
   * The delivery of one poller, with what happens before and after it creates an event blob. Before answers true for a
   * store that refuses it as if there were one.
   */
  async function startDelivery(
    before: () => Promise<unknown> = async () => false,
    after: () => Promise<unknown> = async () => {},
  ) {
    const ledger = await Ledger.open(store, "ledger/");
    const creating = async (create: () => Promise<boolean>) => {
      if ((await before()) === true) return false;
      const isNew = await create();
      await after();
      return isNew;
    };
    const events = storeLike(store, {
      create: (name, bytes) => creating(() => store.create(name, bytes)),
      begin: async name => {
        const object = await store.begin(name);
        return {
          write: bytes => object.write(bytes),
          commit: () => creating(() => object.commit()),
          discard: () => object.discard(),
        };
      },
    });
    const delivery = new Delivery({ ledger, events, prefix: "events/", clock });
    const add = async (content: Content, ids: string[]) => {
      const kept = delivery.newEvents(content);
      for (const id of ids) {
        const bytes = Buffer.from(event(id));
        kept.add(bytes, 0, bytes.length);
        await kept.unload();
      }
      await kept.finish();
      return delivery.add(content, kept, { kept: {}, dropped: {} });
    };
    return { ledger, delivery, add, flush: () => delivery.flush([], () => {}) };
  }

  const content = (contentId: string): Content => ({
    contentId,
    contentUri: `https://127.0.0.1/${contentId}`,
    created: new Date("2026-11-21T07:10:00Z"),
  });

  const storedIds = async () => {
    const names = await store.list("events/");
    const blobs = await Promise.all(names.map(name => readFile(path.join(folder, name))));
    const lines = blobs.flatMap(bytes => gunzipSync(bytes).toString().split("\n").slice(0, -1));
    return lines.map(line => JSON.parse(line).Id).toSorted();
  };

  it("takes a content blob that is too long for memory as a batch of its own, each event once", async () => {
    const { add, flush } = await startDelivery();
    await add(content("long"), ["a", "b", "a"]);
    await add(content("longer"), ["b", "c"]);
    expect((await flush()).eventBlobs.map(({ events }) => events)).toEqual([2, 1]);
    expect(await storedIds()).toEqual(["a", "b", "c"]);
  });

  it("has a long content blob read again when one of its events was claimed meanwhile", async () => {
    const { delivery, add, flush } = await startDelivery();
    const slow = delivery.newEvents(content("slow"));
    slow.add(Buffer.from(event("b")), 0, event("b").length);
    await slow.unload();
    await slow.finish();
    await add(content("fast"), ["b"]);
    expect(await delivery.add(content("slow"), slow, { kept: {}, dropped: {} })).toBe("again");
    expect(await add(content("slow"), ["a", "b"])).toBe("added");
    await flush();
    expect(await storedIds()).toEqual(["a", "b"]);
  });

  it("settles content blobs with the head's change in one step", async () => {
    const { ledger, delivery, add } = await startDelivery();
    await add(content("one"), ["a"]);
    await add(content("two"), []);
    const { settled } = await delivery.flush([], (head, contents) => {
      head.listedUntil = contents.map(({ content: { contentId } }) => contentId).join();
    });
    expect(settled.map(({ stored }) => stored)).toEqual([1, 0]);
    expect(ledger.head).toMatchObject({ listedUntil: "one,two", planned: [] });
    expect((await Ledger.open(store, "ledger/")).head).toEqual(ledger.head);
  });

  it("gives up what it took while it was ending the plan of a poller that died", async () => {
    const dying = await startDelivery(undefined, () => Promise.reject(new Error("The process is dead.")));
    await dying.add(content("shared"), ["s"]);
    const survivor = await startDelivery(async () => {
      // The plan of the dead one is known, and not yet what it holds.
      if (survivor.ledger.head.planned.length > 0) await survivor.add(content("shared"), ["s"]);
    });
    await survivor.add(content("own"), ["o"]);
    await expect(dying.flush()).rejects.toThrow("The process is dead.");

    const ids: Record<string, string> = { own: "o", shared: "s" };
    for (let again: readonly Content[] = [content("own")]; again.length > 0; ) {
      again = (await survivor.flush()).again;
      for (const { contentId } of again) await survivor.add(content(contentId), [ids[contentId]!]);
    }
    expect(await storedIds()).toEqual(["o", "s"]);
  });

  it.each([1, 2])("writes an event blob that the store falsely says is there (%s times)", async refusals => {
    let left = refusals;
    const { add, flush } = await startDelivery(async () => {
      left -= 1;
      return left >= 0;
    });
    await add(content("one"), ["a"]);
    await flush();
    expect(await storedIds()).toEqual(["a"]);
  });

  it("settles nothing while the store falsely says that an event blob is there", async () => {
    const { ledger, add, flush } = await startDelivery(async () => true);
    await add(content("one"), ["a"]);
    await expect(flush()).rejects.toThrow(
      /^The store says that events\/\S+ is there, which it is not\. See what else keeps/,
    );
    await ledger.prepare(content("one"), false);
    expect(ledger.isSettled(content("one"))).toBe(false);
  });
});
