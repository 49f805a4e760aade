/** Writes the API reference from the docstrings, and the tables of error codes: `npm run docs`. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { readExportedApi } from "./exportedApi.ts";
import { gapsOf } from "./gaps.ts";
import { referencePages } from "./pages.ts";
import { withErrorTables } from "./troubleshooting.ts";

const folder = new URL("../api/", import.meta.url);
const troubleshooting = new URL("../troubleshooting.md", import.meta.url);

await writeFile(troubleshooting, withErrorTables(await readFile(troubleshooting, "utf8")));
const api = await readExportedApi();
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
for (const [file, text] of referencePages(api)) await writeFile(new URL(file, folder), text);

for (const gap of gapsOf(api)) {
  console.error(gap);
  process.exitCode = 1;
}
