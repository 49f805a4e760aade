import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { unzipSync } from "fflate";
import { rebuildIfChanged } from "./bundle.ts";
import { CODE_FILE, MANIFEST_FILE } from "./packageFiles.ts";

export interface FunctionPackageFile {
  /** The zip to publish; relative to the working directory, so that no folder of one machine gets into state. */
  path: string;
  /** SHA-256 of the zip in hexadecimal digits. The same code gives the same digits on every machine. */
  contentHash: string;
  /** What the code in the package calls itself in every line of its log. */
  codeId: string;
}

/**
 * The function package of the poller. It is rebuilt when its sources have changed and taken as it is otherwise, since
 * every preview asks for it; an installed package has no sources and brings it along.
 *
 * @param root folder of this project. Defaults to the one that this file is in.
 * @throws Error when there are neither sources nor a package, or esbuild's own when the sources do not compile.
 */
export function functionPackage(root: string = projectRoot()): FunctionPackageFile {
  const zipFile = currentZip(root);
  const bytes = readFileSync(zipFile);
  const contentHash = createHash("sha256").update(bytes).digest("hex");
  // The package says it, since an installed one has no sources to compute it from.
  const { codeId } = JSON.parse(textIn(bytes, MANIFEST_FILE));
  return { path: path.relative(process.cwd(), zipFile).replaceAll("\\", "/"), contentHash, codeId };
}

/**
 * The code in the function package, and the file that it would be if the package were unzipped where it lies.
 *
 * @param root folder of this project. Defaults to the one that this file is in.
 * @throws as `functionPackage` does.
 */
export function packagedCode(root: string = projectRoot()): { code: string; file: string } {
  const zipFile = currentZip(root);
  return { code: textIn(readFileSync(zipFile), CODE_FILE), file: path.join(zipFile, CODE_FILE) };
}

function currentZip(root: string): string {
  const zipFile = path.join(root, "dist", "poller.zip");
  const entry = path.join(root, "command", "packaged.ts");
  // An installed package has nothing to build.
  if (existsSync(entry)) rebuildIfChanged(root, entry, zipFile);
  else if (!existsSync(zipFile))
    throw new Error(`There is neither ${entry} nor ${zipFile}: the package is incomplete. Install it again.`);
  return zipFile;
}

/** Compiled, this file lies elsewhere than its source, but the manifest of the project is above both. */
function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return folder;
}

function textIn(zipped: Uint8Array, file: string): string {
  return new TextDecoder().decode(unzipSync(zipped, { filter: ({ name }) => name === file })[file]);
}
