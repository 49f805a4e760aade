import { app, type InvocationContext, type Timer } from "@azure/functions";
import { createLog, logSummary } from "./log.ts";
import { Poller } from "./poller.ts";
import { readSettings } from "./settings.ts";
import type { RunSummary } from "./summary.ts";
import { sendRunMetrics } from "./telemetry/sendRunMetrics.ts";

/** A run ends well before the next one is due, and before the host would end it. */
const RUN_SECONDS = 240;

/** Put here by the bundler. */
declare const POLLER_CODE_ID: string;

const terminating = new AbortController();
/** Kept between runs, with its token and its connections. */
let opening: Promise<Poller> | undefined;

app.timer("poll", { schedule: "%SIEM_POLL_SCHEDULE%", runOnStartup: false, handler: poll });
app.hook.appTerminate(() => terminating.abort());

/** A run that failed fails the invocation, so that the platform's own metrics and alerts show it. */
async function poll(_timer: Timer, context: InvocationContext): Promise<void> {
  const poller = await openOnce();
  const summary = await poller.run(terminating.signal);
  // Which code ran is in every line: that is how a publication that came to nothing is noticed.
  const log = createLog((level, line) => context[level](line)).child({ code: POLLER_CODE_ID });
  logSummary(log, summary);
  await sendRunMetrics(summary, process.env, reason => log.warn({ reason }, "metrics.unsent"));
  const errors = errorsOf(summary);
  if (errors.length > 0) throw new Error(errors.join("\n"));
}

function openOnce(): Promise<Poller> {
  opening ??= open().catch(error => {
    opening = undefined;
    throw error;
  });
  return opening;
}

async function open(): Promise<Poller> {
  const settings = readSettings(process.env);
  return Poller.open({ ...settings, runSeconds: settings.runSeconds ?? RUN_SECONDS });
}

function errorsOf(summary: RunSummary): string[] {
  return [
    ...summary.contentTypes.flatMap(({ error }) => error ?? []),
    ...summary.sinks.flatMap(({ sink, error }) => (error === undefined ? [] : `Sink ${sink}: ${error}`)),
  ];
}
