import { builtinModules } from "node:module";

/** What of `package.json` this has to do with; the rest is for people who work on the project. */
export interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  /** Where each thing that can be imported begins: the TypeScript file, by what follows the package's name. */
  exports: Record<string, string>;
  /** The TypeScript file of each command, by the command's name. */
  bin?: Record<string, string>;
  [field: string]: unknown;
}

/** Where the build puts the code, relative to the root of the package. */
export const BUILD_FOLDER = "dist/package";

/** The types of the main entry, in the build's folder. */
export const TYPES_FILE = "index.d.cts";

/** What a registry shows of a package, and what a reader of it looks for first. */
const DESCRIBING_FIELDS = ["name", "version", "description", "keywords", "license", "author", "type"];

/**
 * The oldest Node that all dependencies support, undici above all. It gives ES modules to `require`, which is how a
 * CommonJS program gets this package.
 */
const ENGINES = { node: ">=22.19.0" };

/**
 * The manifest that the package is published with. Exports and commands lead to what the build makes of the sources, and
 * nothing is left that only serves the work on the sources. Dependencies, which are exact there so that what was tested is
 * what is installed, allow later versions here: a fix of one of them must not wait for a release of this package.
 */
export function publishedManifest(source: Manifest): Record<string, unknown> {
  const described = Object.fromEntries(
    DESCRIBING_FIELDS.flatMap(field => (field in source ? [[field, source[field]]] : [])),
  );
  return {
    ...described,
    engines: ENGINES,
    files: source.files,
    // For `moduleResolution: node` of a CommonJS program, which reads no exports.
    main: built("."),
    types: `./${BUILD_FOLDER}/${TYPES_FILE}`,
    exports: { ...mapValues(source.exports, builtExport), "./package.json": "./package.json" },
    ...(source.bin ? { bin: mapValues(source.bin, built) } : {}),
    dependencies: mapValues(source.dependencies, (_name, version) => `^${version}`),
    peerDependencies: source.peerDependencies,
  };
}

/** The files that the build begins with, by the name of what it makes of each. */
export function entryPoints({ exports, bin = {} }: Manifest): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...exports, ...bin }).map(([key, file]) => [entryName(key), file]),
  );
}

/**
 * Fails unless the package gets what it imports, and nothing else, from its dependencies and peers.
 *
 * @param imported specifiers of the built code that lead out of it.
 * @throws Error that names each package that is too many or too few.
 */
export function checkDependencies(
  { dependencies, peerDependencies }: Manifest,
  imported: readonly string[],
): void {
  const needed = new Set(imported.filter(specifier => !isBuiltIn(specifier)).map(packageName));
  const given = Object.keys({ ...dependencies, ...peerDependencies });
  const missing = [...needed].filter(name => !given.includes(name));
  const unused = given.filter(name => !needed.has(name));
  const problems = [
    ...missing.map(name => `${name} is imported and not among them: move it there from devDependencies`),
    ...unused.map(name => `${name} is among them and not imported: move it to devDependencies`),
  ];
  if (problems.length === 0) return;
  throw new Error(
    `The dependencies and peerDependencies of package.json are not what the package imports. ${problems.join("; ")}.`,
  );
}

function builtExport(subpath: string) {
  if (subpath !== ".") return built(subpath);
  return { types: `./${BUILD_FOLDER}/${TYPES_FILE}`, default: built(subpath) };
}

function built(key: string): string {
  return `./${BUILD_FOLDER}/${entryName(key)}.js`;
}

function entryName(key: string): string {
  return key === "." ? "index" : key.replace("./", "");
}

function isBuiltIn(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

/** `@scope/name/file.js` belongs to `@scope/name`. */
function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function mapValues<T>(
  record: Record<string, string>,
  map: (key: string, value: string) => T,
): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(key, value)]));
}
