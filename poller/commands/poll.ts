import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { Poller } from "../poller.ts";
import { readSettings } from "../settings.ts";
import { minutesUpTo } from "./arguments.ts";
import { reportRun } from "./runReport.ts";
import { stopOnSignal } from "./stopOnSignal.ts";

interface Options {
  once?: true;
  every: number;
  json?: true;
}

/** Collects, once or again and again. Other commands hang below it. */
export function pollCommand(): Command {
  return new Command("poll")
    .description(
      "Collects the wanted events of a tenant's audit feed into the store. Settings come from the environment: SIEM_TENANT_ID, SIEM_CLIENT_ID, SIEM_STORE and others, see the README.",
    )
    .option("--once", "end after one run: 0 when everything listed is delivered, else 1")
    .option("--every <minutes>", "minutes between the beginnings of two runs", minutesUpTo(1440), 5)
    .option("--json", "write each run as structured log lines instead of text")
    .action(poll);
}

async function poll({ once, every, json }: Options): Promise<void> {
  const poller = await Poller.open(readSettings(process.env));
  const asLines = json === true;
  const stop = stopOnSignal();
  try {
    if (once) process.exitCode = (await run(poller, stop, asLines)) ? 0 : 1;
    else await keepPolling(poller, stop, asLines, every);
  } finally {
    await poller.close();
  }
}

async function run(poller: Poller, stop: AbortSignal, asLines: boolean): Promise<boolean> {
  const summary = await poller.run(stop);
  await reportRun(summary, asLines);
  return summary.isComplete;
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
