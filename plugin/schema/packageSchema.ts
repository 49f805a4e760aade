import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { alignWithProvider } from "./customResources.ts";
import { resourceSpec } from "./resourceSpecs.ts";
import { COMPONENTS, REPOSITORY, readProgram } from "./sourceProgram.ts";
import type { PackageSpec, ResourceSpec } from "./specs.ts";
import { InexpressibleTypeError, TypeSpecs } from "./typeSpecs.ts";

const {
  name: PACKAGE,
  version,
  description: SUMMARY,
  license,
} = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8"));

/** What is exported and not served, and why. */
const NOT_SERVED: Record<string, string> = {
  activityFeedPrerequisites: "a function whose output fails; SiemIntegration and the doctor look at the same",
};

/** Respected so that an SDK asks for the plugin of the version that it was generated from. */
const LANGUAGE = Object.fromEntries(
  ["nodejs", "python", "csharp", "java", "go"].map(language => [language, { respectSchemaVersion: true }]),
);

/**
 * The schema of the package that `pulumi-resource-defender-siem` serves, made from the types and docstrings of what
 * `components/index.ts` exports. There is no pluginDownloadURL: the plugin comes with the npm package.
 *
 * @throws InexpressibleTypeError for an argument or output that another language could not give or take.
 */
export function packageSchema(): PackageSpec {
  const program = readProgram(COMPONENTS);
  const types = new TypeSpecs(program.checker, PACKAGE);
  const resources: Record<string, ResourceSpec> = {};
  for (const [name, symbol] of program.exports) {
    if (!(symbol.flags & ts.SymbolFlags.Value) || NOT_SERVED[name] !== undefined) continue;
    if (symbol.flags & ts.SymbolFlags.Class)
      resources[`${PACKAGE}:index:${name}`] = resourceSpec(symbol, types, program.checker);
    else if (symbol.flags & ts.SymbolFlags.Function)
      throw new InexpressibleTypeError(name, "a function", "Serve it, or say in NOT_SERVED why not.");
  }
  alignWithProvider(resources, types.types);
  return {
    name: PACKAGE,
    displayName: "Defender for Office 365 to SIEM",
    version,
    description: SUMMARY,
    keywords: ["category/infrastructure", "kind/component"],
    license,
    meta: { supportPack: true },
    language: LANGUAGE,
    types: sorted(types.types),
    resources: sorted(resources),
  };
}

function sorted<Value>(byName: Record<string, Value>): Record<string, Value> {
  return Object.fromEntries(Object.entries(byName).sort(([one], [other]) => (one < other ? -1 : 1)));
}
