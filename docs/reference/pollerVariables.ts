import { readFileSync } from "node:fs";
import path from "node:path";

const SETTINGS = path.join(import.meta.dirname, "../../poller/settings.ts");

/** The table of the poller's variables, which is in the docstring of the function that reads them. */
export function pollerVariables(): string {
  const rows = [...readFileSync(SETTINGS, "utf8").matchAll(/^ \* (\|.*\|)$/gm)].map(([, row]) => row!);
  return ["| Variable | Default | Meaning |", "|---|---|---|", ...rows.slice(2)]
    .map(row => row.replaceAll("<NAME>", "&lt;NAME&gt;").replaceAll(/`([^`]*)`/g, unescaped))
    .join("\n");
}

/** In code, a bracket is one. */
function unescaped(code: string): string {
  return code.replaceAll("&lt;", "<").replaceAll("&gt;", ">");
}
