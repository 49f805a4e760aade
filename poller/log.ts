import pino, { type Logger } from "pino";
import { type ContentTypeSummary, loggedSummary, type RunSummary } from "./reports/summary.ts";
import type { SinkSummary } from "./sinks/sinkSummary.ts";

export type LogLevel = "info" | "warn" | "error";

/** Writes structured lines, one JSON object each, to whoever takes them at their level. */
export function createLog(write: (level: LogLevel, line: string) => void): Logger {
  const destination = {
    // Makes pino tell the level beside the line.
    [Symbol.for("pino.metadata")]: true,
    lastLevel: pino.levels.values.info!,
    write(line: string) {
      write(levelOf(this.lastLevel), line.trimEnd());
    },
  };
  return pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: name => ({ level: name }) },
    },
    destination,
  );
}

/**
 * Logs what somebody should look at, and then the run as one line, `poll.completed`. Every line names the tenant, where there
 * are several.
 */
export function logSummary(logger: Logger, summary: RunSummary): void {
  const log = ofTenant(logger, summary.tenant);
  for (const contentType of summary.contentTypes) {
    logSubscription(log, contentType);
    logProblems(log, contentType);
  }
  for (const sink of summary.sinks) logSink(log, sink);
  log[levelOfRun(summary)](loggedSummary(summary), "poll.completed");
}

/** A log whose lines name the tenant, where there are several. */
export function ofTenant(log: Logger, tenant: string | undefined): Logger {
  return tenant === undefined ? log : log.child({ tenant });
}

/** At error level even when it is healed: somebody stopped the feed, and content of that time is lost. */
function logSubscription(log: Logger, { contentType, subscription, healed }: ContentTypeSummary): void {
  if (subscription.toLowerCase() === "enabled") return;
  if (healed === undefined) log.error({ contentType, subscription }, "subscription.notEnabled");
  else log.error({ contentType, subscription, ...healed }, "subscription.healed");
}

function logProblems(log: Logger, { contentType, error, lost, pending, dead }: ContentTypeSummary): void {
  if (error !== undefined) log.error({ contentType, error }, "poll.failed");
  if (lost !== undefined) log.error({ contentType, ...lost }, "content.lost");
  for (const content of dead) log.error({ contentType, ...content }, "content.dead");
  for (const content of pending) log.warn({ contentType, ...content }, "content.pending");
}

function logSink(log: Logger, { sink, error, refused, refusedReasons, lost, ...rest }: SinkSummary): void {
  const { pending, lagSeconds } = rest;
  if (error !== undefined) log.error({ sink, error, pending, lagSeconds }, "sink.failed");
  if (refused > 0) log.error({ sink, refused, reasons: refusedReasons }, "sink.refused");
  for (const eventBlob of lost) log.error({ sink, ...eventBlob }, "sink.lost");
}

function levelOfRun({ isComplete, contentTypes, sinks }: RunSummary): LogLevel {
  if (isComplete) return "info";
  const isError = ({ error, dead, healed }: ContentTypeSummary) =>
    error !== undefined || dead.length > 0 || healed !== undefined;
  const isSinkError = ({ error, refused, lost }: SinkSummary) =>
    error !== undefined || refused > 0 || lost.length > 0;
  return contentTypes.some(isError) || sinks.some(isSinkError) ? "error" : "warn";
}

function levelOf(value: number): LogLevel {
  if (value >= pino.levels.values.error!) return "error";
  return value >= pino.levels.values.warn! ? "warn" : "info";
}
