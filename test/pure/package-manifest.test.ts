/** What the package is published with. That it installs and works is shown by `test/engine/consumer-projects.test.ts`. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import semver from "semver";
import { describe, expect, it } from "vitest";
import {
  checkDependencies,
  entryPoints,
  type Manifest,
  publishedManifest,
} from "../../packaging/manifest.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");

const SOURCE: Manifest = {
  name: "siem",
  version: "1.2.3",
  private: true,
  type: "module",
  license: "MIT",
  engines: { node: ">=20" },
  exports: { ".": "./components/index.ts", "./reader-provider": "./components/readerProvider.ts" },
  bin: { "pulumi-resource-siem": "./plugin/main.ts" },
  files: ["dist/package"],
  scripts: { prepack: "node packaging/prepack.ts" },
  dependencies: { undici: "8.12.4" },
  peerDependencies: { "@pulumi/pulumi": "^3.270.0" },
  devDependencies: { vitest: "5.1.1" },
  allowScripts: { esbuild: true },
};

describe("the published manifest", () => {
  it("leads to what was built, in every way that a program finds it", () => {
    expect(publishedManifest(SOURCE)).toMatchObject({
      main: "./dist/package/index.js",
      types: "./dist/package/index.d.cts",
      exports: {
        ".": { types: "./dist/package/index.d.cts", default: "./dist/package/index.js" },
        "./reader-provider": "./dist/package/reader-provider.js",
        "./package.json": "./package.json",
      },
      bin: { "pulumi-resource-siem": "./dist/package/pulumi-resource-siem.js" },
    });
  });

  it("lets a consumer have fixes of the dependencies", () => {
    expect(publishedManifest(SOURCE)).toMatchObject({
      dependencies: { undici: "^8.12.4" },
      peerDependencies: { "@pulumi/pulumi": "^3.270.0" },
    });
  });

  it("holds nothing that serves only the work on the sources", () => {
    expect(Object.keys(publishedManifest(SOURCE))).toEqual([
      "name",
      "version",
      "license",
      "type",
      "engines",
      "files",
      "main",
      "types",
      "exports",
      "bin",
      "dependencies",
      "peerDependencies",
    ]);
  });

  it("asks for a Node that this project's dependencies run on", async () => {
    const source = await manifest(path.join(REPOSITORY, "package.json"));
    const { node } = publishedManifest(source).engines as { node: string };
    for (const name of [...Object.keys(source.dependencies), ...Object.keys(source.peerDependencies)]) {
      const { engines } = await manifest(path.join(REPOSITORY, "node_modules", name, "package.json"));
      const needed = (engines as { node?: string } | undefined)?.node ?? "*";
      expect(semver.subset(node, needed), `${name} needs Node ${needed}`).toBe(true);
    }
  });

  it("has peers of which this project is tested with the oldest", async () => {
    const source = await manifest(path.join(REPOSITORY, "package.json"));
    const tested = source.devDependencies as Record<string, string>;
    for (const [name, range] of Object.entries(source.peerDependencies))
      expect(semver.minVersion(range)?.version, name).toBe(tested[name]);
  });
});

describe("what is built", () => {
  it("begins with every export and every command", () => {
    expect(entryPoints(SOURCE)).toEqual({
      index: "./components/index.ts",
      "reader-provider": "./components/readerProvider.ts",
      "pulumi-resource-siem": "./plugin/main.ts",
    });
  });

  it("may import its dependencies, its peers and what Node has", () => {
    const imported = ["undici", "@pulumi/pulumi/provider/index.js", "node:fs", "module"];
    expect(() => checkDependencies(SOURCE, imported)).not.toThrow();
  });

  it("is refused when it imports what a consumer would not have", () => {
    expect(() => checkDependencies(SOURCE, ["undici", "@pulumi/pulumi", "pino/file.js"])).toThrow(
      "The dependencies and peerDependencies of package.json are not what the package imports. " +
        "pino is imported and not among them: move it there from devDependencies.",
    );
  });

  it("is refused when a consumer would install what it does not import", () => {
    expect(() => checkDependencies(SOURCE, ["@pulumi/pulumi"])).toThrow(
      "The dependencies and peerDependencies of package.json are not what the package imports. " +
        "undici is among them and not imported: move it to devDependencies.",
    );
  });
});

async function manifest(file: string): Promise<Manifest> {
  return JSON.parse(await readFile(file, "utf8"));
}
