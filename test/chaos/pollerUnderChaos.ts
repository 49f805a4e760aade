import { program } from "../../poller/commands/program.ts";
import { BATCH_LIMITS } from "../../poller/delivery/batches.ts";
import { Poller } from "../../poller/poller.ts";

/**
 * The poller's command, as `npm run poll` starts it, but that it takes another poller for dead after
 * `CHAOS_LEASE_MILLISECONDS`: most die here, and the next one would wait a minute for each. And content blobs with more
 * than `CHAOS_PLAIN_BYTES` to store count as too long for memory.
 */
const leaseMilliseconds = Number(process.env.CHAOS_LEASE_MILLISECONDS);
const batchLimits = { ...BATCH_LIMITS, plainBytes: Number(process.env.CHAOS_PLAIN_BYTES) };

try {
  await program(settings =>
    Poller.open(settings, undefined, { leaseMilliseconds, batchLimits }),
  ).parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
