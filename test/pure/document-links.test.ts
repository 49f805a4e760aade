/** Every Markdown file of the repository: its links and anchors lead somewhere, and the commands that it names are there. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import GithubSlugger from "github-slugger";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "../..");
const documents = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "*.md", "**/*.md"],
  { cwd: root, encoding: "utf8" },
)
  .split("\n")
  .filter(file => file !== "" && existsSync(path.join(root, file)));

const { scripts, version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

describe("The documents", () => {
  it("are found: README, CHANGELOG, CONTRIBUTING and the pages of docs/", () => {
    expect(documents).toEqual(expect.arrayContaining(["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]));
    expect(documents.filter(file => file.startsWith("docs/")).length).toBeGreaterThan(20);
  });

  it.each(documents)("%s: every link leads to a file or heading that is there", file => {
    const broken = linksOf(read(file)).filter(link => !leadsSomewhere(file, link));
    expect(broken).toEqual([]);
  });

  it.each(documents)("%s: every npm script that it names is there", file => {
    const named = [...read(file).matchAll(/\bnpm run (?:--silent )?([a-z][\w:-]*)/g)].map(
      ([, name]) => name!,
    );
    expect(named.filter(name => !(name in scripts))).toEqual([]);
  });

  it("are all reached from the README, so that nobody has to guess", () => {
    const reached = new Set(["README.md"]);
    for (const file of reached)
      for (const link of linksOf(read(file))) {
        const target = targetOf(file, link);
        if (target !== undefined && documents.includes(target)) reached.add(target);
      }
    expect(documents.filter(file => !reached.has(file))).toEqual([]);
  });
});

describe("A link", () => {
  it("is broken without its file or its heading, and not looked for in code", () => {
    const text =
      "[a](nowhere.md) [b](README.md#nothing) ![c](no.svg)\n```\n[d](code.md)\n```\n`[e](code.md)`";
    expect(linksOf(text)).toEqual(["nowhere.md", "README.md#nothing", "no.svg"]);
    expect(linksOf(text).map(link => leadsSomewhere("CHANGELOG.md", link))).toEqual([false, false, false]);
    expect(leadsSomewhere("docs/sinks.md", "../README.md#configuration")).toBe(true);
  });
});

describe("CHANGELOG.md", () => {
  it("has an entry for the version of package.json, and in each entry what breaks", () => {
    const entries = read("CHANGELOG.md").split("\n## ").slice(1);
    expect(entries.map(entry => entry.split(" ")[0])).toContain(version);
    for (const entry of entries) expect(entry).toMatch(/\n### Breaking changes\n\n\S/);
  });
});

function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

/** Targets of links and pictures, without those in code. */
function linksOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```/gms, "").replaceAll(/`[^`\n]+`/g, "``");
}

function leadsSomewhere(file: string, link: string): boolean {
  if (/^[a-z]+:/.test(link)) return true;
  const target = targetOf(file, link)!;
  if (!existsSync(path.join(root, target))) return false;
  const anchor = link.split("#")[1];
  return anchor === undefined || anchorsOf(target).has(anchor);
}

/** The file that a link leads to; undefined outside of the repository. GitHub shows the README of a folder. */
function targetOf(file: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [target = ""] = link.split("#");
  return target === "" ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(target));
}

/** As GitHub makes them of headings. */
function anchorsOf(file: string): Set<string> {
  if (statSync(path.join(root, file)).isDirectory() || !file.endsWith(".md")) return new Set();
  const slugger = new GithubSlugger();
  const headings = read(file)
    .replaceAll(/^ *```.*?^ *```/gms, "")
    .matchAll(/^#{1,6} (.+)$/gm);
  return new Set([...headings].map(([, heading]) => slugger.slug(heading!.replaceAll(/[`*]/g, ""))));
}
