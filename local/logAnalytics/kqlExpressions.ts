import { FUNCTIONS, part } from "./kqlFunctions.ts";
import { compare, type Row, Timespan, toNumber, toText, type Value } from "./kqlValues.ts";
import { elements, kindOf, type SyntaxNode } from "./kustoLanguage.ts";

/** What an expression may refer to besides the columns of its row. */
export interface Scope {
  /** The time of the query, for `now()` and `ago()`. */
  now: Date;
  /** Values named by `let`. */
  names: ReadonlyMap<string, Value>;
  /** Computes the aggregates of the group that is summarized; undefined for another function, and outside of `summarize`. */
  aggregate?(name: string, args: SyntaxNode[]): Value | undefined;
}

/**
 * Computes a scalar expression.
 *
 * @throws Error for a part of the language that is not known here, never a wrong value for it.
 */
export function evaluate(node: SyntaxNode, row: Row, scope: Scope): Value {
  const kind = kindOf(node);
  const of = (child: unknown) => evaluate(child as SyntaxNode, row, scope);
  switch (kind) {
    case "LiteralExpression":
      return literal(node);
    case "NameReference":
      return named(String(node.SimpleName), row, scope);
    case "ParenthesizedExpression":
    case "BracketedExpression":
    case "SimpleNamedExpression":
      return of(node.Expression);
    case "PrefixUnaryExpression":
      return negated(node, of(node.Expression));
    case "PathExpression":
      return part(of(node.Expression), String((node.Selector as SyntaxNode).SimpleName));
    case "ElementExpression":
      return part(of(node.Expression), of(node.Selector));
    case "BinaryExpression":
      return binary(node, row, scope);
    case "InExpression":
      return isAmong(node, row, scope);
    case "FunctionCallExpression":
      return call(node, row, scope);
    default:
      throw new Error(`The expression ${textOf(node)} (${kind}) is not known to the local workspace.`);
  }
}

/** Whether a condition holds; null counts as no. */
export function holds(condition: SyntaxNode, row: Row, scope: Scope): boolean {
  return evaluate(condition, row, scope) === true;
}

/** The name and the arguments of a function call. */
export function callOf(node: SyntaxNode): { name: string; args: SyntaxNode[] } {
  const { Name, ArgumentList } = node as { Name: SyntaxNode; ArgumentList: SyntaxNode } & SyntaxNode;
  return { name: String(Name.SimpleName), args: elements(ArgumentList.Expressions) };
}

export function textOf(node: SyntaxNode): string {
  return String(node).trim();
}

/** The hidden column that says when the row arrived; a row without it has no such time. */
export const INGESTION_TIME = "ingestion_time()";

const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  d: 86_400_000,
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
};

function literal(node: SyntaxNode): Value {
  const text = textOf(node);
  const type = node.ResultType?.Name;
  if (type === "string") return String((node.Token as SyntaxNode).ValueText);
  if (type === "bool") return text === "true";
  if (type === "long" || type === "int" || type === "real") return Number(text);
  const [, amount, unit] = /^([\d.]+)(d|h|m|s|ms)$/.exec(text) ?? [];
  if (unit !== undefined) return new Timespan(Number(amount) * UNIT_MILLISECONDS[unit]!);
  throw new Error(`The literal ${text} is not known to the local workspace.`);
}

function named(name: string, row: Row, { names }: Scope): Value {
  if (Object.hasOwn(row, name)) return row[name]!;
  return names.get(name) ?? null;
}

function negated(node: SyntaxNode, value: Value): Value {
  const number = toNumber(value);
  if (textOf(node.Operator as SyntaxNode) !== "-" || number === null) return number;
  return -number;
}

