import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { unzipSync } from "fflate";

/** Unpacks a function package, as Azure mounts it. */
export async function unpacked(zip: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(unzipSync(await readFile(zip))))
    await writeFile(path.join(folder, name), content);
  return folder;
}
