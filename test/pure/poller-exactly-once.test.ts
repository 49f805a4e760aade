import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minutes } from "./activityApiFixture.ts";
import { type Death, mortal } from "./mortalStore.ts";
import { event, events, type PollerFixture, startPollerFixture } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

/** What is published here became available within the last day. */
const settings = { overlapMinutes: 25 * 60 };
/** None: what is shown here does not depend on it. */
const leaseMilliseconds = 0;
/** So that a run stores several times. */
const batchLimits = { bytes: 1e6, contents: 3, events: 1000, plainBytes: 1e6 };

describe("The store", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
  });
  afterEach(() => fixture.close());

  /** Three hours and two days, events that come twice, and content blobs without anything wanted. */
  function publish(prefix: string): string[] {
    const day = 24 * 60 * minutes;
    for (const [index, ago] of [day, 2 * 60 * minutes, 0].entries()) {
      const created = fixture.clock.now() - ago;
      const lines = [
        ...events(`${prefix}${index}-`, 4),
        event(`${prefix}-twice`),
        event(`${prefix}${index}-no`, 6),
      ];
      fixture.service.publish("Audit.General", lines, { created, eventsPerBlob: 2 });
      fixture.service.publish("Audit.General", [event(`${prefix}${index}-never`, 6)], { created });
    }
    return [0, 1, 2]
      .flatMap(index => [0, 1, 2, 3].map(n => `${prefix}${index}-${n}`))
      .concat(`${prefix}-twice`);
  }

  /** Says whether the poller lived to the end. */
  async function runUntil(death: Death): Promise<boolean> {
    const { store, isDead } = mortal(fixture.store, death);
    // Every other one writes each content blob to the store as one that is too long for memory.
    const limits = { ...batchLimits, plainBytes: death.change % 2 === 0 ? 1e6 : 0 };
    await fixture
      .poller(settings, { eventStore: store, ledgerStore: store, batchLimits: limits, leaseMilliseconds })
      .run(new AbortController().signal);
    return !isDead();
  }

  it.each([true, false])(
    "holds each event exactly once after a death at any change of it (that takes place: %s)",
    async takesPlace => {
      let expected: string[] = [];
      for (let change = 1; ; change += 1) {
        expected = [...expected, ...publish(`${change}`)];
        const isDone = await runUntil({ change, takesPlace });
        expect(await fixture.run(settings)).toMatchObject({ isComplete: true });
        expect(await fixture.storedIds()).toEqual(expected.toSorted());
        fixture.clock.advance(7 * minutes);
        if (isDone) break;
      }
      // The first run writes at least three event blobs, and a ledger of four kinds of documents.
      expect(expected.length / 13).toBeGreaterThan(10);
    },
  );

  it("holds each event exactly once after any row of deaths, those in the repair of others included", async () => {
    const deaths = fc.array(
      fc.record({ change: fc.integer({ min: 1, max: 14 }), takesPlace: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    let round = 0;
    let expected: string[] = [];
    await fc.assert(
      fc.asyncProperty(deaths, async all => {
        round += 1;
        expected = [...expected, ...publish(`r${round}`)];
        for (const death of all) await runUntil(death);
        expect(await fixture.run(settings)).toMatchObject({ isComplete: true });
        expect(await fixture.storedIds()).toEqual(expected.toSorted());
        fixture.clock.advance(6 * minutes);
      }),
      { numRuns: 25, endOnFailure: true },
    );
  });

  it("holds each event exactly once when several pollers work at the same time", async () => {
    let expected: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      expected = [...expected, ...publish(`p${round}`)];
      const pollers = Array.from({ length: 3 }, () =>
        fixture.poller(settings, { batchLimits, leaseMilliseconds }),
      );
      const summaries = await Promise.all(pollers.map(poller => poller.run(new AbortController().signal)));
      expect(summaries.map(({ contentTypes }) => contentTypes[0]?.error)).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(await fixture.storedIds()).toEqual(expected.toSorted());
      fixture.clock.advance(5 * minutes);
    }
  });

  it("holds each event exactly once when a second poller starts at any change that a first one makes", async () => {
    let expected: string[] = [];
    for (let change = 1; ; change += 1) {
      expected = [...expected, ...publish(`s${change}`)];
      let changes = 0;
      let second: Promise<unknown> | undefined;
      const interrupted = async <T>(act: () => Promise<T>): Promise<T> => {
        changes += 1;
        // The second one comes, sees an old plan, and is through before the first one goes on.
        if (changes === change) {
          fixture.clock.advance(minutes);
          second = fixture.run(settings);
          await second;
        }
        return act();
      };
      const { store } = fixture;
      const slow = storeLike(store, {
        create: (name, bytes) => interrupted(() => store.create(name, bytes)),
        replace: (name, bytes, version) => interrupted(() => store.replace(name, bytes, version)),
        remove: name => interrupted(() => store.remove(name)),
      });
      const summary = await fixture
        .poller(settings, { eventStore: slow, ledgerStore: slow, batchLimits, leaseMilliseconds })
        .run(new AbortController().signal);
      expect(summary.contentTypes[0]?.error).toBeUndefined();
      expect(await fixture.storedIds()).toEqual(expected.toSorted());
      if (second === undefined) break;
    }
  });
});
