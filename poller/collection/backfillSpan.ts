import { SettingError } from "../../activity-api/settingError.ts";
import { parseUtc } from "../content/content.ts";
import { earliestListed, type Window } from "./windows.ts";

/**
 * Reads the time span of a backfill. Times are in ISO form, and UTC where they name no zone.
 *
 * @param to undefined for now.
 * @throws SettingError when a time is none, when the span is empty, or when the service does not list it (any more).
 */
export function parseBackfillSpan(from: string, to: string | undefined, now: Date): Window {
  const start = parseTime("--from", from);
  const end = to === undefined ? now : parseTime("--to", to);
  const earliest = earliestListed(now);
  const allowed = `Use times from ${earliest.toISOString()} to ${now.toISOString()}.`;
  if (start < earliest)
    throw new SettingError(
      `--from is ${start.toISOString()}, and the service lists content of the last seven days only. ${allowed}`,
    );
  if (end > now) throw new SettingError(`--to is ${end.toISOString()}, which is yet to come. ${allowed}`);
  if (start >= end)
    throw new SettingError(
      `--from is ${start.toISOString()}, which is not before --to, ${end.toISOString()}. ${allowed}`,
    );
  return { start, end };
}

function parseTime(option: string, value: string): Date {
  const time = parseUtc(value.trim());
  if (time !== undefined) return time;
  throw new SettingError(`${option}: "${value}" is not a time. Write one like 2026-11-21T07:00:00Z.`);
}
