import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { createLog, logSummary } from "../log.ts";
import { Poller } from "../poller.ts";
import { readSettings } from "../settings.ts";
import { describeSummary, type RunSummary } from "../summary.ts";
import { minutesUpTo } from "./arguments.ts";

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
  const report = json ? reportAsLines : reportAsText;
  const stop = stopOnSignal();
  try {
    if (once) process.exitCode = (await run(poller, stop, report)) ? 0 : 1;
    else await keepPolling(poller, stop, report, every);
  } finally {
    await poller.close();
  }
}

async function run(
  poller: Poller,
  stop: AbortSignal,
  report: (summary: RunSummary) => void,
): Promise<boolean> {
  const summary = await poller.run(stop);
  report(summary);
  return summary.isComplete;
}

/** A run that fails is told, and the next one tries again. */
async function keepPolling(
  poller: Poller,
  stop: AbortSignal,
  report: (summary: RunSummary) => void,
  everyMinutes: number,
): Promise<void> {
  while (!stop.aborted) {
    const begin = Date.now();
    await run(poller, stop, report).catch(error => console.error(error.message));
    const rest = begin + everyMinutes * 60_000 - Date.now();
    await setTimeout(Math.max(0, rest), undefined, { signal: stop }).catch(() => undefined);
  }
}

/** The first signal ends the run in order; the second one ends the process, which loses nothing either. */
function stopOnSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function reportAsText(summary: RunSummary): void {
  console.log(describeSummary(summary));
}

function reportAsLines(summary: RunSummary): void {
  logSummary(
    createLog((_, line) => console.log(line)),
    summary,
  );
}
