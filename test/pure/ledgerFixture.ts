import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";

/** The entries of a ledger in a folder that speak of `contentId`. */
export async function zgrepLedger(folder: string, contentId: string): Promise<unknown[]> {
  const entries = await readdir(path.join(folder, "ledger"), { recursive: true, withFileTypes: true });
  const days = entries.filter(entry => entry.name.includes(".ndjson.gz"));
  const texts = await Promise.all(days.map(day => readFile(path.join(day.parentPath, day.name))));
  const lines = texts.flatMap(text => gunzipSync(text).toString().split("\n"));
  return lines.filter(line => line.includes(contentId)).map(line => JSON.parse(line));
}