function binary(node: SyntaxNode, row: Row, scope: Scope): Value {
  const operator = textOf(node.Operator as SyntaxNode);
  const left = evaluate(node.Left as SyntaxNode, row, scope);
  if (operator === "and" && left !== true) return false;
  if (operator === "or" && left === true) return true;
  const right = evaluate(node.Right as SyntaxNode, row, scope);
  if (operator === "and" || operator === "or") return right === true;
  const decide = COMPARISONS[operator];
  if (decide !== undefined) return decide(left, right);
  const isWhole = node.ResultType?.Name === "long" || node.ResultType?.Name === "int";
  return arithmetic(operator, left, right, isWhole);
}

const COMPARISONS: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  "==": (left, right) => compare(left, right) === 0,
  "!=": (left, right) => compare(left, right) !== 0,
  "<": (left, right) => (compare(left, right) ?? 0) < 0,
  ">": (left, right) => (compare(left, right) ?? 0) > 0,
  "<=": (left, right) => (compare(left, right) ?? 1) <= 0,
  ">=": (left, right) => (compare(left, right) ?? -1) >= 0,
  "=~": (left, right) => toText(left).toLowerCase() === toText(right).toLowerCase(),
  startswith: (left, right) => toText(left).toLowerCase().startsWith(toText(right).toLowerCase()),
  contains: (left, right) => toText(left).toLowerCase().includes(toText(right).toLowerCase()),
};

function arithmetic(operator: string, left: Value, right: Value, isWhole: boolean): Value {
  if (left instanceof Date || left instanceof Timespan) return timeArithmetic(operator, left, right);
  const [a, b] = [toNumber(left), toNumber(right)];
  if (a === null || b === null) return null;
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      if (b === 0) return null;
      return isWhole ? Math.trunc(a / b) : a / b;
    default:
      throw new Error(`The operator ${operator} is not known to the local workspace.`);
  }
}

function timeArithmetic(operator: string, left: Date | Timespan, right: Value): Value {
  if (right === null) return null;
  if (left instanceof Date && right instanceof Date && operator === "-")
    return new Timespan(left.getTime() - right.getTime());
  if (left instanceof Date && right instanceof Timespan && (operator === "-" || operator === "+"))
    return new Date(left.getTime() + (operator === "+" ? 1 : -1) * right.milliseconds);
  if (left instanceof Timespan && right instanceof Timespan && operator === "/")
    return left.milliseconds / right.milliseconds;
  throw new Error(`The operator ${operator} between these times is not known to the local workspace.`);
}

function isAmong(node: SyntaxNode, row: Row, scope: Scope): boolean {
  const left = evaluate(node.Left as SyntaxNode, row, scope);
  const values = elements((node.Right as SyntaxNode).Expressions).map(item => evaluate(item, row, scope));
  const isIn = values.some(value => compare(left, value) === 0);
  const operator = textOf(node.Operator as SyntaxNode);
  if (operator === "in") return isIn;
  if (operator === "!in") return !isIn;
  throw new Error(`The operator ${operator} is not known to the local workspace.`);
}

function call(node: SyntaxNode, row: Row, scope: Scope): Value {
  const { name, args } = callOf(node);
  const aggregated = scope.aggregate?.(name, args);
  if (aggregated !== undefined) return aggregated;
  const of = (index: number) => evaluate(args[index]!, row, scope);
  if (name === "ingestion_time") return row[INGESTION_TIME] ?? null;
  if (name === "iff" || name === "iif") return of(0) === true ? of(1) : of(2);
  if (name === "coalesce") return args.map((_, index) => of(index)).find(isThere) ?? null;
  if (name === "case") return firstCase(args, row, scope);
  const known = FUNCTIONS[name];
  if (known !== undefined)
    return known(
      args.map((_, index) => of(index)),
      scope.now,
    );
  throw new Error(`The function ${name} is not known to the local workspace.`);
}

/** Strings are never null; an empty one counts as missing. */
function isThere(value: Value): boolean {
  return value !== null && value !== "";
}

function firstCase(args: SyntaxNode[], row: Row, scope: Scope): Value {
  for (let index = 0; index + 1 < args.length; index += 2)
    if (holds(args[index]!, row, scope)) return evaluate(args[index + 1]!, row, scope);
  return evaluate(args.at(-1)!, row, scope);
}
