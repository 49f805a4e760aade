import { Command } from "commander";
import { ActivityApiClient } from "../../activity-api/client.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import { type CompletenessProof, proveCompleteness } from "../completeness.ts";
import { describeProof } from "../completenessText.ts";
import { type PollerSettings, readSettings } from "../settings.ts";
import { openStore } from "../store.ts";
import { StoreLayout } from "../storeLayout.ts";

interface Options {
  json?: true;
  againstService?: true;
}

/** Shows from ledger and store, also while the poller runs, that nothing is missing. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "Proves hour by hour that listed = delivered + filtered + dead + pending, and that the store holds what was delivered: 0 without a gap, else 1.",
    )
    .option("--json", "write one JSON object instead of tables")
    .option("--against-service", "list all content anew and look for what the ledger does not know")
    .action(verify);
}

async function verify({ json, againstService }: Options): Promise<void> {
  const settings = readSettings(process.env);
  const client = againstService ? new ActivityApiClient(settings, tokenSource(settings)) : undefined;
  try {
    const proofs = await proveAll(settings, client);
    const isComplete = proofs.every(({ gaps }) => gaps.length === 0);
    const proof = { tenantId: settings.tenantId, isComplete, contentTypes: proofs };
    console.log(json ? JSON.stringify(proof, undefined, 2) : proofs.map(describeProof).join("\n\n"));
    process.exitCode = isComplete ? 0 : 1;
  } finally {
    await client?.close();
  }
}

async function proveAll(
  settings: PollerSettings,
  client: ActivityApiClient | undefined,
): Promise<CompletenessProof[]> {
  const ledgerStore = await openStore(settings.ledger, settings.managedIdentityClientId);
  const eventStore = await openStore(settings.store, settings.managedIdentityClientId);
  const layout = new StoreLayout(settings);
  const proofs: CompletenessProof[] = [];
  for (const contentType of settings.contentTypes)
    proofs.push(
      await proveCompleteness({
        contentType,
        ledgerStore,
        ledgerPrefix: layout.ledgerPrefix(contentType),
        eventStore,
        eventPrefix: layout.eventPrefix(contentType),
        now: new Date(),
        client,
      }),
    );
  return proofs;
}
