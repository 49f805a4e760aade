import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { runCommand } from "../../local/engine/childProcess.ts";
import { expectToEnd } from "../processes.ts";

const MODULE = pathToFileURL(path.join(import.meta.dirname, "../../local/engine/childProcess.ts")).href;

/** A program that never ends; it has a child in a process group of its own, as Pulumi has its plugins, and tells both ids. */
const ENDLESS = `
  const child = require("node:child_process").spawn("sleep", ["3600"], { detached: true });
  console.log(process.pid, child.pid);
  setInterval(() => {}, 1_000_000);`;

describe("running a command", () => {
  it("gives its exit code and what it wrote", async () => {
    expect(await shell("echo out; echo err >&2; exit 3")).toEqual({
      exitCode: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("counts the end by a signal as shells do", async () => {
    expect((await shell("kill -TERM $$")).exitCode).toBe(128 + constants.signals.SIGTERM);
  });

  it("passes on every line as a whole, however it was written", async () => {
    const lines: string[] = [];
    await shell("printf 'one\\ntw'; printf 'o\\n'", { onLine: line => lines.push(line) });
    expect(lines).toEqual(["one", "two"]);
  });

  it("fails when there is no such program", async () => {
    await expect(runCommand("/no/such/program", [])).rejects.toThrow("ENOENT");
  });
});

describe("ending a command early", () => {
  it("kills all that it has started, in whatever process group, and fails with the reason", async () => {
    const { controller, ids, ended } = await startEndless();
    controller.abort(new Error("no longer needed"));
    await expect(ended).rejects.toThrow("no longer needed");
    await expectToEnd(ids);
  });

  it("first lets a command that gets time for it clean up", async () => {
    const controller = new AbortController();
    let cleanedUp = false;
    const ended = shell("trap 'echo cleaned up; exit' INT; echo started; while :; do sleep 0.1; done", {
      signal: controller.signal,
      interruptGraceSeconds: 60,
      onLine: line => {
        if (line === "started") controller.abort();
        cleanedUp ||= line === "cleaned up";
      },
    });
    await expect(ended).rejects.toThrow("aborted");
    expect(cleanedUp).toBe(true);
  });

  it("kills a command that does not react to two interrupts", async () => {
    const { controller, ids, ended } = await startEndless("process.on('SIGINT', () => {});", 0.1);
    controller.abort();
    await expect(ended).rejects.toThrow("aborted");
    await expectToEnd(ids);
  });
});

describe("ending the process that runs a command", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("ends the command too, on %s", async signal => {
    const program = startProgram();
    const ids = await idsOf(program);
    program.kill(signal);
    expect(await once(program, "exit")).toEqual([128 + constants.signals[signal], null]);
    await expectToEnd(ids);
  });

  it("ends the command too when the process exits by itself", async () => {
    const program = startProgram("process.stdin.once('data', () => process.exit(5));");
    const ids = await idsOf(program);
    program.stdin!.write("exit");
    expect(await once(program, "exit")).toEqual([5, null]);
    await expectToEnd(ids);
  });

  it("leaves the end to a program that listens for the signal itself", async () => {
    const program = startProgram("process.on('SIGTERM', () => setTimeout(() => process.exit(6), 200));");
    const ids = await idsOf(program);
    program.kill("SIGTERM");
    expect(await once(program, "exit")).toEqual([6, null]);
    await expectToEnd(ids);
  });
});

async function shell(script: string, options: Parameters<typeof runCommand>[2] = {}) {
  return await runCommand("/bin/sh", ["-c", script], options);
}

/** Starts the endless command, and waits until it runs. */
async function startEndless(prefix = "", interruptGraceSeconds = 0) {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<number[]>();
  const ended = runCommand(process.execPath, ["-e", prefix + ENDLESS], {
    signal: controller.signal,
    interruptGraceSeconds,
    onLine: line => resolve(idsIn(line)),
  });
  return { controller, ids: await promise, ended };
}

/** Starts a process that runs the endless command and shows its output. */
function startProgram(code = ""): ChildProcess {
  const script = `
    import { runCommand } from ${JSON.stringify(MODULE)};
    ${code}
    await runCommand(process.execPath, ["-e", ${JSON.stringify(ENDLESS)}], { onLine: console.log }).catch(() => {});`;
  return spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

async function idsOf(program: ChildProcess): Promise<number[]> {
  const [line] = await once(program.stdout!, "data");
  return idsIn(`${line}`);
}

function idsIn(line: string): number[] {
  const ids = [...line.matchAll(/\d+/g)].map(Number);
  expect(ids).toHaveLength(2);
  return ids;
}
