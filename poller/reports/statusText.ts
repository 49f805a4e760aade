import { describeSinkStatus } from "../sinks/sinkStatus.ts";
import type { RunRecord } from "./runHistory.ts";
import type { ContentTypeStatus, Status } from "./status.ts";
import { describeHeld } from "./summary.ts";

/** The status as lines for a person. */
export function describeStatus(status: Status): string {
  return [
    `Tenant ${status.tenant === undefined ? status.tenantId : `${status.tenant} (${status.tenantId})`}: ${status.isWell ? "all is well." : "something needs attention."}`,
    ...status.problems.map(problem => `  ! ${problem}`),
    ...status.contentTypes.flatMap(describeContentType),
    ...status.sinks.flatMap(describeSinkStatus),
    "Last runs",
    ...(status.runs.length === 0 ? ["  none"] : status.runs.flatMap(describeRun)),
  ].join("\n");
}

function describeContentType(status: ContentTypeStatus): string[] {
  const { contentType, listedUntil, behindSeconds, newestContent, lagSeconds, pending, dead } = status;
  return [
    contentType,
    `  listed   until ${listedUntil ?? "nothing"}${ago(behindSeconds, "behind")}`,
    `  newest   ${newestContent ?? "nothing"}${ago(lagSeconds, "ago")}`,
    `  pending  ${pending.length}`,
    ...pending.map(
      ({ contentId, attempts, reason }) => `    ${contentId} after ${attempts} failed runs: ${reason}`,
    ),
    `  dead     ${dead.length}`,
    ...dead.map(({ contentId, reason }) => `    ${contentId}: ${reason}`),
  ];
}

function describeRun({
  startedAt,
  durationSeconds,
  isComplete,
  error,
  contentTypes,
  sinks = [],
}: RunRecord): string[] {
  const sum = (field: "listed" | "fetched" | "events" | "pending" | "dead") =>
    contentTypes.reduce((total, contentType) => total + contentType[field], 0);
  const counts =
    `listed ${sum("listed")}, fetched ${sum("fetched")}, stored ${sum("events")} events, ` +
    `${sum("pending")} pending, ${sum("dead")} given up`;
  const errors = [error, ...contentTypes.map(each => each.error), ...sinks.map(each => each.error)].filter(
    each => each !== undefined,
  );
  return [
    `  ${startedAt}  ${isComplete ? "complete  " : "incomplete"}  ${durationSeconds.toFixed(1)} s  ${counts}`,
    ...contentTypes.flatMap(({ contentType, heldBy }) =>
      heldBy === undefined ? [] : [`    ${contentType} was left to ${describeHeld(heldBy)}`],
    ),
    ...errors.map(each => `    ${each}`),
  ];
}

function ago(seconds: number | undefined, word: string): string {
  if (seconds === undefined) return "";
  if (seconds < 120) return ` (${seconds} s ${word})`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? ` (${minutes} min ${word})` : ` (${Math.floor(minutes / 60)} h ${word})`;
}
