import { aggregate, ofGreatest } from "./kqlAggregates.ts";
import { callOf, evaluate, holds, type Scope, textOf } from "./kqlExpressions.ts";
import { orderable, type Row, toText, type Value } from "./kqlValues.ts";
import { elements, kindOf, parseKql, type SyntaxNode, type TableSchemas } from "./kustoLanguage.ts";

export interface KqlWorkspace {
  schemas: TableSchemas;
  /** Rows by table; a column that a row lacks is null. */
  rows: Readonly<Record<string, readonly Row[]>>;
}

/**
 * Runs a query on rows in memory: parsed and checked by Microsoft's own language library, executed here. A part of the
 * language that is not known here is an error, never a guess.
 *
 * @param now the time of the query, for `now()` and `ago()`.
 * @throws KqlError for a query that the service would refuse.
 */
export function runKql(query: string, { schemas, rows }: KqlWorkspace, now: Date): Row[] {
  const names = new Map<string, Value>();
  let result: Row[] = [];
  for (const statement of elements(parseKql(query, schemas).Statements)) {
    const expression = statement.Expression as SyntaxNode;
    if (kindOf(statement) === "LetStatement")
      names.set(nameOf(statement.Name as SyntaxNode), evaluate(expression, {}, { now, names }));
    else result = tabular(expression, rows, { now, names });
  }
  return result;
}

function tabular(node: SyntaxNode, tables: KqlWorkspace["rows"], scope: Scope): Row[] {
  switch (kindOf(node)) {
    case "PipeExpression":
      return operate(
        node.Operator as SyntaxNode,
        tabular(node.Expression as SyntaxNode, tables, scope),
        scope,
      );
    case "ParenthesizedExpression":
      return tabular(node.Expression as SyntaxNode, tables, scope);
    case "NameReference":
      return [...(tables[String(node.SimpleName)] ?? [])];
    default:
      throw new Error(`${textOf(node)} is not known to the local workspace.`);
  }
}

function operate(operator: SyntaxNode, rows: Row[], scope: Scope): Row[] {
  const kind = kindOf(operator);
  const expressions = () => elements(operator.Expressions);
  const number = () => Number(evaluate(operator.Expression as SyntaxNode, {}, scope));
  switch (kind) {
    case "FilterOperator":
      return rows.filter(row => holds(operator.Condition as SyntaxNode, row, scope));
    case "ExtendOperator":
      return rows.map(row => extended(row, expressions(), scope));
    case "ProjectOperator":
      return rows.map(row => Object.fromEntries(expressions().map(item => column(item, row, scope))));
    case "DistinctOperator":
      return groups(rows, expressions(), scope).map(({ keys }) => keys);
    case "SummarizeOperator":
      return summarize(operator, rows, scope);
    case "SortOperator":
      return sorted(rows, expressions(), scope);
    case "TopOperator":
      return sorted(rows, [operator.ByExpression as SyntaxNode], scope).slice(0, number());
    case "TakeOperator":
      return rows.slice(0, number());
    case "MvExpandOperator":
      return expressions().reduce((all, item) => expand(all, operator, item, scope), rows);
    case "CountOperator":
      return [{ Count: rows.length }];
    case "RenderOperator":
      return rows;
    default:
      throw new Error(`The operator ${textOf(operator)} (${kind}) is not known to the local workspace.`);
  }
}

/** In order: a column may use those before it. */
function extended(row: Row, expressions: SyntaxNode[], scope: Scope): Row {
  const added = expressions.map(item => column(item, row, scope));
  return { ...row, ...Object.fromEntries(added) };
}

function column(node: SyntaxNode, row: Row, scope: Scope): [string, Value] {
  return [columnName(node), evaluate(node, row, scope)];
}

/** The name that is given, else the one that the service makes up of a function and its first argument. */
function columnName(node: SyntaxNode): string {
  const kind = kindOf(node);
  if (kind === "SimpleNamedExpression") return nameOf(node.Name as SyntaxNode);
  if (kind === "NameReference") return nameOf(node);
  if (kind === "FunctionCallExpression" && callOf(node).name === "bin")
    return columnName(callOf(node).args[0]!);
  throw new Error(`The column ${textOf(node)} has no name of its own. Write name = ${textOf(node)}.`);
}

