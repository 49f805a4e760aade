import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../local/engine/engine.ts";
import { YAML_HOST_VERSION } from "../../local/engine/versions.ts";
import { ensureYamlHost } from "../../local/engine/yamlHost.ts";
import { FakeMachine } from "./engineFixture.ts";

/** Writes down how it is called, and "builds" a program. */
const GO = `
case "$1" in
  env) echo go1.26.8 ;;
  build)
    echo "$PWD | $@" > "$HOME/call.txt"
    [ -z "$GO_ERROR" ] || { echo "$GO_ERROR" >&2; exit 1; }
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\n' > "$2"
    chmod +x "$2"
    ;;
esac
`;

let machine: FakeMachine;
let engine: Engine;

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.environment.HOME = machine.folder;
  const pulumi = await machine.addCachedEngine("3.259.0");
  engine = { pulumi, binFolder: path.dirname(pulumi), version: "3.259.0", origin: "cache" };
});

afterEach(async () => {
  await machine.remove();
});

describe("the language host for programs in YAML", () => {
  it("is taken as it is where an official engine has it beside it", async () => {
    await machine.addCachedProgram("3.259.0", "pulumi-language-yaml", "exit 0");
    await ensureYamlHost(engine, machine.options());
    expect(machine.progress).toEqual([]);
  });

  it("is taken from PATH", async () => {
    await machine.addProgram("pulumi-language-yaml", "exit 0");
    await ensureYamlHost(engine, machine.options());
    expect(machine.progress).toEqual([]);
  });

  it("is built once into the engine's folder, from the modules that are fixed here", async () => {
    await machine.addProgram("go", GO);
    await ensureYamlHost(engine, machine.options());
    expect((await readdir(engine.binFolder)).sort()).toEqual([
      "pulumi",
      "pulumi-language-nodejs",
      "pulumi-language-yaml",
    ]);
    expect(await readFile(path.join(machine.folder, "call.txt"), "utf8")).toMatch(
      /local\/engine\/yaml-host \| build .*-mod=readonly .*version\.Version=v1\.28\.0 .*\/cmd\/pulumi-language-yaml\n$/,
    );
    machine.progress.length = 0;
    await ensureYamlHost(engine, machine.options());
    expect(machine.progress).toEqual([]);
  });

  it("is of the version that its go.mod names", async () => {
    const file = path.join(import.meta.dirname, "../../local/engine/yaml-host/go.mod");
    expect(await readFile(file, "utf8")).toContain(`github.com/pulumi/pulumi-yaml v${YAML_HOST_VERSION}\n`);
  });

  it("fails with both reasons, and leaves nothing behind, where it is missing and cannot be built", async () => {
    await expect(ensureYamlHost(engine, machine.options())).rejects.toThrow(
      /has no YAML language host \(pulumi-language-yaml\) beside it or on PATH, and it cannot be built: go is not on PATH/,
    );
    await machine.addProgram("go", GO);
    machine.environment.GO_ERROR = "main.go:3:8: no such host";
    await expect(ensureYamlHost(engine, machine.options())).rejects.toThrow(
      /cmd\/pulumi-language-yaml failed: main\.go:3:8: no such host/,
    );
    expect((await readdir(engine.binFolder)).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
  });
});
