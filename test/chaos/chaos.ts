import { SeededRandom } from "../../local/activity/random.ts";
import { BATCH_LIMITS } from "../../poller/delivery/batches.ts";
import { type StoreKind, startChaosTenant } from "./chaosTenant.ts";
import { type Disturbance, LARGEST_JUMP, LEASE_MILLISECONDS, runDisturbed } from "./disturbedRun.ts";
import { Feed, HOUR } from "./feed.ts";
import { Moments } from "./moments.ts";
import { type Ending, PollerProcess } from "./pollerProcess.ts";
import { findFlaws, flawsOfSinks, openPlans } from "./proof.ts";
import { Troubles } from "./troubles.ts";

export interface ChaosOptions {
  /** Decides all that is left to chance but the timing of processes. */
  seed: string;
  store: StoreKind;
  /** How many pollers are killed. */
  kills: number;
  /** Told of each chapter. */
  log?: (soFar: ChaosReport) => void;
}

export interface ChaosReport {
  kills: number;
  /** Of these, how many left an event blob planned, so that the next poller had to find out what became of it. */
  killsWithOpenPlan: number;
  runs: number;
  publishedEvents: number;
  wantedEvents: number;
  expiredContents: number;
  /** Events that a sink had refused, and that were sent again. */
  refusedEvents: number;
  /** Events that arrived at the sinks, the same one more than once too. */
  arrivedEvents: number;
}

/** After so many kills a poller works in peace, and must have everything in order. */
const KILLS_PER_CHAPTER = 12;
/** Most runs end by a kill; when hardly any does, nothing is proved. */
const MOST_RUNS_PER_KILL = 5;
/** A poller that nothing disturbs takes a second or two; what takes so long hangs. */
const LONGEST_PEACE_MILLISECONDS = 60_000;

