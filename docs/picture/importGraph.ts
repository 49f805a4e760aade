import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const root = path.join(import.meta.dirname, "../..");

/** Which folder uses which at run time: imports of types alone are left out. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads the imports between folders.
 *
 * @param folders paths from the repository's root, such as `components/vault`; a file stands for itself. Every file
 * belongs to the longest of them that it is in, and a file that is in none is not looked at.
 */
export function importGraph(folders: readonly string[]): ImportGraph {
  const graph = new Map(folders.map(folder => [folder, new Set<string>()]));
  for (const file of folders.flatMap(sourceFiles)) {
    const owner = ownerOf(file, folders)!;
    for (const target of importedBy(file)) {
      const used = ownerOf(target, folders);
      if (used !== undefined && used !== owner) graph.get(owner)!.add(used);
    }
  }
  return graph;
}

/** Without the edges that go without saying, since there is a longer way. */
export function withoutShortcuts(graph: ImportGraph): ImportGraph {
  const isIndirect = (from: string, to: string) =>
    [...graph.get(from)!].some(via => via !== to && reachable(graph, via).has(to));
  return new Map(
    [...graph].map(([from, used]) => [from, new Set([...used].filter(to => !isIndirect(from, to)))]),
  );
}

/** Folders that use each other in a circle, each with the others on its way. */
export function circles(graph: ImportGraph): string[] {
  return [...graph.keys()].filter(folder => reachable(graph, folder).has(folder));
}

function reachable(graph: ImportGraph, from: string, found = new Set<string>()): Set<string> {
  for (const next of graph.get(from) ?? []) {
    if (found.has(next)) continue;
    found.add(next);
    reachable(graph, next, found);
  }
  return found;
}

function sourceFiles(folder: string): string[] {
  if (/\.m?ts$/.test(folder)) return [folder];
  const names = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
  return names.filter(name => /\.m?ts$/.test(name)).map(name => path.posix.join(folder, name));
}

function ownerOf(file: string, folders: readonly string[]): string | undefined {
  return folders
    .filter(folder => file === folder || file.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length)[0];
}

/** Files of this repository that a file imports or loads. */
function importedBy(file: string): string[] {
  const text = readFileSync(path.join(root, file), "utf8");
  const statements = text.matchAll(/^(?:import|export)\s+(?:([^;"]*?)\s*from\s+)?"(\.[^"]+)"/gm);
  const loaded = text.matchAll(/\bimport\(\s*"(\.[^"]+)"\s*\)/g);
  const targets = [
    ...[...statements].filter(([, names = ""]) => !isOfTypes(names)).map(([, , target]) => target!),
    ...[...loaded].map(([, target]) => target!),
  ];
  return targets.map(target => path.posix.join(path.posix.dirname(file), target));
}

function isOfTypes(names: string): boolean {
  if (names.startsWith("type ")) return true;
  const inBraces = /^\{(.*)\}$/s.exec(names)?.[1];
  const each = inBraces?.split(",").map(name => name.trim()) ?? [];
  return inBraces !== undefined && each.filter(Boolean).every(name => name.startsWith("type "));
}
