import { gunzipSync } from "node:zlib";
import type { ChaosSinks } from "./chaosSinks.ts";
import type { Feed } from "./feed.ts";
import type { WatchedStore } from "./watchedStore.ts";

/** What is not as it must be, in words; nothing when all is well. */
export async function findFlaws(feed: Feed, store: WatchedStore): Promise<string[]> {
  return [...(await flawsOfEvents(feed, store)), ...(await flawsOfLedger(feed, store))];
}

async function flawsOfEvents({ wanted }: Feed, store: WatchedStore): Promise<string[]> {
  const stored = new Map<string, number>();
  for (const line of await storedLines(store)) stored.set(line, (stored.get(line) ?? 0) + 1);
  const missing = wanted.filter(line => !stored.has(line));
  const twice = [...stored].filter(([, count]) => count > 1).map(([line]) => line);
  const expected = new Set(wanted);
  const unwanted = [...stored.keys()].filter(line => !expected.has(line));
  return [
    ...flaw(missing, "wanted events are not in the store"),
    ...flaw(twice, "events are more than once in the store"),
    ...flaw(unwanted, "lines of the store are no wanted event as it was served"),
  ];
}

/** Every wanted event at least once, byte for byte, in every sink, and nothing else. */
export function flawsOfSinks({ wanted }: Feed, sinks: ChaosSinks): string[] {
  const expected = new Set(wanted);
  return sinks.names.flatMap(name => {
    const arrived = new Set(sinks.arrived(name));
    return [
      ...flaw(
        wanted.filter(line => !arrived.has(line)),
        `wanted events are not in the sink ${name}`,
      ),
      ...flaw(
        [...arrived].filter(line => !expected.has(line)),
        `events of the sink ${name} are no wanted event as it was served`,
      ),
    ];
  });
}

/** listed = delivered + filtered + dead: and dead is what has expired, and nothing else. */
async function flawsOfLedger({ contentIds, expired }: Feed, store: WatchedStore): Promise<string[]> {
  const states = await settledContents(store);
  const unknown = [...contentIds].filter(contentId => !states.has(contentId));
  const dead = [...contentIds].filter(contentId => states.get(contentId) === "dead");
  return [
    ...flaw(unknown, "content blobs are not in the ledger"),
    ...flaw(
      [...expired].filter(contentId => states.get(contentId) !== "dead"),
      "expired content blobs are not dead",
    ),
    ...flaw(
      dead.filter(contentId => !expired.has(contentId)),
      "content blobs are dead though they could be fetched",
    ),
  ];
}

function flaw(items: readonly string[], what: string): string[] {
  return items.length === 0
    ? []
    : [`${items.length} ${what}: ${items.slice(0, 3).map(shortened).join(", ")}`];
}

function shortened(text: string): string {
  return text.length < 200 ? text : `${text.slice(0, 200)}...`;
}

async function storedLines(store: WatchedStore): Promise<string[]> {
  const blobs = await store.read("events/");
  return [...blobs.values()].flatMap(linesOf);
}

/** How each content blob ended, as the ledger has it for people with zgrep. */
async function settledContents(store: WatchedStore): Promise<Map<string, string>> {
  const documents = [...(await store.read("ledger/"))].filter(([name]) => name.includes("/contents/"));
  const entries = documents.flatMap(([, bytes]) => linesOf(bytes)).map(line => JSON.parse(line) as string[]);
  return new Map(entries.map(([state, , contentId]) => [contentId!, state!]));
}

function linesOf(gzip: Buffer): string[] {
  return gunzipSync(gzip).toString().split("\n").slice(0, -1);
}

/** How many event blobs are being written, as far as the ledger knows: a poller that dies now leaves work for the next. */
export async function openPlans(store: WatchedStore): Promise<number> {
  const heads = [...(await store.read("ledger/"))].filter(([name]) => name.endsWith("/head.json"));
  return heads.reduce((sum, [, head]) => sum + JSON.parse(head.toString()).planned.length, 0);
}
