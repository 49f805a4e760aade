/** What `npm pack` does before and after it packs, on a project of a few lines. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { preparePack, restoreManifest } from "../../packaging/swap.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");
const MANIFEST = {
  name: "siem",
  version: "1.0.0",
  private: true,
  type: "module",
  exports: { ".": "./components/index.ts", "./greeting-provider": "./components/greeting.ts" },
  bin: { "greeting-words": "./components/words.ts" },
  files: ["dist"],
  dependencies: {},
  peerDependencies: { "@pulumi/pulumi": "^3.270.0" },
};
const INDEX = `
  import * as pulumi from "@pulumi/pulumi";
  import { greet } from "./greeting.ts";
  /** A comment for users. */
  export class Greeter extends pulumi.ComponentResource {
    // A comment for authors.
    readonly words: pulumi.Output<string> = pulumi.output(greet());
  }`;

let root: string;

beforeEach(async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  root = await mkdtemp(path.join(tmpdir(), "package-build-"));
  await mkdir(path.join(root, "components"));
  await mkdir(path.join(root, "command"));
  await writeManifest(MANIFEST);
  await write("tsconfig.json", await readFile(path.join(REPOSITORY, "tsconfig.json"), "utf8"));
  await write("components/index.ts", INDEX);
  await write(
    "components/greeting.ts",
    "export class Greeting {}\nexport const greet = () => Greeting.name;",
  );
  await write("components/words.json", JSON.stringify({ words: "word ".repeat(1000) }));
  await write(
    "components/words.ts",
    'import data from "./words.json" with { type: "json" };\nexport const { words } = data;',
  );
  await write("command/packaged.ts", "console.log(1);");
  await symlink(path.join(REPOSITORY, "node_modules"), path.join(root, "node_modules"), "junction");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

function write(file: string, content: string): Promise<void> {
  return writeFile(path.join(root, file), content);
}

function read(file: string): Promise<string> {
  return readFile(path.join(root, file), "utf8");
}

function writeManifest(manifest: object): Promise<void> {
  // A project's own way of writing it, which must come back as it was.
  return write("package.json", `${JSON.stringify(manifest, undefined, 7)}\n\n`);
}

describe("before npm packs", () => {
  it("everything is built, the published manifest lies where npm looks, and how to undo that is said", async () => {
    await preparePack(root);
    expect(JSON.parse(await read("package.json"))).toMatchObject({
      types: "./dist/package/index.d.cts",
      exports: { "./greeting-provider": "./dist/package/greeting-provider.js" },
    });
    expect(await readdir(path.join(root, "dist"))).toContain("poller.zip");
    const types = await read("dist/package/index.d.cts");
    expect(types).toContain("A comment for users.");
    expect(types).not.toContain("A comment for authors.");
    const built = await readdir(path.join(root, "dist/package"));
    for (const file of built.filter(name => name.endsWith(".js")))
      expect(await read(`dist/package/${file}`)).not.toContain("A comment");
    const { greet } = await import(path.join(root, "dist/package/greeting-provider.js"));
    expect(greet()).toBe("Greeting");
    const { words } = await import(path.join(root, "dist/package/greeting-words.js"));
    expect(words).toBe("word ".repeat(1000));
    expect(await read("dist/package/greeting-words.js")).not.toContain("word word");
    expect(vi.mocked(console.error).mock.calls).toEqual([
      [
        "package.json is the published one until npm has packed. If npm does not get there, " +
          "`node packaging/postpack.ts`, or a rename of package.json.kept, puts the project's own back.",
      ],
    ]);
  });

  it.each([
    ["does not compile", "export const = 1;", /Expected identifier but found "="/],
    ["imports what the package would not have", 'import "pino";', /^The dependencies .* pino is imported/],
  ])("the manifest stays as it was when the project %s", async (_what, code, message) => {
    const manifest = await read("package.json");
    await write("components/index.ts", `${INDEX}\n${code}`);
    await expect(preparePack(root)).rejects.toThrow(message);
    expect(await read("package.json")).toBe(manifest);
    expect(await readdir(root)).not.toContain("package.json.kept");
  });
});

describe("after npm has packed", () => {
  it("the project's own manifest is back, byte for byte, also when packing began twice before it ended", async () => {
    const manifest = await read("package.json");
    await preparePack(root);
    const published = await read("package.json");
    await preparePack(root);
    expect(await read("package.json")).toBe(published);
    await restoreManifest(root);
    expect(await read("package.json")).toBe(manifest);
    expect(await readdir(root)).not.toContain("package.json.kept");
    await restoreManifest(root);
    expect(await read("package.json")).toBe(manifest);
  });
});
