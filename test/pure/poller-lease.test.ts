/** Who works when two pollers would. That nothing is lost or stored twice when both do is shown in poller-exactly-once. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { pollCommand } from "../../poller/commands/poll.ts";
import { type HeldLease, Lease } from "../../poller/ledger/lease.ts";
import { FolderStore } from "../../poller/store/folderStore.ts";
import { type Store, StoreConflictError } from "../../poller/store/store.ts";
import { clientId, minutes, VirtualClock } from "./activityApiFixture.ts";
import { mortal } from "./mortalStore.ts";
import { events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

describe("A lease", () => {
  let folder: string;
  let store: FolderStore;
  let clock: VirtualClock;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lease-"));
    store = new FolderStore(folder);
    clock = new VirtualClock();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const take = (changes: { store?: Store; milliseconds?: number } = {}) =>
    Lease.take({ store, name: "lease.json", milliseconds: minutes, clock, ...changes });
  const taken = async (changes: { store?: Store; milliseconds?: number } = {}) => {
    const lease = await take(changes);
    expect(lease).toBeInstanceOf(Lease);
    return lease as Lease;
  };
  const overwrite = async (text: string) =>
    store.replace("lease.json", Buffer.from(text), (await store.read("lease.json"))?.version);

  it("is one poller's, whose machine and process the others are told, until a minute from now", async () => {
    const lease = await taken();
    expect(await take()).toEqual({
      holder: expect.stringContaining(`${hostname()} (process ${process.pid}, `),
      until: new Date(clock.now() + minutes).toISOString(),
    });
    await lease.release();
    await (await taken()).release();
  });

  it("goes to one of many who want it at the same time", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => take()));
    const leases = all.filter(each => each instanceof Lease);
    expect(leases).toHaveLength(1);
    await leases[0]!.release();
  });

  it("ends by itself a minute after its holder was last heard of", async () => {
    const dead = await taken();
    clock.advance(minutes - 1);
    expect(await take()).not.toBeInstanceOf(Lease);
    clock.advance(1);
    const next = await taken();
    for (const lease of [dead, next]) await lease.release();
  });

  it.each([
    ["of a clock that was ahead", () => new Date(clock.now() + 6 * 60 * minutes).toISOString()],
    ["without a time", () => "soon"],
  ])("counts as none when it is %s", async (_, until) => {
    await overwrite(JSON.stringify({ holder: "somebody", until: until() }));
    await (await taken()).release();
  });

  it("counts as none when it cannot be read", async () => {
    await overwrite("{");
    await (await taken()).release();
  });

  it("is renewed while it lasts, also by a store that fails or forgets to answer now and then", async () => {
    let writes = 0;
    const renewed = Promise.withResolvers<void>();
    const weak = storeLike(store, {
      replace: async (name, bytes, version) => {
        writes += 1;
        if (writes === 2) throw new Error("The store is busy.");
        const next = await store.replace(name, bytes, version);
        if (writes === 3) throw new StoreConflictError(name);
        if (writes === 5) renewed.resolve();
        return next;
      },
    });
    const lease = await taken({ store: weak, milliseconds: 30 });
    clock.advance(29);
    await renewed.promise;
    expect(lease.lost.aborted).toBe(false);
    expect(await take({ milliseconds: 30 })).toMatchObject({
      until: new Date(clock.now() + 30).toISOString(),
    });
    await lease.release();
  });

  it("tells a holder that stood still that another one has it, and stays with that one", async () => {
    const lease = await taken({ milliseconds: 30 });
    const other = JSON.stringify({ holder: "other", until: new Date(clock.now() + 30).toISOString() });
    const lost = once(lease.lost, "abort");
    for (let isOver = false; !isOver; )
      isOver = await overwrite(other).then(
        () => true,
        () => false,
      );
    await lost;
    await lease.release();
    expect(await take({ milliseconds: 30 })).toMatchObject({ holder: "other" });
  });

  it("ends with an error when the store says without end that others are faster", async () => {
    const refusing = storeLike(store, { replace: name => Promise.reject(new StoreConflictError(name)) });
    await expect(take({ store: refusing })).rejects.toThrow(StoreConflictError);
  });
});

describe("A second poller", () => {
  let fixture: PollerFixture;
  const name = `ledger/${tenantId}/Audit.General/lease.json`;
  const never = new AbortController().signal;
  beforeEach(async () => {
    fixture = await startPollerFixture();
    fixture.service.publish("Audit.General", events("e", 3));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await fixture.close();
  });

  /** A poller is killed after its first change of the store, which is to take the lease. */
  async function killOne(): Promise<HeldLease> {
    const { store } = mortal(fixture.store, { change: 2, takesPlace: false });
    await fixture.poller({}, { ledgerStore: store }).run(never);
    return JSON.parse((await fixture.store.read(name))!.bytes.toString());
  }
  const renew = async (held: HeldLease) => {
    const until = new Date(fixture.clock.now() + minutes).toISOString();
    const { version } = (await fixture.store.read(name))!;
    await fixture.store.replace(name, Buffer.from(JSON.stringify({ ...held, until })), version);
  };

  it("steps aside while another one is at work, and its summary says for whom", async () => {
    const held = await killOne();
    const before = fixture.requests("content").length;
    expect(await fixture.run()).toMatchObject({ heldBy: held, isComplete: false, listed: 0 });
    expect(fixture.requests("content")).toHaveLength(before);
    fixture.clock.advance(minutes);
    expect(await fixture.run()).toMatchObject({ isComplete: true, listed: 1 });
    expect(await fixture.run()).not.toHaveProperty("heldBy");
  });

  it("takes over from one that was killed when it may wait, and works beside none that is alive", async () => {
    const held = await killOne();
    const told = vi.fn();
    fixture.clock.afterSleep = () => {
      fixture.clock.afterSleep = () => {};
      return renew(held);
    };
    const beside = await fixture.poller().run(never, told);
    expect(beside.contentTypes[0]).toMatchObject({ heldBy: { holder: held.holder }, isComplete: false });
    const after = await fixture.poller().run(never, told);
    expect(after).toMatchObject({ isComplete: true });
    expect(told.mock.calls.map(([contentType]) => contentType)).toEqual(["Audit.General", "Audit.General"]);
    expect(await fixture.storedIds()).toEqual(["e0", "e1", "e2"]);
  });

  it("is not held up when it is to collect a span", async () => {
    await killOne();
    const span = { start: new Date(fixture.clock.now() - minutes), end: new Date(fixture.clock.now()) };
    expect(await fixture.poller().backfill(span, never)).toMatchObject({ isComplete: true });
  });

  it("says on the command line that it waits, and then what it did", async () => {
    for (const [variable, value] of Object.entries({
      SIEM_TENANT_ID: tenantId,
      SIEM_CLIENT_ID: clientId,
      SIEM_STORE: fixture.folder,
    }))
      vi.stubEnv(variable, value);
    const error = vi.spyOn(console, "error").mockReturnValue();
    const log = vi.spyOn(console, "log").mockReturnValue();
    const exitCodeBefore = process.exitCode;
    const poll = () => pollCommand(async () => fixture.poller()).parseAsync(["--once"], { from: "user" });
    const held = await killOne();
    try {
      await poll();
      expect(process.exitCode).toBe(0);
      expect(error.mock.calls).toEqual([
        [
          `Audit.General: another poller is at work, or was killed: ${held.holder}, until ${held.until} or longer. Waiting to see which.`,
        ],
      ]);
      expect(log.mock.lastCall).toEqual([expect.stringMatching(/^Everything listed is delivered/)]);
      await renew(held);
      fixture.clock.afterSleep = () => renew(held);
      await poll();
      expect(process.exitCode).toBe(1);
      expect(log.mock.lastCall).toEqual([
        expect.stringContaining(
          `Audit.General: left to another poller, which is at work: ${held.holder}, until`,
        ),
      ]);
    } finally {
      process.exitCode = exitCodeBefore;
    }
  });
});
