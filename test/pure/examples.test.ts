/** What the examples say of themselves: index, README, project file and program of each are held to one another. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseKql } from "../../local/logAnalytics/kustoLanguage.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";

const EXAMPLES = path.join(import.meta.dirname, "../../examples");

/** Folders with a project, relative to `examples/`; one below another, as of a customer below a provider, is one too. */
const PROJECTS = readdirSync(EXAMPLES, { recursive: true, encoding: "utf8" })
  .filter(file => path.basename(file) === "Pulumi.yaml" && !file.includes("node_modules"))
  .map(file => path.dirname(file));
const IN_TYPESCRIPT = PROJECTS.filter(project => existsSync(path.join(EXAMPLES, project, "index.ts")));

interface Project {
  name: string;
  config?: Record<string, Setting>;
  /** Of a program in YAML. */
  outputs?: Record<string, unknown>;
}

interface Setting {
  type?: string;
  default?: unknown;
  description?: string;
  secret?: boolean;
}

const textOf = (...names: string[]) => readFileSync(path.join(EXAMPLES, ...names), "utf8");
const readmeOf = (folder: string) => textOf(folder, "README.md");
const projectOf = (folder: string) => parse(textOf(folder, "Pulumi.yaml")) as Project;

/** The settings of a project itself; those with a colon are of Pulumi's providers. */
function settingsOf(folder: string): [string, Setting][] {
  return Object.entries(projectOf(folder).config ?? {}).filter(([key]) => !key.includes(":"));
}

function outputsOf(folder: string): string[] {
  if (!IN_TYPESCRIPT.includes(folder)) return Object.keys(projectOf(folder).outputs ?? {});
  const exports = textOf(folder, "index.ts").matchAll(/^export (?:const )?\{?([^}=]*)\}?(?: =|;)/gm);
  return [...exports].flatMap(([, names]) => names!.split(",").map(output => output.trim()));
}

function blocksOf(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms);
  return [...blocks].filter(([, , written]) => written === language).map(([, , , code]) => code!);
}

/** The keys that a README's commands set: `application.clientId` and `contentTypes[0]` count as what they are parts of. */
function keysSet(folder: string, { secret }: { secret: boolean }): Set<string> {
  const commands = blocksOf(readmeOf(folder), "sh").flatMap(block => block.split("\n"));
  const keys = commands.flatMap(command => {
    const [, options, key] = /^pulumi config set((?: --\w+)*) '?([\w:-]+)/.exec(command) ?? [];
    return key !== undefined && options!.includes("--secret") === secret ? [key] : [];
  });
  return new Set(keys);
}

describe("The index of the examples", () => {
  it("has a row for each of them", () => {
    const index = textOf("README.md");
    const examples = PROJECTS.filter(folder => !folder.includes(path.sep));
    for (const name of examples) expect(index).toContain(`\n| [${name}](${name}/README.md) |`);
  });
});

describe.each(PROJECTS)("The README of %s", folder => {
  it("has commands that a shell understands, and queries that Azure does", () => {
    const readme = readmeOf(folder);
    for (const script of blocksOf(readme, "sh")) {
      const { stderr, status } = spawnSync("bash", ["-n"], {
        // What the user fills in would redirect.
        input: script.replaceAll(/<[\w' ]+>/g, "value"),
        encoding: "utf8",
      });
      expect(status, stderr).toBe(0);
    }
    for (const query of blocksOf(readme, "kql")) parseKql(query, WORKSPACE_TABLES);
  });

  it("sets what has to be set, and nothing that is not there", () => {
    const settings = settingsOf(folder);
    const secrets = settings.filter(([, { secret }]) => secret).map(([key]) => key);
    const required = settings.filter(([, setting]) => setting.default === undefined).map(([key]) => key);
    const plain = keysSet(folder, { secret: false });
    expect([...keysSet(folder, { secret: true })].sort()).toEqual(secrets.sort());
    expect([...plain, ...secrets]).toEqual(expect.arrayContaining(required));
    expect(settings.map(([key]) => key)).toEqual(expect.arrayContaining([...plain]));
  });

  it("speaks of outputs that there are", () => {
    const spoken = [...readmeOf(folder).matchAll(/pulumi stack output (?:--[\w-]+ )*(\w+)/g)];
    expect(outputsOf(folder)).toEqual(expect.arrayContaining(spoken.map(([, output]) => output!)));
  });
});

describe.each(PROJECTS)("The project %s", folder => {
  it("has a name of its own, and a type for each setting, and a description", () => {
    const { name } = projectOf(folder);
    expect(PROJECTS.filter(other => projectOf(other).name === name)).toEqual([folder]);
    for (const [key, { type, description }] of settingsOf(folder)) {
      expect(type, key).toMatch(/^(string|integer|boolean|array|object)$/);
      // The language host of YAML warns of a description.
      if (IN_TYPESCRIPT.includes(folder)) expect(description, key).toMatch(/\.$/);
    }
  });
});

describe.each(IN_TYPESCRIPT)("The program of %s", folder => {
  const program = textOf(folder, "index.ts");

  it("reads the settings that its project declares", () => {
    const read = [...program.matchAll(/config\.\w+(?:<[^(]*>)?\("(\w+)"\)/g)].map(([, key]) => key!);
    const declared = settingsOf(folder).map(([key]) => key);
    expect([...new Set(read)].sort()).toEqual(declared.sort());
  });

  it("fits on a screen", () => {
    const lines = program.trimEnd().split("\n").length;
    expect(lines).toBeLessThanOrEqual(folder === "simple" ? 15 : 80);
  });
});
