import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type DeployedPart, deployerNeeds } from "../../components/deployer/needs.ts";
import { alerts } from "../../components/monitoring/alerts.ts";

/** What a user reads in three places has to be one thing: the program, its project file and the README. */
interface ConfigurationKey {
  type: string;
  default?: unknown;
  description: string;
}

let program: string;
let readme: string;
let configuration: Record<string, ConfigurationKey>;

beforeAll(async () => {
  const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), "utf8");
  program = await read("index.ts");
  readme = await read("README.md");
  configuration = parse(await read("Pulumi.yaml")).config;
});

describe("the configuration", () => {
  it("that the program reads is what Pulumi.yaml declares", () => {
    const read = [...program.matchAll(/config\.\w+(?:<[^(]*>)?\("(\w+)"\)/g)].map(([, key]) => key!);
    expect(read.sort()).toEqual(Object.keys(configuration).sort());
  });

  it("has a type and a description for every key", () => {
    for (const [key, { type, description }] of Object.entries(configuration)) {
      expect(type, key).toMatch(/^(string|integer|boolean|array|object)$/);
      expect(description, key).toMatch(/\.$/);
    }
  });

  it("requires nothing of a user but the tenant id", () => {
    const required = Object.entries(configuration).filter(([, key]) => key.default === undefined);
    expect(required.map(([key]) => key)).toEqual(["tenantId"]);
  });

  it("is the table in the README, key by key, with defaults and descriptions", () => {
    const declared = Object.entries(configuration).map(([key, { default: value, description }]) => [
      `\`${key}\``,
      defaultAsShown(value),
      description,
    ]);
    expect(tableUnder("## Configuration")).toEqual(declared);
  });
});

describe("the outputs", () => {
  it("that the program exports are those in the README", () => {
    const [, names] = /export const \{([^}]*)\} = integration;/.exec(program)!;
    const exported = names!.split(",").map(name => name.trim());
    const described = tableUnder("## Outputs").map(([name]) => name!.replaceAll("`", ""));
    expect(described).toEqual(exported.filter(name => name !== ""));
  });
});

describe("What the deployer needs", () => {
  const needsOf = (...parts: DeployedPart[]) =>
    deployerNeeds({ registersApplication: true, grantsConsent: true, assignsRoles: true, parts });

  it("is in the README: resource providers, permissions of Microsoft Graph and roles", () => {
    const { resourceProviders, graph, azure } = needsOf("monitoring", "privateNetwork", "keyVault");
    const section = sectionUnder(readme, "## What the deployer needs");
    const named = [
      ...resourceProviders,
      ...graph.map(({ permissions: [first] }) => first!),
      ...azure.map(({ role }) => role),
    ];
    expect(named.filter(name => !section.includes(name))).toEqual([]);
  });

  it("for sinks is in docs/sinks.md", async () => {
    const { resourceProviders } = needsOf("eventHubsSink", "logsIngestionSink", "keyVault");
    const page = await readFile(new URL("../../docs/sinks.md", import.meta.url), "utf8");
    const others = resourceProviders.filter(name => !needsOf().resourceProviders.includes(name));
    expect(others.length).toBeGreaterThan(2);
    expect(others.filter(name => !page.includes(name))).toEqual([]);
  });
});

describe("What is created", () => {
  it("has as many alert rules as the README says", () => {
    const settings = {
      componentId: "/",
      codeId: "",
      pollIntervalMinutes: 5,
      stalledAfterMinutes: 30,
      lagMinutes: 720,
    };
    expect(alerts({ ...settings, hasSinks: false })).toHaveLength(8);
    expect(alerts({ ...settings, hasSinks: true })).toHaveLength(8 + 3);
    expect(sectionUnder(readme, "## What it creates")).toContain(
      "| Eight alert rules, three more with sinks,",
    );
  });
});

function sectionUnder(text: string, heading: string): string {
  return text.split(`\n${heading}\n`)[1]!.split("\n## ")[0]!;
}

function defaultAsShown(value: unknown): string {
  if (value === undefined) return "required";
  if (value === "") return "";
  if (Array.isArray(value)) return `\`[${value.join(", ")}]\``;
  return `\`${typeof value === "object" ? JSON.stringify(value) : value}\``;
}

/** The rows of the first table below a heading, without its head. */
function tableUnder(heading: string): string[][] {
  const section = sectionUnder(readme, heading);
  const rows = section.split("\n").filter(line => line.startsWith("|"));
  return rows.slice(2).map(row =>
    row
      .split("|")
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
}
