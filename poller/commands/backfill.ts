import { Command } from "commander";
import { parseBackfillSpan } from "../collection/backfillSpan.ts";
import { Poller } from "../poller.ts";
import { reportRun } from "./runReport.ts";
import { stopOnSignal } from "./stopOnSignal.ts";
import { ONE_TENANT_OPTION, settingsOf, type TenantOptions } from "./tenants.ts";

interface Options extends TenantOptions {
  from: string;
  to?: string;
  json?: true;
}

/** Collects what a time span still lacks, also while the poller runs. */
export function backfillCommand(): Command {
  return new Command("backfill")
    .description(
      "Lists a time span of the last seven days again and collects what is not known of it; what was delivered is not delivered again. 0 when everything listed is delivered, else 1.",
    )
    .requiredOption("--from <time>", "where the span begins, like 2026-11-21T07:00:00Z")
    .option("--to <time>", "where the span ends; now unless it is given")
    .option("--json", "write the run as structured log lines instead of text")
    .option(...ONE_TENANT_OPTION)
    .action(backfill);
}

async function backfill({ from, to, json, tenant }: Options): Promise<void> {
  const span = parseBackfillSpan(from, to, new Date());
  const poller = await Poller.open(settingsOf({ tenant }));
  try {
    const summary = await poller.backfill(span, stopOnSignal());
    await reportRun(summary, json === true);
    process.exitCode = summary.isComplete ? 0 : 1;
  } finally {
    await poller.close();
  }
}
