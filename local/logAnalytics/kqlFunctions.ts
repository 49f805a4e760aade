import {
  compare,
  memberOf,
  Timespan,
  toJson,
  toNumber,
  toText,
  toTime,
  toWhole,
  type Value,
} from "./kqlValues.ts";

/** The scalar functions that are known here, besides those that do not evaluate all arguments. */
export const FUNCTIONS: Readonly<Record<string, (args: Value[], now: Date) => Value>> = {
  ago: ([span], now) => new Date(now.getTime() - millisecondsOf(span)),
  array_length: ([value]) => (Array.isArray(value) ? value.length : null),
  bin: ([value, size]) => bin(value!, size!),
  not: ([value]) => (typeof value === "boolean" ? !value : null),
  now: (_, now) => now,
  isempty: ([value]) => toText(value!) === "",
  isnotempty: ([value]) => toText(value!) !== "",
  isnotnull: ([value]) => value !== null,
  isnull: ([value]) => value === null,
  parse_json: ([value]) => toJson(value!),
  round: ([value, digits]) => round(toNumber(value!), toNumber(digits ?? 0)),
  set_has_element: ([set, element]) =>
    Array.isArray(set) && set.some(each => compare(each as Value, element!) === 0),
  strcat: args => args.map(toText).join(""),
  substring: ([text, from, length]) => {
    const start = toNumber(from!) ?? 0;
    return toText(text!).slice(start, length === undefined ? undefined : start + (toNumber(length) ?? 0));
  },
  tobool: ([value]) => (typeof value === "boolean" ? value : null),
  todatetime: ([value]) => toTime(value!),
  todouble: ([value]) => toNumber(value!),
  toint: ([value]) => toWhole(value!),
  tolong: ([value]) => toWhole(value!),
  tostring: ([value]) => toText(value!),
};

/** What `value.key` and `value[key]` are. */
export function part(value: Value, key: Value): Value {
  return memberOf(value, key);
}

function millisecondsOf(value: Value | undefined): number {
  if (value instanceof Timespan) return value.milliseconds;
  throw new Error(`${toText(value ?? null)} is not a timespan.`);
}

/** Rounded down to a multiple; times count from the year 1, of which 1970 is a multiple of all usual sizes. */
function bin(value: Value, size: Value): Value {
  if (value === null || size === null) return null;
  if (value instanceof Date) {
    const step = millisecondsOf(size);
    return new Date(Math.floor(value.getTime() / step) * step);
  }
  const step = toNumber(size)!;
  return Math.floor(toNumber(value)! / step) * step;
}

function round(value: number | null, digits: number | null): number | null {
  if (value === null) return null;
  const factor = 10 ** (digits ?? 0);
  return Math.round(value * factor) / factor;
}
