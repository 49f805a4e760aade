/** What the examples say of themselves: index, README, project file and program of each are held to one another. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { parseKql } from "../../local/logAnalytics/kustoLanguage.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";

const EXAMPLES = path.join(import.meta.dirname, "../../examples");
const NAMES = readdirSync(EXAMPLES).filter(name => existsSync(path.join(EXAMPLES, name, "Pulumi.yaml")));
const IN_TYPESCRIPT = NAMES.filter(name => existsSync(path.join(EXAMPLES, name, "index.ts")));

interface Project {
  name: string;
  config: Record<string, { type?: string; default?: unknown; description?: string; secret?: boolean }>;
}

const textOf = (...names: string[]) => readFileSync(path.join(EXAMPLES, ...names), "utf8");
const readmeOf = (name: string) => textOf(name, "README.md");
const projectOf = (name: string) => parse(textOf(name, "Pulumi.yaml")) as Project;

/** The settings of the example itself; those with a colon are of Pulumi's providers. */
function ownConfig(name: string): [string, Project["config"][string]][] {
  return Object.entries(projectOf(name).config ?? {}).filter(([key]) => !key.includes(":"));
}

function blocksOf(markdown: string, language: string): string[] {
  const blocks = markdown.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms);
  return [...blocks].filter(([, , written]) => written === language).map(([, , , code]) => code!);
}

/** The keys that a README's commands set: `application.clientId` and `contentTypes[0]` count as what they are parts of. */
function keysSet(name: string, { secret }: { secret: boolean }): Set<string> {
  const commands = blocksOf(readmeOf(name), "sh").flatMap(block => block.split("\n"));
  const settings = commands.flatMap(command => {
    const [, options, key] = /^pulumi config set((?: --\w+)*) '?([\w:-]+)/.exec(command) ?? [];
    return key !== undefined && options!.includes("--secret") === secret ? [key] : [];
  });
  return new Set(settings);
}

describe("The index of the examples", () => {
  it("has a row for each of them", () => {
    const index = textOf("README.md");
    for (const name of NAMES) expect(index).toContain(`\n| [${name}](${name}/README.md) |`);
  });
});

describe.each(NAMES)("The example %s", name => {
  it("has a README with commands that a shell understands, and queries that Azure does", () => {
    const readme = readmeOf(name);
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

  it("has a project of its own name, and a type for each setting, and a description", () => {
    expect(projectOf(name).name).toBe(`defender-siem-${name}`);
    for (const [key, { type, description }] of ownConfig(name)) {
      expect(type, key).toMatch(/^(string|integer|boolean|array|object)$/);
      // The language host of YAML warns of a description.
      if (IN_TYPESCRIPT.includes(name)) expect(description, key).toMatch(/\.$/);
    }
  });

  it("has commands in its README that set what has to be set, and nothing that is not there", () => {
    const settings = ownConfig(name);
    const secrets = settings.filter(([, { secret }]) => secret).map(([key]) => key);
    const required = settings.filter(([, setting]) => setting.default === undefined).map(([key]) => key);
    const plain = keysSet(name, { secret: false });
    expect([...keysSet(name, { secret: true })].sort()).toEqual(secrets.sort());
    expect([...plain, ...secrets]).toEqual(expect.arrayContaining(required));
    expect(settings.map(([key]) => key)).toEqual(expect.arrayContaining([...plain]));
  });
});

describe.each(IN_TYPESCRIPT)("The program of the example %s", name => {
  const program = textOf(name, "index.ts");

  it("reads the settings that its project declares", () => {
    const read = [...program.matchAll(/config\.\w+(?:<[^(]*>)?\("(\w+)"\)/g)].map(([, key]) => key!);
    const declared = ownConfig(name).map(([key]) => key);
    expect([...new Set(read)].sort()).toEqual(declared.sort());
  });

  it("exports the outputs that its README speaks of", () => {
    const exported = [...program.matchAll(/^export (?:const )?\{?([^}=]*)\}?(?: =|;)/gm)].flatMap(
      ([, names]) => names!.split(",").map(output => output.trim()),
    );
    const spoken = [...readmeOf(name).matchAll(/pulumi stack output (\w+)/g)].map(([, output]) => output!);
    expect(exported).toEqual(expect.arrayContaining(spoken));
  });

  it("fits on a screen", () => {
    const lines = program.trimEnd().split("\n").length;
    expect(lines).toBeLessThanOrEqual(name === "simple" ? 15 : 80);
  });
});
