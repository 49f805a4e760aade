/** That every event blob comes to every sink's outbox, whoever dies when. What is done with it there is not shown here. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Delivery } from "../../poller/delivery/delivery.ts";
import { Ledger } from "../../poller/ledger/ledger.ts";
import { Outbox, plannedAt } from "../../poller/sinks/outbox.ts";
import { registerSinks } from "../../poller/sinks/registration.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import { type ReadableStore, type Store, StoreConflictError } from "../../poller/store/store.ts";
import { minutes, VirtualClock } from "./activityApiFixture.ts";
import { type Death, mortal } from "./mortalStore.ts";
import { event, events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

const days = 24 * 60 * minutes;
const prefix = "ledger/";

describe("The outbox of a sink", () => {
  let folder: string;
  let store: FolderStore;
  let clock: VirtualClock;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "outbox-"));
    store = new FolderStore(folder);
    clock = new VirtualClock();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function startPoller(parts: { events?: Store; ledger?: Store } = {}) {
    const ledger = await Ledger.open(parts.ledger ?? store, prefix);
    const delivery = new Delivery({ ledger, events: parts.events ?? store, prefix: "events/", clock });
    await delivery.finishOpenPlans();
    return {
      ledger,
      delivery,
      register: (...sinks: string[]) => registerSinks(ledger, delivery, sinks, clock),
      /** Delivers a content blob with one event, as a run does: until the flush is not disturbed any more. */
      deliver: async (id: string, created = clock.now()) => {
        const content = { contentId: id, contentUri: `https://127.0.0.1/${id}`, created: new Date(created) };
        for (;;) {
          const kept = delivery.newEvents(content);
          kept.add(Buffer.from(event(id)), 0, event(id).length);
          if ((await delivery.add(content, kept, { kept: {}, dropped: {} })) === "settled") return;
          if ((await delivery.flush([], () => {})).isCommitted) return;
        }
      },
    };
  }

  const outbox = (sink: string) => new Outbox(store, prefix, sink);
  const marked = async (sink: string) => {
    const markers = await outbox(sink).pending();
    const entries = await Promise.all(markers.map(marker => outbox(sink).read(marker)));
    return entries.map(entry => entry!.eventBlob);
  };
  /** The event blobs with events. */
  const stored = async () => {
    const names = await store.list("events/");
    const sizes = await Promise.all(names.map(name => store.size(name)));
    return names.filter((_, index) => sizes[index]! > 20);
  };

  it.each([
    [1, "is marked all the same"],
    [Number.POSITIVE_INFINITY, "ends the run, and is marked by the next one"],
  ])(
    "believes no conflict about a marker that is not there: after %d of them what is stored %s",
    async times => {
      let conflicts = times;
      const doubtful = storeLike(store, {
        replace: async (name, bytes, version) => {
          if (!name.includes("/outbox/") || conflicts === 0) return store.replace(name, bytes, version);
          conflicts -= 1;
          throw new StoreConflictError(name);
        },
      });
      const poller = await startPoller({ ledger: doubtful });
      await poller.register("splunk");
      if (times === 1) await poller.deliver("a");
      else {
        await expect(poller.deliver("a")).rejects.toThrow(StoreConflictError);
        clock.advance(minutes);
        await startPoller();
      }
      expect(await stored()).toHaveLength(1);
      expect(await marked("splunk")).toEqual(await stored());
    },
  );

  it("holds what is delivered from then on, until the sink has confirmed it", async () => {
    const poller = await startPoller();
    await poller.register("splunk");
    const begin = clock.now();
    await poller.deliver("a");
    clock.advance(minutes);
    // Of an earlier hour, and later all the same.
    await poller.deliver("b", clock.now() - 2 * days);
    const markers = await outbox("splunk").pending();
    expect(markers.map(marker => plannedAt(marker).getTime())).toEqual([begin, begin + minutes]);
    expect(await outbox("splunk").read(markers[0]!)).toMatchObject({ events: 1 });
    expect((await marked("splunk")).toSorted()).toEqual((await stored()).toSorted());
    await outbox("splunk").done(markers[0]!);
    expect(await outbox("splunk").pending()).toEqual([markers[1]]);
    expect(await outbox("splunk").read(markers[0]!)).toBeUndefined();
  });

  it("is seeded with what the ledger's eight days know when the sink is new, and only then", async () => {
    const poller = await startPoller();
    for (const ago of [7, 3, 0]) await poller.deliver(`${ago} days ago`, clock.now() - ago * days);
    await poller.register("splunk", "sentinel");
    for (const sink of ["splunk", "sentinel"])
      expect((await marked(sink)).toSorted()).toEqual((await stored()).toSorted());
    for (const marker of await outbox("splunk").pending()) await outbox("splunk").done(marker);
    clock.advance(2 * 60 * minutes);
    await poller.register("splunk", "sentinel");
    expect(await marked("splunk")).toEqual([]);
    expect(await marked("sentinel")).toHaveLength(3);
  });

  it("takes up what a poller that began before the sink was there puts into the store after it", async () => {
    // It knows nothing of the sink when it plans, and is in the midst of its write when the sink is registered.
    const poller = await startPoller();
    let registered: Promise<void> | undefined;
    const slow = await startPoller({
      events: intercepted(store, async create => {
        if (registered === undefined) {
          registered = poller.ledger.reload().then(() => poller.register("splunk"));
          await new Promise(setImmediate);
        }
        return create();
      }),
    });
    await slow.deliver("a");
    await registered;
    expect(await stored()).toHaveLength(1);
    expect(await marked("splunk")).toEqual(await stored());
  });

  it("takes up what was written, and not recorded, by a poller that died before the sink was there", async () => {
    const dying = await startPoller({ events: intercepted(store, async create => dieAfter(create)) });
    await expect(dying.deliver("a")).rejects.toThrow("The process is dead.");
    const poller = await startPollerUnfinished();
    await poller.register("splunk");
    expect(await stored()).toHaveLength(1);
    expect(await marked("splunk")).toEqual(await stored());
  });

  it("holds what a poller put into the store that died at any change of it after that", async () => {
    await (await startPoller()).register("splunk", "sentinel");
    for (let change = 1; ; change += 1) {
      for (const takesPlace of [true, false]) {
        const death: Death = { change, takesPlace };
        const { store: mortalStore, isDead } = mortal(store, death);
        const dying = await startPoller({ events: mortalStore, ledger: mortalStore });
        const id = `${change} ${takesPlace}`;
        await dying.deliver(id).catch(() => undefined);
        clock.advance(minutes);
        await (await startPoller()).deliver(id);
        for (const sink of ["splunk", "sentinel"])
          expect((await marked(sink)).toSorted()).toEqual((await stored()).toSorted());
        // A plan, an event blob, two days, two markers and the head.
        if (!isDead()) return expect(change).toBeGreaterThan(7);
      }
    }
  });

  it("holds what two pollers deliver at the same time, of which one registers the sink", async () => {
    for (let round = 0; round < 8; round += 1) {
      const [one, other] = [await startPoller(), await startPoller()];
      const sink = `sink${round}`;
      await Promise.all([
        one.deliver(`one ${round}`),
        other.register(sink).then(() => other.deliver(`other ${round}`)),
      ]);
      expect((await marked(sink)).toSorted()).toEqual((await stored()).toSorted());
    }
  });

  it("is seeded anew when the run that registered the sink died before it was through", async () => {
    const poller = await startPoller();
    for (const id of ["a", "b", "c"]) await poller.deliver(id);
    for (let change = 1; ; change += 1) {
      const { store: mortalStore, isDead } = mortal(store, { change, takesPlace: change % 2 === 0 });
      const dying = await startPoller({ ledger: mortalStore });
      const sink = `sink${change}`;
      await dying.register(sink).catch(() => undefined);
      await (await startPoller()).register(sink);
      expect((await marked(sink)).toSorted()).toEqual((await stored()).toSorted());
      if (!isDead()) return expect(change).toBeGreaterThan(5);
    }
  });

  it("goes when no run has named the sink for eight days, and comes back whole with the sink", async () => {
    const poller = await startPoller();
    await poller.register("splunk", "sentinel");
    await poller.deliver("a");
    const [old] = await outbox("splunk").pending();
    clock.advance(7 * days);
    await poller.register("sentinel");
    expect(await marked("splunk")).toHaveLength(1);
    clock.advance(1 * days + minutes);
    await poller.register("sentinel");
    await poller.ledger.removeDroppedSinks();
    expect([await marked("splunk"), (await marked("sentinel")).length]).toEqual([[], 1]);
    await poller.deliver("b");
    expect(await marked("splunk")).toEqual([]);

    await poller.register("sentinel", "splunk");
    // Somebody who is still removing the old outbox takes nothing of the new one.
    await outbox("splunk").done(old!);
    expect((await marked("splunk")).toSorted()).toEqual((await stored()).toSorted());
  });

  it("does not mistake a sink for what every object has", async () => {
    const poller = await startPoller();
    await poller.deliver("a");
    await poller.register("constructor");
    expect(await marked("constructor")).toHaveLength(1);
  });

  it("is kept by a poller that knows no sinks while its run removes what is old", async () => {
    const poller = await startPoller();
    await poller.register("splunk");
    await poller.deliver("a");
    await (await startPoller()).ledger.removeDroppedSinks();
    expect(await marked("splunk")).toHaveLength(1);
  });

  /** As it is before the first thing that a run does, which is to end open plans. */
  async function startPollerUnfinished() {
    const ledger = await Ledger.open(store, prefix);
    const delivery = new Delivery({ ledger, events: store, prefix: "events/", clock });
    return { register: (sink: string) => registerSinks(ledger, delivery, [sink], clock) };
  }
});

