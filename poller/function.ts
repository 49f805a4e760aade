import { app, type InvocationContext } from "@azure/functions";
import { createLog, logSummary, ofTenant } from "./log.ts";
import { pollTimers } from "./managedTenants.ts";
import { Poller } from "./poller.ts";
import type { RunSummary } from "./reports/summary.ts";
import { readSettings } from "./settings.ts";
import { sendRunMetrics } from "./telemetry/sendRunMetrics.ts";
import { Turns } from "./turns.ts";

/** A run ends well before the next one is due, and before the host would end it. */
const RUN_SECONDS = 240;

/**
 * Flex Consumption gives each timer instances of its own; where several share one, so many poll at a time, since the
 * smallest has 512 MB for all of them.
 */
const MOST_TENANTS_AT_A_TIME = 2;
/** Whoever waits longer would be ended by the host in the middle of its run, and all others with it. */
const PATIENCE_MILLISECONDS = 300_000;

/** Put here by the bundler. */
declare const POLLER_CODE_ID: string;

const terminating = new AbortController();
/** By the name of the tenant; kept between runs, with their tokens and their connections. */
const openings = new Map<string | undefined, Promise<Poller>>();
const turns = new Turns(MOST_TENANTS_AT_A_TIME);

/**
 * Tells the Functions host what to run and when. Settings that are wrong fail it, and with it the start of the worker.
 */
export function registerTimers(): void {
  for (const { name, tenant, schedule } of pollTimers(process.env))
    app.timer(name, {
      schedule,
      runOnStartup: false,
      handler: (_timer, context) => (tenant === undefined ? poll(context) : pollTenant(tenant, context)),
    });
  app.hook.appTerminate(() => terminating.abort());
}

/** Whatever goes wrong is this tenant's alone, and says whose it is. */
async function pollTenant(tenant: string, context: InvocationContext): Promise<void> {
  try {
    await turns.run(() => poll(context, tenant), PATIENCE_MILLISECONDS);
  } catch (error) {
    throw new Error(`Tenant ${tenant}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** A run that failed fails the invocation, so that the platform's own metrics and alerts show it. */
async function poll(context: InvocationContext, tenant?: string): Promise<void> {
  // Which code ran is in every line: that is how a publication that came to nothing is noticed.
  const log = createLog((level, line) => context[level](line)).child({ code: POLLER_CODE_ID });
  const summary = await run(tenant).catch(error => {
    // A run that could not begin is found by the name of the tenant; the invocation of a single one says it all.
    if (tenant !== undefined) ofTenant(log, tenant).error({ error: error.message }, "poll.failed");
    throw error;
  });
  logSummary(log, summary);
  await sendRunMetrics(summary, process.env, reason => log.warn({ reason }, "metrics.unsent"));
  const errors = errorsOf(summary);
  if (errors.length > 0) throw new Error(errors.join("\n"));
}

async function run(tenant: string | undefined): Promise<RunSummary> {
  return (await openOnce(tenant)).run(terminating.signal);
}

function openOnce(tenant: string | undefined): Promise<Poller> {
  const known = openings.get(tenant);
  if (known !== undefined) return known;
  const opening = open(tenant);
  openings.set(tenant, opening);
  opening.catch(() => openings.delete(tenant));
  return opening;
}

async function open(tenant: string | undefined): Promise<Poller> {
  const settings = readSettings(process.env, tenant);
  return Poller.open({ ...settings, runSeconds: settings.runSeconds ?? RUN_SECONDS });
}

function errorsOf(summary: RunSummary): string[] {
  return [
    ...summary.contentTypes.flatMap(({ error }) => error ?? []),
    ...summary.sinks.flatMap(({ sink, error }) => (error === undefined ? [] : `Sink ${sink}: ${error}`)),
  ];
}
