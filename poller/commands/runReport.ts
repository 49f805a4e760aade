import { createLog, logSummary } from "../log.ts";
import { describeSummary, type RunSummary } from "../summary.ts";

/** Writes what a run did as structured log lines, or as text for a person. */
export function reportRun(summary: RunSummary, asLines: boolean): void {
  if (asLines)
    logSummary(
      createLog((_, line) => console.log(line)),
      summary,
    );
  else console.log(describeSummary(summary));
}
