import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { FakeMachine } from "./engineFixture.ts";

/** Answers as Go does, writes down how it is called, and "builds" programs that tell their version. */
const GO = `
case "$1" in
  env) echo "\${GO_VERSION-go1.26.8}" ;;
  build)
    echo "$PWD | GOWORK=$GOWORK | $@" >> "$HOME/calls.txt"
    while [ "$1" != -o ]; do shift; done
    echo "go: downloading example.com/module v1.0.0" >&2
    echo "internal/goarch" >&2
    echo "example.com/module/v2" >&2
    [ -z "$GO_ERROR" ] || { echo "$GO_ERROR" >&2; exit 1; }
    printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"
    chmod +x "$2"
    ;;
esac
`;

let machine: FakeMachine;

beforeEach(async () => {
  machine = await FakeMachine.create();
  machine.environment.HOME = machine.folder;
  await machine.addProgram("go", GO);
});

afterEach(async () => {
  await machine.remove();
});

async function calls(): Promise<string[]> {
  return (await readFile(path.join(machine.folder, "calls.txt"), "utf8")).trim().split("\n");
}

describe("building the engine where it cannot be downloaded", () => {
  it("puts the engine, its language host and its dynamic provider where Pulumi keeps its versions", async () => {
    const binFolder = path.join(machine.home, "versions/3.259.0/bin");
    expect(await ensureEngine(machine.options())).toEqual({
      pulumi: path.join(binFolder, "pulumi"),
      binFolder,
      version: "3.259.0",
      origin: "build",
    });
    const programs = await readdir(binFolder);
    expect(programs.sort()).toEqual(["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);
    for (const program of programs) {
      expect((await stat(path.join(binFolder, program))).mode & 0o111).toBe(0o111);
    }
  });

  it("builds exactly the modules of the two go.mod files, stamped with their versions", async () => {
    await ensureEngine(machine.options());
    const [cli, host] = await calls();
    expect(cli).toMatch(/local\/engine\/cli \| GOWORK=off \| build .*-mod=readonly .*-trimpath/);
    expect(cli).toMatch(
      /common\/version\.Version=v3\.259\.0 .* github\.com\/pulumi\/pulumi\/pkg\/v3\/cmd\/pulumi$/,
    );
    expect(host).toMatch(/local\/engine\/language-host \| GOWORK=off \| build /);
    expect(host).toMatch(/version\.Version=v3\.68\.0 .*\/sdk\/v3\/nodejs\/cmd\/pulumi-language-nodejs$/);
  });

  it("tells of the failed download, then of each of the two builds and what is compiled", async () => {
    await ensureEngine(machine.options());
    const ends = machine.progress.filter(({ state }) => state !== "running");
    expect(ends).toMatchObject([
      { step: expect.stringContaining("Downloading"), detail: expect.stringContaining("cannot be reached") },
      { step: expect.stringContaining("Building Pulumi 3.259.0 from source"), detail: "2 packages compiled" },
      { step: expect.stringContaining("language host"), detail: "2 packages compiled" },
    ]);
  });

  it("does no harm when it happens twice at the same time", async () => {
    const engines = await Promise.all([ensureEngine(machine.options()), ensureEngine(machine.options())]);
    expect(new Set(engines.map(engine => engine.pulumi)).size).toBe(1);
    expect(await readdir(path.join(machine.home, "versions"))).toEqual(["3.259.0"]);
  });

  it.each([
    {
      case: "Go is too old",
      environment: { GO_VERSION: "go1.25.10" },
      reason: /go is go1\.25\.10; Go 1\.25\.11 or newer/,
    },
    {
      case: "a module cannot be had",
      environment: { GO_ERROR: "main.go:3:8: dial tcp: lookup modules.example: no such host" },
      reason: /go build .*cmd\/pulumi failed: main\.go:3:8: dial tcp: lookup modules\.example: no such host/,
    },
    {
      case: "the memory does not suffice",
      environment: { GO_ERROR: "example.com/module/v2: compile: signal: killed" },
      reason: /signal: killed\n.*needs about 2 GB of free memory/,
    },
  ])("fails with the reason, and leaves nothing behind, when $case", async ({ environment, reason }) => {
    Object.assign(machine.environment, environment);
    await expect(ensureEngine(machine.options())).rejects.toThrow(reason);
    expect(await readdir(path.join(machine.home, "versions"))).toEqual([]);
  });

  it("fails with Go's own words when a Go that may update itself cannot", async () => {
    await machine.addProgram("go", "echo 'go: download go1.25.11: no such host' >&2; exit 1");
    await expect(ensureEngine(machine.options())).rejects.toThrow("download go1.25.11: no such host");
  });
});