describe("A command without sinks", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
  });
  afterEach(() => fixture.close());

  it("marks what it delivers for the sinks that runs have named", async () => {
    const ledgerPrefix = `ledger/${tenantId}/Audit.General/`;
    const ledger = await Ledger.open(fixture.store, ledgerPrefix);
    const eventPrefix = `events/${tenantId}/Audit.General/`;
    const delivery = new Delivery({
      ledger,
      events: fixture.store,
      prefix: eventPrefix,
      clock: fixture.clock,
    });
    await registerSinks(ledger, delivery, ["splunk"], fixture.clock);
    fixture.service.publish("Audit.General", events("e", 3));
    const span = { start: new Date(fixture.clock.now() - days), end: new Date(fixture.clock.now()) };
    await fixture.poller().backfill(span, new AbortController().signal);
    const outbox = new Outbox(fixture.store, ledgerPrefix, "splunk");
    const [marker] = await outbox.pending();
    expect(await outbox.read(marker!)).toEqual({
      eventBlob: (await fixture.store.list(eventPrefix))[0],
      events: 3,
    });
  });
});

function intercepted(
  store: ReadableStore,
  creating: (create: () => Promise<boolean>) => Promise<boolean>,
): Store {
  return storeLike(store, { create: (name, bytes) => creating(() => store.create(name, bytes)) });
}

async function dieAfter(create: () => Promise<boolean>): Promise<boolean> {
  await create();
  throw new Error("The process is dead.");
}
