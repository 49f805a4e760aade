import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type { BuildOptions } from "esbuild";
import { type Zippable, zipSync } from "fflate";
import { CODE_FILE, MANIFEST_FILE } from "./packageFiles.ts";

/** What the package is built from, apart from the third-party code, which the lock file stands for. */
const SOURCE_FOLDERS = ["activity-api", "command", "doctor", "poller"];
const LOCK_FILE = "package-lock.json";

/** What the Functions host loads; everything else in the code has it do nothing. */
const ENTRY_FILE = "function.cjs";
const ENTRY = `require("./${CODE_FILE}").registerTimers();\n`;

/** Stands in the code for its id, which is a digest of the code, until that is known; as long as one, for the source map. */
const CODE_ID_TO_COME = "code-id-here";

/** What is required from within a function that never runs here, and would be a third of the package. */
const LEFT_OUT = [
  // Given by the worker of Azure Functions; in no package.
  "@azure/functions-core",
  // undici's other parsers: an experiment, off unless UNDICI_USE_MILO is set, and one for processors without SIMD.
  "../milo/simd.js",
  "../milo/no-simd.js",
  "../llhttp/llhttp-wasm.js",
  // For lists of blobs in Apache Arrow's format, which only a caller that asks for it gets.
  "apache-arrow",
];

/** How esbuild makes one file of the poller. */
export const BUNDLE_OPTIONS = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node24",
  minify: true,
  // Errors are logged by the name of their class.
  keepNames: true,
  external: LEFT_OUT,
  alias: { undici: path.join(import.meta.dirname, "undiciClient.cjs") },
} satisfies BuildOptions;

/**
 * https://learn.microsoft.com/azure/azure-functions/functions-host-json. A poll that is not through in ten minutes has
 * met something that more time does not heal; the next run goes on from the ledger.
 */
const HOST_JSON = {
  version: "2.0",
  functionTimeout: "00:10:00",
  logging: {
    logLevel: { default: "Information" },
    // A poll writes a few lines, and alerts count them: none may be left out.
    applicationInsights: { samplingSettings: { isEnabled: false } },
  },
};

/**
 * Builds the function package, unless it is there and its sources are those that it was built from.
 *
 * @param root folder of the project.
 * @param entry what is bundled.
 * @param zipFile the package.
 * @throws esbuild's own error when the sources do not compile.
 */
export function rebuildIfChanged(root: string, entry: string, zipFile: string): void {
  const inputsHash = hashInputs(root);
  const recordFile = `${zipFile}.inputs`;
  const builtFrom = existsSync(recordFile) ? readFileSync(recordFile, "utf8") : undefined;
  if (builtFrom === inputsHash && existsSync(zipFile)) return;
  const { code, codeId, sourceMap } = bundle(entry);
  mkdirSync(path.dirname(zipFile), { recursive: true });
  writeAtOnce(path.join(path.dirname(zipFile), `${CODE_FILE}.map`), sourceMap);
  writeAtOnce(zipFile, zip(code, codeId));
  writeAtOnce(recordFile, inputsHash);
}

function hashInputs(root: string): string {
  const sources = SOURCE_FOLDERS.flatMap(folder => sourceFiles(root, folder));
  const lock = existsSync(path.join(root, LOCK_FILE)) ? [LOCK_FILE] : [];
  const hash = createHash("sha256");
  for (const file of [...sources, ...lock]) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file.replaceAll("\\", "/")} ${content.length}\n`).update(content);
  }
  return hash.digest("hex");
}

function sourceFiles(root: string, folder: string): string[] {
  if (!existsSync(path.join(root, folder))) return [];
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter(file => /\.(ts|cjs)$/.test(file))
    .map(file => path.join(folder, file))
    .sort();
}

function bundle(entry: string): { code: Uint8Array; codeId: string; sourceMap: Uint8Array } {
  // Loaded here: a preview without a change needs no compiler.
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    outfile: CODE_FILE,
    ...BUNDLE_OPTIONS,
    write: false,
    sourcemap: "external",
    sourcesContent: false,
    define: { POLLER_CODE_ID: JSON.stringify(CODE_ID_TO_COME) },
    logLevel: "warning",
  });
  const output = (extension: string) => outputFiles.find(file => file.path.endsWith(extension))!.contents;
  const code = output(".cjs");
  const codeId = sha256(code).slice(0, CODE_ID_TO_COME.length);
  const named = Buffer.from(code).toString().replaceAll(CODE_ID_TO_COME, codeId);
  return { code: Buffer.from(named), codeId, sourceMap: output(".map") };
}

/** Sorted entries with one fixed time, so that the same code gives the same bytes. */
function zip(code: Uint8Array, codeId: string): Uint8Array {
  const entries: Zippable = {
    [ENTRY_FILE]: new TextEncoder().encode(ENTRY),
    "host.json": json(HOST_JSON),
    [MANIFEST_FILE]: json({ name: "defender-siem-poller", private: true, main: ENTRY_FILE, codeId }),
    [CODE_FILE]: code,
  };
  return zipSync(entries, {
    level: 9,
    // Zip times are local, and the constructor takes local ones: 1980 is the earliest that the format has.
    mtime: new Date(1980, 0, 1),
    // Flex Consumption mounts the package: without Unix permissions the host may not read it and finds no functions.
    os: 3,
    attrs: 0o100644 << 16,
  });
}

function json(value: object): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Another process that builds or reads at the same time sees the old file or the new one, never half of one. */
function writeAtOnce(file: string, content: string | Uint8Array): void {
  const partial = `${file}.${randomUUID()}`;
  writeFileSync(partial, content);
  renameSync(partial, file);
}

function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
