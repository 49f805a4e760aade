import { Command } from "commander";
import { readStatus, type Status } from "../reports/status.ts";
import { describeStatus } from "../reports/statusText.ts";
import type { PollerSettings } from "../settings.ts";
import { openStore } from "../store/openStore.ts";
import { minutesUpTo } from "./arguments.ts";
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
    .option(...TENANT_OPTION)
    .action(showStatus);
}

async function showStatus(options: Options): Promise<void> {
  if (isAboutAll(options)) return showAll(options);
  const status = await statusOf(settingsOf(options), options);
  console.log(options.json ? asJson(status) : describeStatus(status));
  process.exitCode = status.isWell ? 0 : 1;
}

async function showAll(options: Options): Promise<void> {
  const outcomes = await forEveryTenant(settings => statusOf(settings, options));
  const failing = failingTenants(outcomes, ({ isWell }) => isWell);
  console.log(
    options.json
      ? asJson({ isWell: failing.length === 0, failing, tenants: outcomes.map(asStatus) })
      : [...outcomes.map(describe), describeFailing(failing, outcomes.length)].join("\n\n"),
  );
  process.exitCode = failing.length === 0 ? 0 : 1;
}

async function statusOf(settings: PollerSettings, { maxBehind }: Options): Promise<Status> {
  const ledgerStore = await openStore(settings.ledger, settings.managedIdentityClientId);
  return readStatus({ settings, ledgerStore, now: new Date(), mostBehindMinutes: maxBehind });
}

/** A tenant whose ledger cannot be read has a problem, and no more is known of it. */
function asStatus(outcome: Outcome<Status>): object {
  if ("result" in outcome) return outcome.result;
  return { tenant: outcome.tenant, isWell: false, problems: [outcome.error] };
}

function describe(outcome: Outcome<Status>): string {
  return "result" in outcome ? describeStatus(outcome.result) : `Tenant ${outcome.tenant}: ${outcome.error}`;
}

function asJson(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
