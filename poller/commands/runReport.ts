import { createLog, logSummary } from "../log.ts";
import { describeSummary, type RunSummary } from "../reports/summary.ts";
import { sendRunMetrics } from "../telemetry/sendRunMetrics.ts";

/**
 * Writes what a run did as structured log lines, or as text for a person, and sends its metrics if the environment says
 * where to.
 */
export async function reportRun(summary: RunSummary, asLines: boolean): Promise<void> {
  const log = createLog((_, line) => console.log(line));
  if (asLines) logSummary(log, summary);
  else console.log(describeSummary(summary));
  await sendRunMetrics(summary, process.env, reason => {
    if (asLines) log.warn({ reason }, "metrics.unsent");
    else console.error(reason);
  });
}
