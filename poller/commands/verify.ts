import { Command } from "commander";
import { ActivityApiClient } from "../../activity-api/client.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import { type CompletenessProof, proveCompleteness } from "../reports/completeness.ts";
import { describeProof } from "../reports/completenessText.ts";
import type { PollerSettings } from "../settings.ts";
import { openStore } from "../store/openStore.ts";
import { StoreLayout } from "../store/storeLayout.ts";
import {
  describeFailing,
  failingTenants,
  forEveryTenant,
  isAboutAll,
  type Outcome,
  settingsOf,
  TENANT_OPTION,
  type TenantOptions,
} from "./tenants.ts";

interface Options extends TenantOptions {
  json?: true;
  againstService?: true;
}

/** What is proven of a tenant. */
interface TenantProof {
  tenant?: string;
  tenantId: string;
  isComplete: boolean;
  contentTypes: CompletenessProof[];
}

/** Shows from ledger and store, also while the poller runs, that nothing is missing. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "Proves hour by hour that listed = delivered + filtered + dead + pending, and that the store holds what was delivered: 0 without a gap, else 1.",
    )
    .option("--json", "write one JSON object instead of tables")
    .option("--against-service", "list all content anew and look for what the ledger does not know")
    .option(...TENANT_OPTION)
    .action(verify);
}

async function verify(options: Options): Promise<void> {
  if (isAboutAll(options)) return verifyAll(options);
  const proof = await prove(settingsOf(options), options);
  console.log(options.json ? JSON.stringify(proof, undefined, 2) : describe(proof));
  process.exitCode = proof.isComplete ? 0 : 1;
}

async function verifyAll(options: Options): Promise<void> {
  const outcomes = await forEveryTenant(settings => prove(settings, options));
  const failing = failingTenants(outcomes, ({ isComplete }) => isComplete);
  const all = { isComplete: failing.length === 0, failing, tenants: outcomes.map(asProof) };
  console.log(
    options.json
      ? JSON.stringify(all, undefined, 2)
      : [...outcomes.map(describeOutcome), describeFailing(failing, outcomes.length)].join("\n\n"),
  );
  process.exitCode = failing.length === 0 ? 0 : 1;
}

async function prove(settings: PollerSettings, { againstService }: Options): Promise<TenantProof> {
  const { tenant, tenantId } = settings;
  const client = againstService ? new ActivityApiClient(settings, tokenSource(settings)) : undefined;
  try {
    const contentTypes = await proveAll(settings, client);
    const isComplete = contentTypes.every(({ gaps }) => gaps.length === 0);
    return { ...(tenant === undefined ? {} : { tenant }), tenantId, isComplete, contentTypes };
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

function asProof(outcome: Outcome<TenantProof>): object {
  return "result" in outcome ? outcome.result : { ...outcome, isComplete: false };
}

function describeOutcome(outcome: Outcome<TenantProof>): string {
  const whose = `Tenant ${outcome.tenant}`;
  return "result" in outcome ? `${whose}\n${describe(outcome.result)}` : `${whose}: ${outcome.error}`;
}

function describe({ contentTypes }: TenantProof): string {
  return contentTypes.map(describeProof).join("\n\n");
}
