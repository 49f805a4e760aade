import { createRequire } from "node:module";

/** A node of the syntax tree of Microsoft's parser: its parts are properties, named as in the Kusto.Language library. */
export interface SyntaxNode {
  readonly ResultType?: { readonly Name: string } | null;
  readonly [part: string]: unknown;
}

interface KustoLibrary {
  Kusto: {
    Language: {
      GlobalState: { Default: { WithDatabase(database: unknown): unknown } };
      KustoCode: { ParseAndAnalyze(query: string, globals: unknown): KustoCode };
      Symbols: {
        TableSymbol: { From(columns: string): { WithName(name: string): unknown } };
        DatabaseSymbol: { $ctor1: new (name: string, tables: unknown[]) => unknown };
      };
    };
  };
  Bridge: { getTypeName(node: unknown): string; toArray<T>(list: unknown): T[] };
}

interface KustoCode {
  Syntax: SyntaxNode;
  GetDiagnostics(): unknown;
}

interface Diagnostic {
  Message: string;
  Start: number;
}

/** A query that the service would refuse. */
export class KqlError extends Error {
  override readonly name = "KqlError";
}

/** Columns of each table, in KQL's own notation: `(TimeGenerated: datetime, Message: string)`. */
export type TableSchemas = Readonly<Record<string, string>>;

let loaded: KustoLibrary | undefined;
const parsed = new Map<string, SyntaxNode>();

/**
 * Parses a query and checks names and types with the language library of Microsoft, which the Azure portal uses too.
 *
 * @throws KqlError with what the library says of each mistake, and where.
 */
export function parseKql(query: string, schemas: TableSchemas): SyntaxNode {
  const key = JSON.stringify([query, schemas]);
  const syntax = parsed.get(key) ?? parse(query, schemas);
  parsed.set(key, syntax);
  return syntax;
}

function parse(query: string, schemas: TableSchemas): SyntaxNode {
  const { Kusto, Bridge } = library();
  const { GlobalState, KustoCode, Symbols } = Kusto.Language;
  const tables = Object.entries(schemas).map(([name, columns]) =>
    Symbols.TableSymbol.From(columns).WithName(name),
  );
  const workspace = new Symbols.DatabaseSymbol.$ctor1("workspace", tables);
  const code = KustoCode.ParseAndAnalyze(query, GlobalState.Default.WithDatabase(workspace));
  const mistakes = Bridge.toArray<Diagnostic>(code.GetDiagnostics());
  if (mistakes.length === 0) return code.Syntax;
  const told = mistakes.map(({ Message, Start }) => `${Message} At: ${excerpt(query, Start)}`);
  throw new KqlError(["The query is not right.", ...told].join("\n  "));
}

/** The kind of a node, such as `FilterOperator`. */
export function kindOf(node: SyntaxNode): string {
  return library().Bridge.getTypeName(node).split(".").at(-1)!;
}

/** The elements of a list of nodes, without the commas between them. */
export function elements(list: unknown): SyntaxNode[] {
  return library()
    .Bridge.toArray<SyntaxNode>(list)
    .map(item => (item.Element as SyntaxNode | undefined) ?? item);
}

/** The library is a script that defines globals; it takes 0.4 s to load, so only who asks for it waits. */
function library(): KustoLibrary {
  if (loaded === undefined) {
    const require = createRequire(import.meta.url);
    require("@kusto/language-service-next/bridge.min.js");
    require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");
    loaded = globalThis as unknown as KustoLibrary;
  }
  return loaded;
}

function excerpt(query: string, start: number): string {
  return JSON.stringify(query.slice(start, start + 40).trim() || query.slice(-40));
}
