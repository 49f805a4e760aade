import { rm } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { functionPackage } from "../poller/functionPackage.ts";
import { compressedJson } from "./compressedJson.ts";
import { BUILD_FOLDER, checkDependencies, entryPoints, type Manifest, TYPES_FILE } from "./manifest.ts";

/**
 * Builds what the package consists of: JavaScript, types, and the zip of the poller.
 *
 * @param root folder of the project.
 * @throws esbuild's, TypeScript's or Rollup's own error when something does not compile, and Error when the dependencies
 * are not those that are imported.
 */
export async function buildPackage(root: string, manifest: Manifest): Promise<void> {
  const folder = path.join(root, BUILD_FOLDER);
  await rm(folder, { recursive: true, force: true });
  checkDependencies(manifest, await writeCode(root, folder, manifest));
  await writeTypes(root, folder, manifest.exports["."]!);
  functionPackage(root);
}

/** JavaScript without comments, whatever two entries need in files of their own. Gives what it imports from elsewhere. */
async function writeCode(root: string, folder: string, manifest: Manifest): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.entries(entryPoints(manifest)).map(([name, file]) => ({ in: file, out: name })),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    packages: "external",
    plugins: [compressedJson],
    minify: true,
    // Errors are told apart, and shown, by the name of their class.
    keepNames: true,
    metafile: true,
    logLevel: "warning",
  });
  return Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path: specifier }) => specifier),
  );
}

/**
 * One file with all that a user can name, comments included, and with nothing else: a program that is type-checked on each
 * `pulumi up` would read the types of half of Azure otherwise. It says that the package is CommonJS, since TypeScript does
 * not let a CommonJS program under `module: node16` import an ES module, which Node does.
 */
async function writeTypes(root: string, folder: string, entry: string): Promise<void> {
  const bundle = await rollup({
    input: path.join(root, entry),
    plugins: [dts({ tsconfig: path.join(root, "tsconfig.json") })],
    external: /^@pulumi\//,
  });
  try {
    await bundle.write({ dir: folder, entryFileNames: TYPES_FILE, format: "es" });
  } finally {
    await bundle.close();
  }
}
