import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import type { ContentType } from "../../activity-api/contentTypes.ts";
import type { HeldLease } from "../ledger/lease.ts";
import { type OnHeld, Poller } from "../poller.ts";
import { describeHeld } from "../reports/summary.ts";
import type { PollerSettings } from "../settings.ts";
import { minutesUpTo } from "./arguments.ts";
import { reportRun } from "./runReport.ts";
import { stopOnSignal } from "./stopOnSignal.ts";
import {
  describeFailing,
  failingTenants,
  forEveryTenant,
  isAboutAll,
  settingsOf,
  TENANT_OPTION,
  type TenantOptions,
} from "./tenants.ts";

type OpenPoller = (settings: PollerSettings) => Promise<Poller>;

interface Options extends TenantOptions {
  once?: true;
  every: number;
  json?: true;
}

/**
 * Collects, once or again and again. Other commands hang below it.
 *
 * @param open opens the poller. Defaults to one as the settings say.
 */
export function pollCommand(open: OpenPoller = settings => Poller.open(settings)): Command {
  return new Command("poll")
    .description(
      "Collects the wanted events of a tenant's audit feed into the store. Settings come from the environment: SIEM_TENANT_ID, SIEM_CLIENT_ID, SIEM_STORE and others, see the README.",
    )
    .option("--once", "end after one run: 0 when everything listed is delivered, else 1")
    .option("--every <minutes>", "minutes between the beginnings of two runs", minutesUpTo(1440), 5)
    .option("--json", "write each run as structured log lines instead of text")
    .option(...TENANT_OPTION)
    .action(options => (isAboutAll(options) ? pollAll(open, options) : pollOne(open, options)));
}

async function pollOne(open: OpenPoller, options: Options): Promise<void> {
  process.exitCode = (await poll(await open(settingsOf(options)), options, stopOnSignal())) ? 0 : 1;
}

/** All at a time, each on its own: one that fails or hangs holds up no other. */
async function pollAll(open: OpenPoller, options: Options): Promise<void> {
  const stop = stopOnSignal();
  const outcomes = await forEveryTenant(async settings =>
    poll(await open(settings), options, stop, `Tenant ${settings.tenant}: `),
  );
  for (const outcome of outcomes)
    if ("error" in outcome) console.error(`Tenant ${outcome.tenant}: ${outcome.error}`);
  const failing = failingTenants(outcomes, isWell => isWell);
  console.error(describeFailing(failing, outcomes.length));
  process.exitCode = failing.length === 0 ? 0 : 1;
}

/** Whether a single run has delivered everything; polling again and again ends well when it is told to end. */
async function poll(
  poller: Poller,
  { once, every, json }: Options,
  stop: AbortSignal,
  whose = "",
): Promise<boolean> {
  const asLines = json === true;
  try {
    if (once) return await run(poller, stop, asLines, tellOfWait);
    await keepPolling(poller, stop, asLines, every, whose);
    return true;
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
  whose: string,
): Promise<void> {
  while (!stop.aborted) {
    const begin = Date.now();
    await run(poller, stop, asLines).catch(error => console.error(whose + error.message));
    const rest = begin + everyMinutes * 60_000 - Date.now();
    await setTimeout(Math.max(0, rest), undefined, { signal: stop }).catch(() => undefined);
  }
}