/**
 * Runs pollers into everything that can go wrong, kills them, then lets one work in peace, chapter by chapter.
 *
 * @throws Error that names the seed and says what is not in order.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const troubles = new Troubles(new SeededRandom(`${options.seed} troubles`));
  const requests = new Moments();
  const writes = new Moments();
  const arrivals = new Moments();
  const tenant = await startChaosTenant(options.store, {
    onRequest: () => requests.count(),
    onWrite: () => writes.count(),
    onArrival: () => arrivals.count(),
    breaksWire: () => troubles.breaksWire(),
  });
  try {
    return await new Chaos(options.seed, { tenant, troubles, requests, writes, arrivals }).run(options);
  } finally {
    await tenant.close();
  }
}

class Chaos {
  readonly #seed: string;
  readonly #disturbance: Disturbance;
  #kills = 0;
  #killsWithOpenPlan = 0;
  #runs = 0;
  #refused = 0;

  constructor(seed: string, surroundings: Omit<Disturbance, "feed" | "random">) {
    const random = new SeededRandom(seed);
    this.#seed = seed;
    this.#disturbance = { ...surroundings, random, feed: new Feed(surroundings.tenant, random) };
  }

  async run({ kills, log }: ChaosOptions): Promise<ChaosReport> {
    const { exitCode, output } = await this.#runInPeace();
    if (exitCode !== 0) throw new Error(`The poller fails without any trouble: ${output}`);
    while (this.#kills < kills) {
      await this.#chapter(Math.min(kills, this.#kills + KILLS_PER_CHAPTER));
      log?.(this.#report);
    }
    return this.#report;
  }

  async #chapter(untilKills: number): Promise<void> {
    const { feed, tenant } = this.#disturbance;
    feed.beginChapter();
    while (this.#kills < untilKills) await this.#disturb();
    // What is listed late is listed by then, and what a poller swept with a clock that was ahead is due again.
    tenant.clock.advance(Math.max(0, feed.listedBy - tenant.clock.now()) + LARGEST_JUMP + 2 * HOUR);
    const first = await this.#runInPeace({ SIEM_ATTEMPTS_PER_BLOB: "1" });
    await this.#replaySinks();
    tenant.clock.advance(2 * HOUR);
    const last = await this.#runInPeace();
    await this.#refuseFlaws(first, last);
  }

  async #disturb(): Promise<void> {
    const { feed, tenant, random } = this.#disturbance;
    feed.publish();
    // At times the next one comes so soon that the plan of a dead one may be that of one at work.
    if (random.next() < 0.9) tenant.clock.advance(random.integer(6000, 5 * HOUR));
    const { runs, kills } = await runDisturbed(this.#disturbance);
    this.#runs += runs;
    this.#kills += kills;
    if (this.#runs > MOST_RUNS_PER_KILL * (this.#kills + 10))
      throw new Error(`Pollers end before they are killed: ${describeReport(this.#report)}.`);
    if (kills > 0 && (await openPlans(tenant.store)) > 0) this.#killsWithOpenPlan += 1;
  }

  /** Has what the sinks have refused sent again, as somebody does who has seen to the reason. */
  async #replaySinks(): Promise<void> {
    const { names } = this.#disturbance.tenant.sinks;
    for (const { exitCode, output } of await Promise.all(
      names.map(name => this.#inPeace({}, ["replay", "--sink", name])),
    )) {
      if (exitCode !== 0) throw new Error(`What a sink has refused cannot be sent again: ${output}`);
      this.#refused += Number(/sends (\d+) events?/.exec(output)?.[1] ?? 0);
    }
  }

  #runInPeace(settings: Record<string, string> = {}): Promise<Ending> {
    this.#runs += 1;
    return this.#inPeace(settings);
  }

  async #inPeace(settings: Record<string, string>, words?: readonly string[]): Promise<Ending> {
    const { tenant, requests, writes, arrivals } = this.#disturbance;
    for (const moments of [requests, writes, arrivals]) moments.begin();
    const environment = { ...tenant.environment, ...settings };
    const habits = { leaseMilliseconds: LEASE_MILLISECONDS, plainBytes: BATCH_LIMITS.plainBytes };
    const poller = new PollerProcess(environment, tenant.clock, habits, { words });
    const patience = setTimeout(() => poller.kill(), LONGEST_PEACE_MILLISECONDS);
    const ending = await poller.ended;
    clearTimeout(patience);
    return ending;
  }

  async #refuseFlaws(first: Ending, last: Ending): Promise<void> {
    const { feed, tenant } = this.#disturbance;
    const flaws = [...(await findFlaws(feed, tenant.store)), ...flawsOfSinks(feed, tenant.sinks)];
    for (const contentId of feed.expired)
      if (!first.output.includes(`dead     ${contentId}`)) flaws.push(`${contentId} died unreported`);
    if (last.exitCode !== 0 || !last.output.startsWith("Everything listed is delivered"))
      flaws.push(`the last run ended with ${last.exitCode}`);
    if (flaws.length === 0) return;
    const heading = `Chaos with CHAOS_SEED=${this.#seed} (${describeReport(this.#report)}) has flaws:`;
    throw new Error([heading, ...flaws, "The last two runs said:", first.output, last.output].join("\n"));
  }

  get #report(): ChaosReport {
    const { feed, tenant } = this.#disturbance;
    const { sinks } = tenant;
    return {
      kills: this.#kills,
      killsWithOpenPlan: this.#killsWithOpenPlan,
      runs: this.#runs,
      publishedEvents: feed.published,
      wantedEvents: feed.wanted.length,
      expiredContents: feed.expiredContents,
      refusedEvents: this.#refused,
      arrivedEvents: sinks.names.reduce((sum, name) => sum + sinks.arrived(name).length, 0),
    };
  }
}

export function describeReport(report: ChaosReport): string {
  return (
    `${report.kills} kills, ${report.killsWithOpenPlan} of them with an event blob planned, in ${report.runs} runs; ` +
    `${report.publishedEvents} events published, ${report.wantedEvents} of them wanted; ` +
    `${report.expiredContents} content blobs expired; ${report.arrivedEvents} events arrived at the sinks, ` +
    `${report.refusedEvents} of them after they had been refused`
  );
}
