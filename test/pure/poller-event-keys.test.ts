import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventKeyDay, eventKeyOf } from "../../poller/ledger/eventKeys.ts";
import { KeySet } from "../../poller/ledger/keySet.ts";

/** Few enough to come twice, and some that begin alike, which share their slots. */
const keys = fc.oneof(
  fc.nat(40).map(number => eventKeyOf(`id ${number}`)),
  fc
    .uint8Array({ minLength: 8, maxLength: 8 })
    .map(end => Buffer.from([1, 2, 3, 4, ...end]).toString("base64")),
);

function setOf(all: Iterable<string>): KeySet {
  const set = new KeySet();
  for (const key of all) set.add(key);
  return set;
}

describe("KeySet", () => {
  it("is what a set of strings is", () => {
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 300 }), fc.array(keys), (added, others) => {
        const [set, model] = [new KeySet(), new Set<string>()];
        for (const key of added) {
          expect(set.add(key)).toBe(!model.has(key));
          model.add(key);
        }
        expect(set.size).toBe(model.size);
        expect([...set]).toEqual([...model]);
        for (const key of [...added, ...others]) expect(set.has(key)).toBe(model.has(key));
      }),
    );
  });

  it("reads what it wrote, which is its keys one behind the other", () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys), all => {
        const text = JSON.stringify(setOf(all));
        expect(text).toBe(JSON.stringify(all.join("")));
        expect([...KeySet.parse(JSON.parse(text))]).toEqual(all);
      }),
    );
    expect(() => KeySet.parse("cut off")).toThrow(TypeError);
  });

  it("takes all of another one", () => {
    fc.assert(
      fc.property(fc.array(keys), fc.array(keys), (one, other) => {
        const set = setOf(one);
        set.addAll(setOf(other));
        expect([...set]).toEqual([...new Set([...one, ...other])]);
      }),
    );
  });

  it("gives its last ones, in their order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys), fc.nat(60), (all, count) => {
        const set = setOf(all);
        expect([...set.last(count)]).toEqual(count === 0 ? [] : all.slice(-count));
      }),
    );
  });

  it.each(["", "short", "sixteen letters!", "AAAAAAAAAAAAAAAAA"])("takes no key that is none: %j", key => {
    expect(() => new KeySet().add(key)).toThrow(new TypeError(`"${key}" is not the key of an event`));
  });
});

describe("A day of event keys", () => {
  it("reads what it wrote", () => {
    fc.assert(
      fc.property(fc.uniqueArray(keys), all => {
        const day = EventKeyDay.empty();
        expect(day.add(setOf(all), 1000)).toBe(all.length > 0);
        expect(day.format().toString()).toBe(all.map(key => `${key}\n`).join(""));
        const read = EventKeyDay.parse(day.format());
        expect(read.size).toBe(all.length);
        expect(read.add(setOf(all), 1000)).toBe(false);
      }),
    );
  });

  it("forgets the oldest when there are too many", () => {
    const all = Array.from({ length: 10 }, (_, index) => eventKeyOf(`${index}`));
    const day = EventKeyDay.empty();
    day.add(setOf(all), 4);
    expect(all.map(key => day.has(key))).toEqual([...Array(6).fill(false), ...Array(4).fill(true)]);
  });
});
