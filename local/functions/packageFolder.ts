import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { unzipSync } from "fflate";

/**
 * Unzips a package into `folder`, which is created.
 *
 * @throws Error when it is no zip, or when an entry would lie outside of the folder.
 */
export async function unzipPackage(zip: Uint8Array, folder: string): Promise<void> {
  const entries = Object.entries(readZip(zip)).filter(([name]) => !name.endsWith("/"));
  const files = entries.map(([name, content]) => ({ file: insideOf(folder, name), content }));
  await mkdir(folder, { recursive: true });
  for (const { file, content } of files) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

function readZip(zip: Uint8Array): Record<string, Uint8Array> {
  try {
    return unzipSync(zip);
  } catch (error) {
    throw new Error(`The package is not a zip file that can be read: ${(error as Error).message}.`);
  }
}

function insideOf(folder: string, name: string): string {
  const file = path.resolve(folder, name);
  if (!name.includes("\\") && file.startsWith(folder + path.sep)) return file;
  throw new Error(`The package has an entry outside of its folder: ${JSON.stringify(name)}.`);
}
