import { activityApiTable, entraTable } from "./errorTables.ts";

const WRITTEN: Record<string, () => string> = {
  "activity-api-errors": activityApiTable,
  "entra-errors": entraTable,
};

/**
 * The page with the tables of today's codes between its marks; the rest is written by people.
 *
 * @throws Error when a table has no place on the page.
 */
export function withErrorTables(page: string): string {
  return Object.entries(WRITTEN).reduce((text, [name, write]) => {
    const begin = `<!-- begin ${name}: written by npm run docs -->`;
    const end = `<!-- end ${name} -->`;
    const [before, rest] = split(text, begin, name);
    const [, after] = split(rest, end, name);
    return `${before}${begin}\n\n${write()}\n\n${end}${after}`;
  }, page);
}

function split(text: string, mark: string, name: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`The page has no "${mark}" for the table ${name}.`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
