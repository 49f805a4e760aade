/** What `npm run docs` writes into pages, and lists that people write there: both held to the code. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { CredentialKind } from "../../activity-api/credentialKind.ts";
import { PAGES_WITH_PARTS, withWrittenParts } from "../../docs/reference/writtenParts.ts";

const root = path.join(import.meta.dirname, "../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

describe("A page with written tables", () => {
  it.each(PAGES_WITH_PARTS)("is as npm run docs writes it: %s", async page => {
    const text = read(`docs/${page}`);
    expect(text, "run npm run docs and commit what it writes").toBe(await withWrittenParts(page, text));
  });

  it("is refused without a place for one", async () => {
    await expect(withWrittenParts("poller.md", "# The poller\n")).rejects.toThrow(
      'docs/poller.md has no place for what is written into it: "<!-- begin poller-variables: written by npm run docs -->".',
    );
  });
});

describe("docs/poller.md", () => {
  it("has every variable that the poller reads", () => {
    const code = read("poller/settings.ts").replaceAll(/^ \*.*$/gm, "");
    const variables = [...code.matchAll(/"(SIEM_\w+)"/g)].map(([, name]) => name!);
    const page = read("docs/poller.md");
    expect(variables.length).toBeGreaterThan(15);
    expect(variables.filter(name => !page.includes(`| \`${name}\` |`))).toEqual([]);
  });
});

describe("docs/credentials.md", () => {
  it("has every kind of credential in the order in which they are looked for", () => {
    const told = [...read("docs/credentials.md").matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind!);
    expect(told).toEqual(Object.values(CredentialKind));
  });
});
