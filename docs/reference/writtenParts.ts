import { activityApiTable, entraTable } from "./errorTables.ts";
import { pollerVariables } from "./pollerVariables.ts";

/** What is written into pages of `docs/` that people write otherwise, by the name of its place on the page. */
const PARTS: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  "poller.md": { "poller-variables": pollerVariables },
  "troubleshooting.md": { "activity-api-errors": activityApiTable, "entra-errors": entraTable },
};

export const PAGES_WITH_PARTS: readonly string[] = Object.keys(PARTS);

/**
 * A page of `docs/` with its tables as they are in the code today, each between its two marks.
 *
 * @throws Error when a table has no place on the page.
 */
export function withWrittenParts(page: string, text: string): string {
  return Object.entries(PARTS[page]!).reduce((soFar, [name, write]) => {
    const begin = `<!-- begin ${name}: written by npm run docs -->`;
    const end = `<!-- end ${name} -->`;
    const [before, rest] = split(soFar, begin, page);
    const [, after] = split(rest, end, page);
    return `${before}${begin}\n\n${write()}\n\n${end}${after}`;
  }, text);
}

function split(text: string, mark: string, page: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`docs/${page} has no place for a table that is written into it: "${mark}".`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
