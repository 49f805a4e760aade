import { describeReport, runChaos } from "./chaos.ts";
import { chaosKills, chaosSeed } from "./environment.ts";

/**
 * The long version of the chaos proof, `npm run chaos`: for each kind of store, 200 pollers are killed, or as many as
 * `CHAOS_KILLS` says. `CHAOS_SEED` repeats an earlier run as far as the timing of processes allows.
 */
const seed = chaosSeed();
const kills = chaosKills();
console.log(`CHAOS_SEED=${seed}`);

try {
  for (const store of ["container", "folder"] as const) {
    const begin = performance.now();
    const log = (line: string) => console.log(`${store}: ${line}`);
    const report = await runChaos({ seed, store, kills, log: soFar => log(describeReport(soFar)) });
    const seconds = Math.round((performance.now() - begin) / 1000);
    log(
      `each wanted event is in the store exactly once, and in every sink, after ${describeReport(report)} (${seconds} s)`,
    );
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
