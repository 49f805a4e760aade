import type { PrerequisiteCheck } from "./check.ts";

const narrowest = 40;

/**
 * The checks as a table for a person: state, name, and beside them what was found and what to do.
 *
 * @param columns how many characters fit in a line. Defaults to 110. A word that is longer, such as a URL, stays whole.
 */
export function prerequisiteTable(checks: readonly PrerequisiteCheck[], columns = 110): string {
  const stateWidth = Math.max(...checks.map(({ state }) => state.length));
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const margin = stateWidth + nameWidth + 4;
  return checks
    .map(({ state, name, finding, fix }) => {
      const head = `${state.padEnd(stateWidth)}  ${name.padEnd(nameWidth)}  `;
      const text = fix === undefined ? finding : `${finding}\nFix: ${fix}`;
      const lines = text.split("\n").flatMap(line => wrap(line, Math.max(narrowest, columns - margin)));
      return head + lines.join(`\n${" ".repeat(margin)}`);
    })
    .join("\n");
}

/** Breaks a line between words; what is indented stays so. */
function wrap(line: string, width: number): string[] {
  const indentation = /^ */.exec(line)![0];
  const lines: string[] = [];
  let current = "";
  for (const word of line.trim().split(" ")) {
    if (current !== "" && indentation.length + current.length + 1 + word.length > width) {
      lines.push(indentation + current);
      current = word;
    } else current = current === "" ? word : `${current} ${word}`;
  }
  return [...lines, indentation + current];
}
