import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Outbox } from "../../poller/sinks/outbox.ts";
import { RefusedEvents } from "../../poller/sinks/refusedEvents.ts";
import { type Sink, type SinkEvent, SinkUnavailableError } from "../../poller/sinks/sink.ts";
import { SinkDelivery } from "../../poller/sinks/sinkDelivery.ts";
import type { SinkSummary } from "../../poller/sinks/sinkSummary.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import { minutes, VirtualClock } from "./activityApiFixture.ts";
import { type Death, mortal } from "./mortalStore.ts";
import { event } from "./pollerFixture.ts";

const prefixes = ["ledger/Audit.General/", "ledger/DLP.All/"];

describe("Delivery to a sink", () => {
  let folder: string;
  let store: FolderStore;
  let clock: VirtualClock;
  /** What arrived, and how often something was sent. */
  let arrived: SinkEvent[];
  let sendings: SinkEvent[][];
  /** What the sink does instead of taking everything. */
  let behave: (events: readonly SinkEvent[]) => Awaited<ReturnType<Sink["send"]>>;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "sink-"));
    store = new FolderStore(folder);
    clock = new VirtualClock();
    arrived = [];
    sendings = [];
    behave = () => [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const sink: Sink = {
    send: async events => {
      sendings.push([...events]);
      const refused = behave(events);
      arrived.push(...events.filter(each => !refused.some(({ event: known }) => known === each)));
      return refused;
    },
    close: async () => {},
  };
  const outbox = (prefix = prefixes[0]!) => new Outbox(store, prefix, "lab");
  const refusedEvents = (prefix = prefixes[0]!) => new RefusedEvents(store, prefix, "lab");
  const arrivedIds = () => arrived.map(({ id }) => id);

  /** Puts an event blob into the store and marks it for the sink. */
  async function stored(
    lines: readonly string[],
    minutesAgo: number,
    prefix = prefixes[0]!,
  ): Promise<string> {
    const time = new Date(clock.now() - minutesAgo * minutes).toISOString().replaceAll(/[-:.]/g, "");
    const name = `events/2026/11/21/07/${time}-${String(minutesAgo).padStart(12, "0")}.ndjson.gz`;
    await store.create(name, gzipSync(lines.map(line => `${line}\n`).join("")));
    await outbox(prefix).add("0123456789ab", [{ eventBlob: name, events: lines.length }]);
    return name;
  }

  async function run(
    options: { death?: Death; stop?: AbortSignal; open?: () => Promise<Sink> } = {},
  ): Promise<SinkSummary> {
    const { death = { change: Number.POSITIVE_INFINITY, takesPlace: true } } = options;
    const own = mortal(store, death).store;
    const delivery = new SinkDelivery({
      name: "lab",
      open: options.open ?? (async () => sink),
      boxes: prefixes.map(prefix => ({
        outbox: new Outbox(own, prefix, "lab"),
        refused: new RefusedEvents(own, prefix, "lab"),
      })),
      events: own,
      clock,
      stop: options.stop ?? new AbortController().signal,
    });
    await delivery.drain();
    return delivery.conclude();
  }

  it("gives it every event of its outbox, the oldest first, and byte for byte", async () => {
    const odd =
      '{"Id":"old", "RecordType":"ThreatIntelligence","CreationTime":"2026-11-21T07:00:00","é":"\\u00e9"}';
    await stored([event("young")], 5);
    await stored([event("middle", 47)], 10, prefixes[1]);
    await stored([odd, event("old2")], 15);
    expect(await run()).toEqual({
      sink: "lab",
      isComplete: true,
      delivered: 4,
      refused: 0,
      refusedReasons: [],
      lost: [],
      pending: 0,
      lagSeconds: 0,
    });
    expect(arrived.map(({ id, recordType }) => [id, recordType])).toEqual([
      ["old", 28],
      ["old2", 28],
      ["middle", 47],
      ["young", 28],
    ]);
    expect(arrived[0]).toMatchObject({ creationTime: "2026-11-21T07:00:00", line: Buffer.from(odd) });
    expect(await outbox().pending()).toEqual([]);
  });

  it("sends many small event blobs at once, and a large one in parts", async () => {
    for (let index = 1; index <= 20; index += 1) await stored([event(`s${index}`)], index);
    const large = Array.from({ length: 900 }, (_, index) =>
      event(`l${index}`, 28, { Padding: "x".repeat(9000) }),
    );
    await stored(large, 30);
    expect(await run()).toMatchObject({ isComplete: true, delivered: 920 });
    expect(sendings.map(({ length }) => length)).toHaveLength(2);
    for (const events of sendings)
      expect(events.reduce((sum, { line }) => sum + line.length, 0)).toBeLessThan(5.3 * 1024 * 1024);
    expect(new Set(arrivedIds()).size).toBe(920);
  });

  it("does nothing, and does not even open the sink, when there is nothing to send", async () => {
    const open = () => Promise.reject(new Error("The sink was opened."));
    expect(await run({ open })).toMatchObject({ isComplete: true, delivered: 0 });
  });

  it("tries again what fails for a moment, with growing waits", async () => {
    await stored([event("a")], 5);
    let failures = 0;
    behave = () => {
      failures += 1;
      if (failures <= 3) throw new SinkUnavailableError("The sink is busy.");
      return [];
    };
    expect(await run()).toMatchObject({ isComplete: true, delivered: 1 });
    expect(clock.sleeps).toHaveLength(3);
    for (const [index, sleep] of clock.sleeps.entries()) {
      expect(sleep).toBeGreaterThanOrEqual(500 * 2 ** index);
      expect(sleep).toBeLessThanOrEqual(1000 * 2 ** index);
    }
  });

  it("leaves everything for the next run when the sink stays down, with the reason and the lag", async () => {
    await stored([event("a")], 90);
    await stored([event("b")], 5);
    behave = () => {
      throw new SinkUnavailableError("The sink is down.");
    };
    expect(await run()).toMatchObject({
      isComplete: false,
      error: "The sink is down.",
      delivered: 0,
      pending: 2,
      lagSeconds: expect.closeTo(90 * 60, -2),
    });
    expect(sendings).toHaveLength(4);
    behave = () => [];
    expect(await run()).toMatchObject({ isComplete: true, delivered: 2 });
    expect(arrivedIds()).toEqual(["a", "b"]);
  });

  it("waits as long as the sink asks for, and not for longer than a run has", async () => {
    await stored([event("a")], 5);
    const busy = (retryAfterSeconds: number) => () => {
      throw new SinkUnavailableError("The sink is busy.", { retryAfterSeconds });
    };
    behave = busy(20);
    await run();
    expect(clock.sleeps).toEqual([20_000, 20_000, 20_000]);
    behave = busy(600);
    expect(await run()).toMatchObject({ error: "The sink is busy.", pending: 1 });
    expect(clock.sleeps).toHaveLength(3);
  });

  it("does not try again what only somebody's change helps, or a sink that cannot be opened", async () => {
    await stored([event("a")], 5);
    behave = () => {
      throw new SinkUnavailableError("The token is wrong.", { needsSomebody: true });
    };
    expect(await run()).toMatchObject({ error: "The token is wrong.", pending: 1 });
    expect(sendings).toHaveLength(1);
    const open = () => Promise.reject(new Error("There is no such host."));
    expect(await run({ open })).toMatchObject({ error: "There is no such host.", pending: 1 });
    expect(clock.sleeps).toEqual([]);
  });

  it("keeps events that the sink refuses for good, tells why, and sends them again when asked to", async () => {
    const odd = '{"Id":"b","RecordType":28,"é":"\\u00e9"}';
    await stored([event("a"), odd, event("c")], 5);
    const refusing: typeof behave = events =>
      events.filter(({ id }) => id === "b").map(each => ({ event: each, reason: "It is too odd." }));
    behave = refusing;
    expect(await run()).toMatchObject({
      isComplete: false,
      delivered: 2,
      refused: 1,
      refusedReasons: ["It is too odd."],
      pending: 0,
    });
    expect(await run()).toMatchObject({ isComplete: true, delivered: 0, refused: 0 });
    const [document] = await refusedEvents().refused();
    expect(document).toMatchObject({ events: 1 });
    expect(await refusedEvents().read(document!)).toMatchObject([
      { event: { id: "b", line: Buffer.from(odd) }, reason: "It is too odd." },
    ]);

    await refusedEvents().sendAgain(document!);
    expect(await refusedEvents().refused()).toEqual([]);
    expect(await run()).toMatchObject({ isComplete: false, refused: 1 });
    expect(await refusedEvents().refused()).toMatchObject([{ events: 1 }]);
    await refusedEvents().sendAgain((await refusedEvents().refused())[0]!);
    behave = () => [];
    expect(await run()).toMatchObject({ isComplete: true, delivered: 1 });
    expect(arrived.at(-1)!.line.toString()).toBe(odd);
    expect([...(await refusedEvents().refused()), ...(await refusedEvents().again())]).toEqual([]);
  });

  it("reports an event blob as lost that was deleted meanwhile or is damaged, once, and goes on", async () => {
    const gone = await stored([event("a"), event("b")], 15);
    await rm(path.join(folder, gone));
    const damaged = await stored([event("c")], 10);
    await rm(path.join(folder, damaged));
    await store.create(damaged, gzipSync(event("c")).subarray(0, 20));
    await stored([event("d")], 5);
    expect(await run()).toMatchObject({
      isComplete: false,
      delivered: 1,
      pending: 0,
      lost: [
        { name: gone, events: 2, reason: "it was deleted from the store before the sink had taken it" },
        { name: damaged, events: 1, reason: "it is damaged (unexpected end of file)" },
      ],
    });
    expect(arrivedIds()).toEqual(["d"]);
    expect(await run()).toMatchObject({ isComplete: true, lost: [] });
  });

  it("takes nothing new when the run is to end, and leaves the rest", async () => {
    const stop = new AbortController();
    const large = Array.from({ length: 900 }, (_, index) =>
      event(`l${index}`, 28, { Padding: "x".repeat(9000) }),
    );
    await stored(large, 15);
    await stored([event("b")], 5);
    behave = () => {
      stop.abort();
      return [];
    };
    expect(await run({ stop: stop.signal })).toMatchObject({ isComplete: false, pending: 2 });
    expect(sendings).toHaveLength(1);
    behave = () => [];
    expect(await run()).toMatchObject({ isComplete: true, delivered: 901 });
  });

  it.each([true, false])(
    "gives it every event after a death at any change of the store (that takes place: %s)",
    async takesPlace => {
      behave = events =>
        events.filter(({ id }) => id?.startsWith("bad")).map(each => ({ event: each, reason: "It is bad." }));
      for (let change = 1; ; change += 1) {
        const ids = [`a${change}`, `b${change}`];
        await stored([event(ids[0]!), event(`bad${change}`)], 3);
        await stored([event(ids[1]!)], 2, prefixes[1]);
        const { error } = await run({ death: { change, takesPlace } });
        await run();
        for (const id of ids) expect(arrivedIds()).toContain(id);
        const kept = await refusedEvents().refused();
        const events = await Promise.all(kept.map(document => refusedEvents().read(document)));
        expect(events.flat().map(each => each?.event.id)).toContain(`bad${change}`);
        clock.advance(10 * minutes);
        if (error === undefined) break;
      }
    },
  );
});
