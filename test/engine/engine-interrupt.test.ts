import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { constants, tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { descendants, killTree } from "../../local/engine/processTree.ts";
import { resourceStep } from "../../local/engine/resourceSteps.ts";
import { PulumiStack } from "../../local/engine/stack.ts";
import { expectToEnd } from "../processes.ts";

let stateFolder: string;

beforeEach(async () => {
  stateFolder = await mkdtemp(path.join(tmpdir(), "engine-interrupt-"));
});

afterEach(async () => {
  await rm(stateFolder, { recursive: true, force: true });
});

describe("interrupting a stack while a resource is being created that never gets ready", () => {
  it("leaves neither the engine nor a plugin running when the program is interrupted", async () => {
    const program = startProgram();
    try {
      await outputOf(program, "creating");
      const started = descendants(program.pid!);
      expect(started.length).toBeGreaterThanOrEqual(4); // engine, language host, program, dynamic provider
      program.kill("SIGINT");
      const [exitCode] = await once(program, "exit");
      expect(exitCode).toBe(128 + constants.signals.SIGINT);
      await expectToEnd(started);
    } finally {
      killTree(program.pid!);
    }
  });

  it("leaves neither the engine nor a plugin running when the stack is closed", async () => {
    const stack = new PulumiStack({
      engine: inject("engine"),
      programFolder: path.join(import.meta.dirname, "programs/words"),
      stateFolder,
      stackName: "dev",
    });
    await stack.init({ words: ["slow"], createSeconds: 3600 }, { password: "none" });
    const others = descendants(process.pid);
    const { promise: creating, resolve } = Promise.withResolvers<void>();
    const up = stack.up({ onEvent: event => resourceStep(event)?.name === "slow" && resolve() });
    const refused = expect(up).rejects.toThrow("The stack dev was closed while the engine was running.");
    await creating;
    const started = descendants(process.pid).filter(id => !others.includes(id));
    expect(started.length).toBeGreaterThanOrEqual(4);
    await stack.close();
    await refused;
    await expectToEnd(started);
  });
});

function startProgram(): ChildProcess {
  const script = path.join(import.meta.dirname, "interruptedProgram.ts");
  return spawn(process.execPath, [script, JSON.stringify(inject("engine")), stateFolder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function outputOf(program: ChildProcess, expected: string): Promise<void> {
  for await (const text of program.stdout!.iterator({ destroyOnReturn: false })) {
    if (`${text}`.includes(expected)) return;
  }
  throw new Error(`The program ended without saying "${expected}".`);
}
