import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import type { ContentType } from "../../activity-api/contentTypes.ts";
import type { HeldLease } from "../lease.ts";
import { type OnHeld, Poller } from "../poller.ts";
import { type PollerSettings, readSettings } from "../settings.ts";
import { describeHeld } from "../summary.ts";
import { minutesUpTo } from "./arguments.ts";
import { reportRun } from "./runReport.ts";
import { stopOnSignal } from "./stopOnSignal.ts";

interface Options {
  once?: true;
  every: number;
  json?: true;
}

/**
 * Collects, once or again and again. Other commands hang below it.
 *
 * @param open opens the poller. Defaults to one as the settings say.
 */
export function pollCommand(
  open: (settings: PollerSettings) => Promise<Poller> = settings => Poller.open(settings),
): Command {
  return new Command("poll")
    .description(
      "Collects the wanted events of a tenant's audit feed into the store. Settings come from the environment: SIEM_TENANT_ID, SIEM_CLIENT_ID, SIEM_STORE and others, see the README.",
    )
    .option("--once", "end after one run: 0 when everything listed is delivered, else 1")
    .option("--every <minutes>", "minutes between the beginnings of two runs", minutesUpTo(1440), 5)
    .option("--json", "write each run as structured log lines instead of text")
    .action(async options => poll(await open(readSettings(process.env)), options));
}

async function poll(poller: Poller, { once, every, json }: Options): Promise<void> {
  const asLines = json === true;
  const stop = stopOnSignal();
  try {
    if (once) process.exitCode = (await run(poller, stop, asLines, tellOfWait)) ? 0 : 1;
    else await keepPolling(poller, stop, asLines, every);
  } finally {
    await poller.close();
  }
}

async function run(poller: Poller, stop: AbortSignal, asLines: boolean, onHeld?: OnHeld): Promise<boolean> {
  const summary = await poller.run(stop, onHeld);
  await reportRun(summary, asLines);
  return summary.isComplete;
}

/** After a poller that was killed, a single run would otherwise end with nothing. */
function tellOfWait(contentType: ContentType, held: HeldLease): void {
  console.error(
    `${contentType}: another poller is at work, or was killed: ${describeHeld(held)}. Waiting to see which.`,
  );
}

/** A run that fails is told, and the next one tries again. */
async function keepPolling(
  poller: Poller,
  stop: AbortSignal,
  asLines: boolean,
  everyMinutes: number,
): Promise<void> {
  while (!stop.aborted) {
    const begin = Date.now();
    await run(poller, stop, asLines).catch(error => console.error(error.message));
    const rest = begin + everyMinutes * 60_000 - Date.now();
    await setTimeout(Math.max(0, rest), undefined, { signal: stop }).catch(() => undefined);
  }
}
