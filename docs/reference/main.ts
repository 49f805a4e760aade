/** Writes the API reference from the docstrings, and what other pages have of the code: `npm run docs`. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { readExportedApi } from "./exportedApi.ts";
import { gapsOf } from "./gaps.ts";
import { referencePages } from "./pages.ts";
import { PAGES_WITH_PARTS, withWrittenParts } from "./writtenParts.ts";

const folder = new URL("../api/", import.meta.url);

for (const page of PAGES_WITH_PARTS) {
  const file = new URL(`../${page}`, import.meta.url);
  await writeFile(file, await withWrittenParts(page, await readFile(file, "utf8")));
}
const api = await readExportedApi();
await rm(folder, { recursive: true, force: true });
await mkdir(folder);
for (const [file, text] of referencePages(api)) await writeFile(new URL(file, folder), text);

for (const gap of gapsOf(api)) {
  console.error(gap);
  process.exitCode = 1;
}
