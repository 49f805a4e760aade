import type { SeededRandom } from "../../local/activity/random.ts";
import { BATCH_LIMITS } from "../../poller/delivery/batches.ts";
import type { ChaosTenant } from "./chaosTenant.ts";
import { type Feed, HOUR, MINUTE } from "./feed.ts";
import type { Moments } from "./moments.ts";
import { type FullDisk, type MachineClock, PollerProcess } from "./pollerProcess.ts";
import type { Troubles } from "./troubles.ts";

export interface Disturbance {
  tenant: ChaosTenant;
  feed: Feed;
  troubles: Troubles;
  /** At requests to the Management Activity API or the store. */
  requests: Moments;
  /** At changes of the store. */
  writes: Moments;
  /** At requests to the sinks. */
  arrivals: Moments;
  random: SeededRandom;
}

/** The latest that a poller is killed after its first request: long enough for any that does not wait for its next try. */
const LONGEST_LIFE_MILLISECONDS = 2500;
/** Of which one a poller dies; a run has more of them when a sink gives events back one by one. */
const MOST_ARRIVALS = 6;
/** Long enough to step aside, short enough to wait for the end of it. */
export const LEASE_MILLISECONDS = 600;
/** The largest jump of a poller's clock, forward or back. */
export const LARGEST_JUMP = 6 * HOUR;

/** Starts a poller, or at times two at once, into trouble and mostly to their death. Says how many it started and killed. */
export async function runDisturbed(disturbance: Disturbance): Promise<{ runs: number; kills: number }> {
  const { tenant, troubles, requests, writes, arrivals, random } = disturbance;
  troubles.begin(tenant);
  for (const moments of [requests, writes, arrivals]) moments.begin();
  surprise(disturbance);
  const count = random.next() < 0.2 ? 2 : 1;
  const killed = await Promise.all(Array.from({ length: count }, () => runToDeath(disturbance)));
  troubles.end(tenant);
  return { runs: count, kills: killed.filter(Boolean).length };
}

/** Says whether the poller was killed before it came to its end. */
async function runToDeath({ tenant, requests, writes, arrivals, random }: Disturbance): Promise<boolean> {
  // However often two pollers fail, no content blob that can be fetched is given up.
  const environment = { ...tenant.environment, SIEM_ATTEMPTS_PER_BLOB: "1000" };
  const clock = { aheadMilliseconds: tenant.clock.aheadMilliseconds, jump: clockJump(random) };
  const habits = {
    // Pollers that step aside for each other, and pollers that do not.
    leaseMilliseconds: random.pick([0, LEASE_MILLISECONDS]),
    // Some, or nearly all, or no content blobs count as too long for memory.
    plainBytes: random.pick([0, 3000, BATCH_LIMITS.plainBytes]),
  };
  const poller = new PollerProcess(environment, clock, habits, { fullDisk: fullDisk(random) });
  const { callsOfARun } = tenant.store;
  const timers: NodeJS.Timeout[] = [];
  const killWithin = (milliseconds: number) => {
    const delayMilliseconds = random.integer(0, milliseconds);
    return () => timers.push(setTimeout(() => poller.kill(), delayMilliseconds));
  };
  requests.at(1, killWithin(LONGEST_LIFE_MILLISECONDS));
  // Writing is the shorter part of a run, and the more dangerous one to die in.
  const place = random.next();
  if (place < 0.25) requests.at(random.integer(1, callsOfARun.requests), killWithin(12));
  else if (place < 0.5) arrivals.at(random.integer(1, MOST_ARRIVALS), killWithin(60));
  else writes.at(random.integer(1, callsOfARun.writes), killWithin(6));
  const { exitCode } = await poller.ended;
  for (const timer of timers) clearTimeout(timer);
  return exitCode === undefined;
}

/** Now and then there is no space left for some writes, which a store of blobs does not notice. */
function fullDisk(random: SeededRandom): FullDisk | undefined {
  const [chance, fromWrite, forWrites] = [random.next(), random.integer(1, 25), random.integer(1, 10)];
  return chance < 0.25 ? { fromWrite, forWrites } : undefined;
}

/** What happens while a poller is at work: pages change, tokens expire, another poller's plan grows old. */
function surprise({ tenant, feed, requests, random }: Disturbance): void {
  const surprises = [
    () => feed.publish(),
    () => tenant.expireTokens(),
    () => tenant.clock.advance(random.integer(6000, 30 * MINUTE)),
  ];
  requests.at(random.integer(3, tenant.store.callsOfARun.requests), random.pick(surprises));
}

function clockJump(random: SeededRandom): MachineClock["jump"] {
  if (random.next() < 0.6) return undefined;
  return {
    byMilliseconds: random.integer(-LARGEST_JUMP, LARGEST_JUMP),
    afterMilliseconds: random.pick([0, random.integer(0, 1500)]),
  };
}
