/**
 * The API reference, held to the code: docs/api/ is what the docstrings give today, and they say what a user has to know.
 * Whether a sentence is true is for a person to judge.
 */
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type ExportedApi, type Property, readExportedApi } from "../../docs/reference/exportedApi.ts";
import { gapsOf } from "../../docs/reference/gaps.ts";
import { referencePages } from "../../docs/reference/pages.ts";

const root = path.join(import.meta.dirname, "../..");
const folder = path.join(root, "docs/api");

let api: ExportedApi;

beforeAll(async () => {
  api = await readExportedApi();
}, 120_000);

describe("docs/api", () => {
  it("is what `npm run docs` writes today: run it and commit what it writes", async () => {
    const written = referencePages(api);
    expect((await readdir(folder)).sort()).toEqual([...written.keys()].sort());
    for (const [file, text] of written) {
      expect(await readFile(path.join(folder, file), "utf8"), `${file}: run npm run docs`).toBe(text);
    }
  });

  it("has a page for each component, with its arguments and outputs", () => {
    const pages = referencePages(api);
    expect(api.components.length).toBeGreaterThan(10);
    for (const { name, argsType, outputs } of api.components) {
      const page = pages.get(`${name}.md`)!;
      const args = api.types.find(type => type.name === argsType)!.properties;
      for (const { name: property } of [...args, ...outputs])
        expect(page, name).toContain(`| \`${property}\` |`);
    }
  });
});

describe("The docstrings", () => {
  it("leave nothing out: each exported thing has one, and an optional argument's says its default", () => {
    expect(gapsOf(api)).toEqual([]);
  });

  it("give the arguments of SiemIntegration the defaults of the stack's settings", async () => {
    const { config } = parse(await readFile(path.join(root, "Pulumi.yaml"), "utf8"));
    const args = api.types.find(({ name }) => name === "SiemIntegrationArgs")!.properties;
    expect(args.map(({ name }) => name).sort()).toEqual(Object.keys(config).sort());
    for (const [key, { default: value }] of Object.entries<{ default?: unknown }>(config)) {
      // The program's region is its own default; the component has none.
      if (value === undefined || typeof value === "object" || value === "" || key === "location") continue;
      const { text } = args.find(({ name }) => name === key)!;
      expect(text.replaceAll("\n", " "), key).toMatch(new RegExp(`Defaults to ${value}[.:]`));
    }
  });
});

describe("A gap", () => {
  it("is a component, type, constant, output or value without a docstring", () => {
    expect(
      gapsOf({
        components: [
          { ...described("Fan"), text: "", argsType: "FanArgs", outputs: [property("speed", "")] },
        ],
        functions: [{ ...described("blow"), text: "", parameters: [], returns: shown("void") }],
        types: [
          { ...described("FanArgs"), text: "", properties: [property("blades", "")] },
          { ...described("Blade"), text: "", properties: [] },
        ],
        constants: [
          { ...described("Speed"), text: "", values: [{ ...described("slow"), text: "", value: "1" }] },
        ],
      }),
    ).toEqual([
      "Fan has no docstring (fan.ts:1).",
      "blow has no docstring (fan.ts:1).",
      "Blade has no docstring (fan.ts:1).",
      "Speed has no docstring (fan.ts:1).",
      "Fan.speed has no docstring (fan.ts:1).",
      "FanArgs.blades has no docstring (fan.ts:1).",
      "Speed.slow has no docstring (fan.ts:1).",
    ]);
  });

  it("is an optional argument that does not say its default, also in a part of the arguments", () => {
    const optional = { ...property("width", "In metres."), optional: true };
    expect(
      gapsOf({
        components: [{ ...described("Fan"), argsType: "FanArgs", outputs: [] }],
        functions: [],
        types: [
          {
            ...described("FanArgs"),
            properties: [{ ...optional, text: "In metres. Defaults to 1." }, blade()],
          },
          { ...described("Blade"), properties: [optional] },
          { ...described("Wind"), properties: [optional] },
        ],
        constants: [],
      }),
    ).toEqual(['Blade.width is optional, and no sentence of its docstring says "Defaults to …" (fan.ts:1).']);
  });

  it("is an argument that takes no output and does not say why", () => {
    const plain = { ...property("speed", "In turns a minute."), type: shown("number") };
    expect(
      gapsOf({
        components: [{ ...described("Fan"), argsType: "FanArgs", outputs: [] }],
        functions: [],
        types: [
          {
            ...described("FanArgs"),
            properties: [plain, { ...plain, text: "How many. Plain, since each is a resource." }, blade()],
          },
          { ...described("Blade"), text: "Plain, since it is cast.", properties: [plain] },
          { ...described("Wind"), properties: [plain] },
        ],
        constants: [],
      }),
    ).toEqual([
      'FanArgs.speed is a number, and its docstring does not say "Plain, since …": an output cannot be given (fan.ts:1).',
    ]);
  });

  it("is a type that is used and not exported", () => {
    expect(
      gapsOf({
        components: [{ ...described("Fan"), argsType: "FanArgs", outputs: [blade()] }],
        functions: [],
        types: [{ ...described("FanArgs"), properties: [] }],
        constants: [],
      }),
    ).toEqual(["Fan.blade is a Blade, which components/index.ts does not export (fan.ts:1)."]);
  });
});

function described(name: string) {
  return { name, text: `The ${name}.`, at: "fan.ts:1" };
}

function shown(written: string, names: string[] = []) {
  return { written, names };
}

function property(name: string, text: string): Property {
  return { ...described(name), text, optional: false, type: shown("Input<number>") };
}

function blade(): Property {
  return { ...property("blade", "What turns."), type: shown("Blade", ["Blade"]) };
}
