import path from "node:path";
import ts from "typescript";

/** The root of this repository. */
export const REPOSITORY = path.join(import.meta.dirname, "../..");

/** What a user may construct. */
export const COMPONENTS = path.join(REPOSITORY, "components/index.ts");

/** A module as the compiler sees it. */
export interface SourceProgram {
  checker: ts.TypeChecker;
  /** What the module exports, by name, each as the declaration behind the export. */
  exports: ReadonlyMap<string, ts.Symbol>;
}

/**
 * Parses a module and what it imports of this repository; types are worked out as they are asked for. Packages are left
 * out: those of Azure have a hundred megabytes of types, and `pulumi.Input` says by its name what it is.
 */
export function readProgram(entry: string): SourceProgram {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: [],
    lib: ["lib.es5.d.ts"],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, file) =>
    literals.map(({ text }) => ({
      resolvedModule: text.startsWith(".") ? sourceFile(text, file) : undefined,
    }));
  const program = ts.createProgram([entry], options, host);
  const checker = program.getTypeChecker();
  const moduleSymbol = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  const exported = checker.getExportsOfModule(moduleSymbol).map(symbol => {
    const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return [symbol.name, isAlias ? checker.getAliasedSymbol(symbol) : symbol] as const;
  });
  return { checker, exports: new Map(exported) };
}

function sourceFile(specifier: string, importer: string): ts.ResolvedModuleFull {
  const resolvedFileName = path.resolve(path.dirname(importer), specifier);
  return { resolvedFileName, extension: path.extname(resolvedFileName), isExternalLibraryImport: false };
}

/** The text of a docstring with a line for each paragraph, and without the examples: they are in TypeScript. */
export function description(symbol: ts.Symbol, checker: ts.TypeChecker): string | undefined {
  const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const prose = text.replaceAll(/```[\s\S]*?```/g, "").trim();
  return prose === "" ? undefined : prose.replaceAll(/([^\n])\n(?=[^\n|-])/g, "$1 ");
}
