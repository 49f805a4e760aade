import { Cron } from "croner";
import type { FunctionBinding, RegisteredFunction } from "./functionWorkerMessages.ts";

/** A function with a timer trigger, its settings resolved. */
export interface TimerFunction {
  name: string;
  /** NCRONTAB expression, in UTC: Flex Consumption knows no other time zone. */
  schedule: string;
  runOnStartup: boolean;
}

/**
 * The timer that a function declares.
 *
 * @throws Error with the host's words when the binding names a setting that is not there, when the schedule is none, or
 * when the trigger is of another kind.
 */
export function timerFunction(
  { name, bindings }: RegisteredFunction,
  appSettings: Record<string, string>,
): TimerFunction {
  const trigger = Object.values(bindings).find(({ type }) => /trigger$/i.test(type ?? ""));
  if (trigger?.type?.toLowerCase() !== "timertrigger")
    throw new Error(
      `The binding type '${trigger?.type}' is not registered: the local tenant runs timer functions only.`,
    );
  const schedule = resolveSettings(String(trigger.schedule ?? ""), appSettings);
  if (!isNcrontab(schedule))
    throw new Error(
      `The schedule expression '${schedule}' was not recognized as a valid cron expression or timespan string.`,
    );
  return { name, schedule, runOnStartup: isOn(trigger, "runOnStartup") };
}

/** Runs `tick` at the times of an NCRONTAB expression until the job is stopped. */
export function everyTime(schedule: string, tick: () => void): Cron {
  return new Cron(schedule, NCRONTAB, tick);
}

/** The next time of an NCRONTAB expression, in ISO 8601. */
export function nextTime(schedule: string): string {
  return new Cron(schedule, NCRONTAB).nextRun()?.toISOString() ?? "";
}

/** NCRONTAB wants day and weekday both to match, where classic cron takes either. */
const NCRONTAB = { mode: "5-or-6-parts", timezone: "UTC", domAndDow: true } as const;

/** Replaces `%NAME%` by the application setting of that name, which is how bindings take values from outside. */
function resolveSettings(text: string, appSettings: Record<string, string>): string {
  return text.replace(/%([^%]*)%/g, (expression, name) => {
    const value = appSettings[name];
    if (value === undefined) throw new Error(`'${expression}' does not resolve to a value.`);
    return value;
  });
}

/** Five or six fields of numbers, names, lists, ranges and steps; none of the letters that other crons add (L, W, #, ?). */
function isNcrontab(schedule: string): boolean {
  const fields = schedule.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 6) return false;
  if (!fields.every(field => /^(\*|\d+|[a-z]{3})([-/,](\*|\d+|[a-z]{3}))*$/i.test(field))) return false;
  try {
    return new Cron(schedule, NCRONTAB).nextRun() !== null;
  } catch {
    return false;
  }
}

function isOn(binding: FunctionBinding, property: string): boolean {
  return String(binding[property] ?? false).toLowerCase() === "true";
}
