import { Command } from "commander";
import { describeReplay, replay } from "../replay.ts";
import { readSettings } from "../settings.ts";
import { openStore } from "../store.ts";

/** Has the poller try again what it gave up, wherever it runs: this changes the ledger only. */
export function replayCommand(): Command {
  return new Command("replay")
    .description(
      "Puts dead content back for the next run, with its count of failed runs reset: 0 when all that was asked for is put back, else 1.",
    )
    .argument("[contentIds...]", "ids of dead content blobs, as status shows them; none for all")
    .option("--json", "write one JSON object instead of text")
    .action(replayContent);
}

async function replayContent(contentIds: string[], { json }: { json?: true }): Promise<void> {
  const settings = readSettings(process.env);
  const ledgerStore = await openStore(settings.ledger, settings.managedIdentityClientId);
  const result = await replay({ settings, ledgerStore, contentIds, now: new Date() });
  console.log(json ? JSON.stringify(result, undefined, 2) : describeReplay(result));
  process.exitCode = result.expired.length === 0 && result.notDead.length === 0 ? 0 : 1;
}
