/** A length of time, KQL's `timespan`. */
export class Timespan {
  readonly milliseconds: number;

  constructor(milliseconds: number) {
    this.milliseconds = milliseconds;
  }
}

/** A value of a column: null, bool, number, string, datetime, timespan, or JSON of the type dynamic. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Date
  | Timespan
  | unknown[]
  | { [key: string]: unknown };

export type Row = Record<string, Value>;

/** What is ordered and compared: times as milliseconds. Null, and JSON of the type dynamic, has no place in an order. */
export function orderable(value: Value): number | string | boolean | null {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Timespan) return value.milliseconds;
  return typeof value === "object" ? null : value;
}

/** Negative, zero or positive as in a sort; undefined when one of them is null or they are of different kinds. */
export function compare(one: Value, other: Value): number | undefined {
  const [a, b] = [orderable(one), orderable(other)];
  if (a === null || b === null || typeof a !== typeof b) return undefined;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `tostring()`: null becomes empty text, JSON its text, and a time its ISO form with seven digits. */
export function toText(value: Value): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString().replace("Z", "0000Z");
  if (value instanceof Timespan) return String(value.milliseconds);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `todouble()`; null for what is no number. */
export function toNumber(value: Value): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return null;
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}

/** `toint()` and `tolong()`. */
export function toWhole(value: Value): number | null {
  const number = toNumber(value);
  return number === null ? null : Math.trunc(number);
}

/** `todatetime()`. */
export function toTime(value: Value): Date | null {
  if (value instanceof Date) return value;
  if (typeof value !== "string") return null;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? null : time;
}

/** `parse_json()`: text that is no JSON stays text; what is JSON already stays what it is. */
export function toJson(value: Value): Value {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A part of JSON of the type dynamic; null where there is none. */
export function memberOf(value: Value, key: Value): Value {
  if (typeof value !== "object" || value === null || value instanceof Date || value instanceof Timespan)
    return null;
  if (Array.isArray(value)) return (typeof key === "number" ? (value.at(key) as Value) : null) ?? null;
  return Object.hasOwn(value, String(key)) ? ((value[String(key)] as Value) ?? null) : null;
}
