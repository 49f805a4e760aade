import { Command } from "commander";
import { SettingError } from "../../activity-api/settingError.ts";
import { describeReplay, replay } from "../replay.ts";
import { describeSinkReplay, replaySink } from "../sinks/replaySink.ts";
import { openStore } from "../store/openStore.ts";
import { ONE_TENANT_OPTION, settingsOf, type TenantOptions } from "./tenants.ts";

interface Options extends TenantOptions {
  json?: true;
  sink?: string;
}

/** Has the poller try again what it gave up, wherever it runs: this changes the ledger only. */
export function replayCommand(): Command {
  return new Command("replay")
    .description(
      "Puts dead content back for the next run, with its count of failed runs reset, or has it send again what a sink has refused: 0 when all that was asked for is put back, else 1.",
    )
    .argument("[contentIds...]", "ids of dead content blobs, as status shows them; none for all")
    .option("--sink <name>", "send again what this sink has refused, instead of fetching content again")
    .option("--json", "write one JSON object instead of text")
    .option(...ONE_TENANT_OPTION)
    .action(replayContent);
}

async function replayContent(contentIds: string[], { json, sink, tenant }: Options): Promise<void> {
  if (sink !== undefined && contentIds.length > 0)
    throw new SettingError("Content ids are of no sink. Leave out the ids, or --sink.");
  const settings = settingsOf({ tenant });
  const ledgerStore = await openStore(settings.ledger, settings.managedIdentityClientId);
  if (sink !== undefined) {
    const sent = await replaySink({ settings, ledgerStore, sink });
    console.log(json ? JSON.stringify(sent, undefined, 2) : describeSinkReplay(sent));
    return;
  }
  const result = await replay({ settings, ledgerStore, contentIds, now: new Date() });
  console.log(json ? JSON.stringify(result, undefined, 2) : describeReplay(result));
  process.exitCode = result.expired.length === 0 && result.notDead.length === 0 ? 0 : 1;
}
