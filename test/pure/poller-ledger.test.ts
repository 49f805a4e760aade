import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContentDay, ContentState, type SettledContent } from "../../poller/ledger/contentDay.ts";
import { eventKeyOf } from "../../poller/ledger/eventKeys.ts";
import { KeySet } from "../../poller/ledger/keySet.ts";
import { Ledger, LedgerDamagedError } from "../../poller/ledger/ledger.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";

const contents = fc.record({
  contentId: fc.string({ unit: "grapheme", minLength: 1 }),
  created: fc.date({ min: new Date("2026-11-21"), max: new Date("2026-11-22"), noInvalidDate: true }),
  state: fc.constantFrom(...Object.values(ContentState)),
});

describe("A day of the ledger", () => {
  it("reads what it wrote, whatever the content ids are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(contents, { selector: ({ contentId }) => contentId }), async all => {
        const day = new ContentDay();
        for (const content of all) day.add(content);
        expect([...(await ContentDay.parse(await day.format())).contents()]).toEqual(all);
      }),
    );
  });

  it("does not depend on the order in which two pollers add to it", () => {
    fc.assert(
      fc.property(fc.array(contents), all => {
        const [day, reversed] = [new ContentDay(), new ContentDay()];
        for (const content of all) day.add(content);
        for (const content of all.toReversed()) reversed.add(content);
        const states = (from: ContentDay) =>
          new Map([...from.contents()].map(({ contentId, state }) => [contentId, state]));
        expect(states(day)).toEqual(states(reversed));
      }),
    );
  });

  it("takes less than 10 MB for 100,000 content blobs", async () => {
    const day = new ContentDay();
    for (let index = 0; index < 100_000; index += 1) day.add(realistic(index));
    expect((await day.format()).length).toBeLessThan(10_000_000);
  });
});

/** As Microsoft writes content ids: two stamps of 23 digits, of which few are the same, and where it comes from. */
function realistic(index: number): SettledContent {
  const created = new Date(Date.parse("2026-11-21T00:00:00Z") + index * 864);
  const stamp = (shift: number) => {
    const digits = String((index * 7919 + shift * 104_729) % 1_000_000).padStart(6, "0");
    return new Date(created.getTime() - shift).toISOString().replaceAll(/\D/g, "") + digits;
  };
  const contentId = `${stamp(index % 4_000_000)}$${stamp(0)}$audit_general$Audit_General$emea${1000 + (index % 40)}`;
  const detail = `11111111-2222-4333-8444-555555555555/Audit.General/2026/11/21/07/${Math.floor(index / 300)}.ndjson.gz`;
  return { contentId, created, state: ContentState.delivered, detail };
}

describe("Ledger", () => {
  let folder: string;
  let store: FolderStore;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "ledger-"));
    store = new FolderStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const content = (contentId: string, day = "2026-11-21") => ({
    contentId,
    contentUri: "https://127.0.0.1/",
    created: new Date(`${day}T07:00:00Z`),
  });
  const settled = (contentId: string, day?: string): SettledContent => ({
    ...content(contentId, day),
    state: ContentState.filtered,
  });

  it("knows after a restart what was settled, on every day", async () => {
    const days = [
      "2026-11-15",
      "2026-11-16",
      "2026-11-17",
      "2026-11-18",
      "2026-11-19",
      "2026-11-20",
      "2026-11-21",
    ];
    const ledger = await Ledger.open(store, "l/");
    for (const day of days) await ledger.recordContents([settled("a", day)]);
    const reopened = await Ledger.open(store, "l/");
    for (const day of [...days, ...days.toReversed()]) {
      await reopened.prepare(content("a", day), false);
      expect([reopened.isSettled(content("a", day)), reopened.isSettled(content("b", day))]).toEqual([
        true,
        false,
      ]);
    }
  });

  it("keeps what two pollers record at the same time", async () => {
    const [one, other] = [await Ledger.open(store, "l/"), await Ledger.open(store, "l/")];
    for (let round = 0; round < 5; round += 1)
      await Promise.all([
        one.recordContents([settled(`one${round}`)]),
        other.recordContents([settled(`other${round}`)]),
      ]);
    const reopened = await Ledger.open(store, "l/");
    await reopened.prepare(content("any"), false);
    for (let round = 0; round < 5; round += 1)
      for (const who of ["one", "other"]) expect(reopened.isSettled(content(`${who}${round}`))).toBe(true);
  });

  it("plans nothing onto a ledger that another poller has changed, and tells by its epoch", async () => {
    const [one, other] = [await Ledger.open(store, "l/"), await Ledger.open(store, "l/")];
    const plan = {
      eventBlob: "x",
      plannedAt: new Date().toISOString(),
      contents: [],
      eventKeys: new KeySet(),
      holds: { events: 0, bytes: 20, sha256: "" },
    };
    expect(await one.plan([plan])).toBe(true);
    const before = other.epoch;
    expect(await other.plan([{ ...plan, eventBlob: "y" }])).toBe(false);
    expect(other.epoch).toBeGreaterThan(before);
    expect(other.head.planned.map(({ eventBlob }) => eventBlob)).toEqual(["x"]);
  });

  it("makes changes of the head on top of each other", async () => {
    const ledgers = await Promise.all(Array.from({ length: 4 }, () => Ledger.open(store, "l/")));
    const waiting = (contentId: string) => ({
      contentId,
      contentUri: "u",
      contentCreated: "c",
      attempts: 0,
      since: "s",
      reason: "r",
    });
    await Promise.all(
      ledgers.map((ledger, index) => ledger.commit(head => void head.waiting.push(waiting(`${index}`)))),
    );
    const { head } = await Ledger.open(store, "l/");
    expect(head.waiting.map(({ contentId }) => contentId).toSorted()).toEqual(["0", "1", "2", "3"]);
  });

  it("removes the days that cannot be listed any more, and no other", async () => {
    const ledger = await Ledger.open(store, "l/");
    for (const day of ["2026-11-12", "2026-11-13", "2026-11-21"])
      await ledger.recordContents([settled("a", day)]);
    await ledger.removeOldDays(new Date("2026-11-21T23:00:00Z"));
    expect(await store.list("l/contents/")).toEqual([
      "l/contents/2026-11-13.ndjson.gz",
      "l/contents/2026-11-21.ndjson.gz",
    ]);
  });

  it.each([
    ["head.json", "{", /^The ledger's l\/head\.json cannot be read: /],
    [
      "head.json",
      '{"format":2,"planned":[],"waiting":[]}',
      /it has the format 2 and this poller knows the format 1\./,
    ],
    [
      "contents/2026-11-21.ndjson.gz",
      "not gzip",
      /^The ledger's l\/contents\/2026-11-21\.ndjson\.gz cannot be read: /,
    ],
  ])("says of a damaged %s what to do, and does not begin anew", async (name, text, message) => {
    await store.replace(`l/${name}`, Buffer.from(text), undefined);
    const reading = Ledger.open(store, "l/").then(ledger => ledger.prepare(content("a"), false));
    await expect(reading).rejects.toThrow(LedgerDamagedError);
    await expect(reading).rejects.toThrow(message);
  });
});

describe("eventKeyOf", () => {
  it("gives each id a key of 16 characters of its own", () => {
    const keys = Array.from({ length: 10_000 }, (_, index) => eventKeyOf(`id ${index}`));
    expect(new Set(keys).size).toBe(10_000);
    expect(new Set(keys.map(key => key.length))).toEqual(new Set([16]));
  });
});
