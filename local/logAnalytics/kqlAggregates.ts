import { evaluate, holds, type Scope } from "./kqlExpressions.ts";
import { compare, type Row, toNumber, toText, type Value } from "./kqlValues.ts";
import type { SyntaxNode } from "./kustoLanguage.ts";

/** Computes an aggregate over the rows of a group; undefined for what is none, or is not known here. */
export function aggregate(
  name: string,
  args: SyntaxNode[],
  rows: readonly Row[],
  scope: Scope,
): Value | undefined {
  const values = () => rows.map(row => evaluate(args[0]!, row, scope)).filter(value => value !== null);
  switch (name) {
    case "count":
      return rows.length;
    case "countif":
      return rows.filter(row => holds(args[0]!, row, scope)).length;
    case "dcount":
      return new Set(values().map(toText)).size;
    case "sum":
      return sum(values());
    case "avg":
      return values().length === 0 ? null : sum(values()) / values().length;
    case "make_set":
      return [...new Map(values().map(value => [toText(value), value])).values()];
    case "max":
      return values().reduce<Value>((best, value) => (isAbove(value, best) ? value : best), null);
    case "min":
      return values().reduce<Value>((best, value) => (isBelow(value, best) ? value : best), null);
    default:
      return undefined;
  }
}

/** `arg_max()`: the greatest value of the first argument, and the others of the same row. */
export function ofGreatest(args: SyntaxNode[], rows: readonly Row[], scope: Scope): Value[] {
  let [best, of]: [Value, Row | undefined] = [null, undefined];
  for (const row of rows) {
    const value = evaluate(args[0]!, row, scope);
    if (value !== null && isAbove(value, best)) [best, of] = [value, row];
  }
  return [best, ...args.slice(1).map(arg => (of === undefined ? null : evaluate(arg, of, scope)))];
}

function sum(values: Value[]): number {
  return values.reduce<number>((total, value) => total + (toNumber(value) ?? 0), 0);
}

/** Anything is above nothing, and below it. */
function isAbove(value: Value, other: Value): boolean {
  return other === null || (compare(value, other) ?? 0) > 0;
}

function isBelow(value: Value, other: Value): boolean {
  return other === null || (compare(value, other) ?? 0) < 0;
}
