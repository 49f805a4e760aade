import { componentTree } from "./componentTree.ts";
import { activityApiTable, entraTable } from "./errorTables.ts";
import { pollerVariables } from "./pollerVariables.ts";

/** What is written into pages of `docs/` that people write otherwise, by the page and the name of its place there. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => string | Promise<string>>>>> = {
  "architecture.md": { "component-tree": componentTree },
  "poller.md": { "poller-variables": pollerVariables },
  "troubleshooting.md": { "activity-api-errors": activityApiTable, "entra-errors": entraTable },
};

export const PAGES_WITH_PARTS: readonly string[] = Object.keys(PARTS);

/**
 * A page of `docs/` with its tables and trees as they are in the code today, each between its two marks.
 *
 * @throws Error when one of them has no place on the page.
 */
export async function withWrittenParts(page: string, text: string): Promise<string> {
  let soFar = text;
  for (const [name, write] of Object.entries(PARTS[page]!)) {
    const begin = `<!-- begin ${name}: written by npm run docs -->`;
    const end = `<!-- end ${name} -->`;
    const [before, rest] = split(soFar, begin, page);
    const [, after] = split(rest, end, page);
    soFar = `${before}${begin}\n\n${await write()}\n\n${end}${after}`;
  }
  return soFar;
}

function split(text: string, mark: string, page: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/${page} has no place for what is written into it: "${mark}".`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
