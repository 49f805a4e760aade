import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildPackage } from "./build.ts";
import { type Manifest, publishedManifest } from "./manifest.ts";

/**
 * npm packs the package.json that it finds. While it does, the published manifest lies there, and the project's own here:
 * both in the same folder, so that putting it back is one rename.
 */
const KEPT = "package.json.kept";

/** Before npm packs: builds, and only when all is built puts the published manifest in place. */
export async function preparePack(root: string): Promise<void> {
  await restoreManifest(root);
  const file = path.join(root, "package.json");
  const source = JSON.parse(await readFile(file, "utf8")) as Manifest;
  await buildPackage(root, source);
  console.error(
    "package.json is the published one until npm has packed. If npm does not get there, " +
      `\`node packaging/postpack.ts\`, or a rename of ${KEPT}, puts the project's own back.`,
  );
  await copyFile(file, path.join(root, KEPT));
  await writeFile(file, `${JSON.stringify(publishedManifest(source), undefined, 2)}\n`);
}

/** Puts the project's own manifest back, if it is not there. */
export async function restoreManifest(root: string): Promise<void> {
  await rename(path.join(root, KEPT), path.join(root, "package.json")).catch(error => {
    if (error.code !== "ENOENT") throw error;
  });
}
