import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type ResourceStep, resourceStep } from "../../local/engine/resourceSteps.ts";
import { CHANGES_FOUND, PulumiStack } from "../../local/engine/stack.ts";

const PROGRAM = path.join(import.meta.dirname, "programs/words");

let stateFolder: string;
let stack: PulumiStack;

beforeAll(async () => {
  stateFolder = await mkdtemp(path.join(tmpdir(), "engine test-"));
  stack = newStack();
  await stack.init({ words: ["one", "two"], limit: 2 }, { password: "open sesame" });
});

afterAll(async () => {
  await stack.close();
  await rm(stateFolder, { recursive: true, force: true });
});

function newStack(): PulumiStack {
  return new PulumiStack({ engine: inject("engine"), programFolder: PROGRAM, stateFolder, stackName: "dev" });
}

describe("a stack run by the engine", () => {
  it("is created, and tells of every resource as it is created", async () => {
    const steps: (ResourceStep | undefined)[] = [];
    const result = await stack.up({ onEvent: event => steps.push(resourceStep(event)) });
    expect(result).toMatchObject({ exitCode: 0, resourceChanges: { create: 3 } });
    const type = "pulumi-nodejs:dynamic/test:Word";
    for (const name of ["one", "two"]) {
      expect(steps).toContainEqual({ phase: "started", operation: "create", type, name });
      expect(steps).toContainEqual({ phase: "done", operation: "create", type, name });
    }
  });

  it("gives its outputs without the secrets", async () => {
    expect(await stack.outputs()).toEqual({ count: 2, password: "[secret]" });
  });

  it("holds no secret in clear text, neither in its state nor in its configuration", async () => {
    expect(JSON.stringify(await stack.exportState())).not.toContain("open sesame");
    expect(
      (await stack.run(["config", "--config-file", stack.configFile, "--stack", "dev"])).stdout,
    ).not.toContain("open sesame");
  });

  it("has no changes in a preview", async () => {
    const result = await stack.preview({ refresh: true, expectNoChanges: true });
    expect(result).toMatchObject({ exitCode: 0, resourceChanges: { same: 3 } });
  });

  it("is found again by its folder, with another configuration", async () => {
    stack = newStack();
    await stack.init({ words: ["one"] });
    const result = await stack.preview({ expectNoChanges: true });
    expect(result).toMatchObject({ exitCode: CHANGES_FOUND, resourceChanges: { delete: 1, same: 2 } });
  });

  it("shows the program's own error when the program fails", async () => {
    await stack.init({ words: ["one", "two", "three"] });
    const { exitCode, stdout } = await stack.up();
    expect(exitCode).toBe(1);
    expect(stdout).toContain("There are too many words.");
  });

  it("is destroyed", async () => {
    const result = await stack.destroy();
    expect(result).toMatchObject({ exitCode: 0, resourceChanges: { delete: 3 } });
    expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
  });

  it("leaves nothing in the program's folder", async () => {
    expect((await readdir(PROGRAM)).sort()).toEqual(["Pulumi.yaml", "index.ts"]);
  });
});