function nameOf(node: SyntaxNode): string {
  return String(node.SimpleName);
}

interface Group {
  keys: Row;
  rows: Row[];
}

function groups(rows: Row[], keys: SyntaxNode[], scope: Scope): Group[] {
  const found = new Map<string, Group>();
  for (const row of rows) {
    const values = Object.fromEntries(keys.map(key => column(key, row, scope)));
    const id = JSON.stringify(Object.values(values).map(toText));
    const group = found.get(id) ?? { keys: values, rows: [] };
    group.rows.push(row);
    found.set(id, group);
  }
  return [...found.values()];
}

/** Without keys there is always one row, even of nothing: that is what an alert on absence relies on. */
function summarize(operator: SyntaxNode, rows: Row[], scope: Scope): Row[] {
  const by = operator.ByClause as SyntaxNode | null;
  const found = by ? groups(rows, elements(by.Expressions), scope) : [{ keys: {}, rows }];
  return found.map(group => ({
    ...group.keys,
    ...Object.fromEntries(
      elements(operator.Aggregates).flatMap(item => aggregateColumns(item, group.rows, scope)),
    ),
  }));
}

function aggregateColumns(node: SyntaxNode, rows: readonly Row[], scope: Scope): [string, Value][] {
  const expression = node.Expression as SyntaxNode;
  switch (kindOf(node)) {
    case "SimpleNamedExpression":
      return [[nameOf(node.Name as SyntaxNode), aggregated(expression, rows, scope)]];
    case "CompoundNamedExpression": {
      const names = elements((node.Names as SyntaxNode).Names).map(nameOf);
      const values = ofGreatest(argumentsOf(expression, "arg_max"), rows, scope);
      return names.map((name, index) => [name, values[index] ?? null]);
    }
    default:
      throw new Error(`The aggregate ${textOf(node)} has no name. Write name = ${textOf(node)}.`);
  }
}

/** Also what is computed from aggregates, such as a share. */
function aggregated(node: SyntaxNode, rows: readonly Row[], scope: Scope): Value {
  return evaluate(node, {}, { ...scope, aggregate: (name, args) => aggregate(name, args, rows, scope) });
}

function argumentsOf(node: SyntaxNode, expected: string): SyntaxNode[] {
  const { name, args } = callOf(node);
  if (name === expected) return args;
  throw new Error(`The aggregate ${textOf(node)} is not known to the local workspace.`);
}

/** As the service: descending unless told otherwise, null last in descending order and first in ascending. */
function sorted(rows: Row[], orders: SyntaxNode[], scope: Scope): Row[] {
  const by = orders.map(order => {
    const isOrdered = kindOf(order) === "OrderedExpression";
    const clause = isOrdered ? (order.Ordering as SyntaxNode | null) : null;
    const expression = (isOrdered ? order.Expression : order) as SyntaxNode;
    return { expression, sign: clause && textOf(clause).startsWith("asc") ? 1 : -1 };
  });
  return rows.toSorted((one, other) => {
    for (const { expression, sign } of by) {
      const a = orderable(evaluate(expression, one, scope));
      const b = orderable(evaluate(expression, other, scope));
      if (a === b) continue;
      if (a === null || b === null) return (a === null ? -1 : 1) * sign;
      return (a < b ? -1 : 1) * sign;
    }
    return 0;
  });
}

/** One row for each element of a list, or each member of an object: `kind=array` gives it as [name, value]. */
function expand(rows: Row[], operator: SyntaxNode, item: SyntaxNode, scope: Scope): Row[] {
  const asPairs = elements(operator.Parameters).some(parameter =>
    /^kind\s*=\s*array$/.test(textOf(parameter)),
  );
  const expression = item.Expression as SyntaxNode;
  const name = columnName(expression);
  return rows.flatMap(row => {
    const value = evaluate(expression, row, scope);
    return membersOf(value, asPairs).map(member => ({ ...row, [name]: member }));
  });
}

function membersOf(value: Value, asPairs: boolean): Value[] {
  if (Array.isArray(value)) return value as Value[];
  if (value === null || typeof value !== "object") return [value];
  const entries = Object.entries(value);
  return entries.map(([key, member]) => (asPairs ? [key, member] : { [key]: member }));
}
