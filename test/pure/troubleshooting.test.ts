/** The page on troubleshooting, held to the code: every code and message that is told there exists, and none is left out. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ENTRA_ERRORS } from "../../activity-api/entraErrors.ts";
import { ACTIVITY_API_ERRORS } from "../../activity-api/errorTable.ts";

const root = path.join(import.meta.dirname, "../..");
const page = readFileSync(path.join(root, "docs/troubleshooting.md"), "utf8");

describe("docs/troubleshooting.md", () => {
  it("has an entry for each code of the Management Activity API, and no other", () => {
    expect(firstCells("Codes of the Management Activity API").sort()).toEqual(
      Object.keys(ACTIVITY_API_ERRORS).sort(),
    );
  });

  it("has an entry for each refusal of Entra that is known, and no other", () => {
    expect(firstCells("Codes of Entra").sort()).toEqual(
      Object.keys(ENTRA_ERRORS)
        .map(number => `AADSTS${number}`)
        .sort(),
    );
  });

  it("has an entry for each line that the poller logs, and no other", () => {
    const logged = sources("poller").flatMap(source =>
      [...source.matchAll(/log(?:\.\w+|\[[^\]]*\])\(.*, "([a-z]+\.[A-Za-z]+)"\)/g)].map(([, line]) => line!),
    );
    expect(new Set(firstCells("Lines of the poller's log"))).toEqual(new Set(logged));
  });

  it.each([
    "The deployer lacks something",
    "Azure refuses",
    "A tenant of many fails",
    "The subscription is not ready",
    "A sink takes nothing",
    "The package",
    "The poller as a command",
  ])('under "%s" quotes messages that the code has', section => {
    // Azure's own codes are those that the local tenant answers with.
    const code = ["components", "activity-api", "poller", "local"].flatMap(sources).join("\n");
    const quoted = firstCells(section);
    expect(quoted.length).toBeGreaterThan(0);
    expect(quoted.filter(message => !code.includes(message))).toEqual([]);
  });
});

/** What is in code at the beginning of each row of a section's tables. */
function firstCells(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, cell]) => cell!);
}

function sources(folder: string): string[] {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
  return files
    .filter(file => file.endsWith(".ts"))
    .map(file => readFileSync(path.join(root, folder, file), "utf8"));
}
