import { Command } from "commander";
import { readSettings } from "../settings.ts";
import { readStatus } from "../status.ts";
import { describeStatus } from "../statusText.ts";
import { openStore } from "../store.ts";
import { minutesUpTo } from "./arguments.ts";

interface Options {
  json?: true;
  maxBehind: number;
}

/** Tells how the poller stands, wherever it runs: it reads the ledger only. */
export function statusCommand(): Command {
  return new Command("status")
    .description("Shows the last runs, the lag, and what is pending or dead: 0 when all is well, else 1.")
    .option("--json", "write one JSON object instead of text")
    .option(
      "--max-behind <minutes>",
      "how far behind the poller may be before that is a problem",
      minutesUpTo(10_080),
      120,
    )
    .action(showStatus);
}

async function showStatus({ json, maxBehind }: Options): Promise<void> {
  const settings = readSettings(process.env);
  const ledgerStore = await openStore(settings.ledger, settings.managedIdentityClientId);
  const status = await readStatus({ settings, ledgerStore, now: new Date(), mostBehindMinutes: maxBehind });
  console.log(json ? JSON.stringify(status, undefined, 2) : describeStatus(status));
  process.exitCode = status.isWell ? 0 : 1;
}
