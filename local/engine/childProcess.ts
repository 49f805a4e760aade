import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { killTree } from "./processTree.ts";
import { endWithThisProcess, refuseWhileEnding } from "./shutdown.ts";

/** How a command ended, and what it wrote. */
export interface CommandResult {
  /** The exit code; when a signal ended the command, 128 and the signal's number, as shells count. */
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** How to run a command. */
export interface CommandOptions {
  /** The working directory; this process's own unless given. */
  cwd?: string;
  /** The whole environment; this process's own unless given. */
  env?: NodeJS.ProcessEnv;
  /** Called with every complete line that the command writes, as it writes it. */
  onLine?: (line: string) => void;
  /** Ends the command, and everything that it has started. */
  signal?: AbortSignal;
  /**
   * For a command that cleans up when it is interrupted: the time that it gets after the first and again after the second
   * interrupt, before it is killed. None unless given: the command is killed at once.
   */
  interruptGraceSeconds?: number;
}

/**
 * Runs a command to its end. When this process is told to end (Ctrl-C, a termination signal), the command ends too.
 *
 * @throws the operating system's error when the command cannot be started, or the signal's reason when that has ended it.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  refuseWhileEnding();
  const child = start(command, args, options);
  const output = collectOutput(child, options.onLine);
  const interrupt = interrupter(child, options.interruptGraceSeconds ?? 0);
  const ended = endOf(child).finally(interrupt.stop);
  endWithThisProcess({ interrupt: interrupt.next, kill: () => kill(child), ended });
  options.signal?.addEventListener("abort", interrupt.next, { once: true });
  try {
    const exitCode = await ended;
    options.signal?.throwIfAborted();
    return { exitCode, stdout: output.stdout.join(""), stderr: output.stderr.join("") };
  } finally {
    options.signal?.removeEventListener("abort", interrupt.next);
  }
}

/**
 * The command gets a process group of its own, which the terminal's Ctrl-C does not reach: Pulumi takes a second interrupt
 * for "abandon everything", so it must see only those that are sent here.
 */
function start(command: string, args: readonly string[], { cwd, env }: CommandOptions): ChildProcess {
  const detached = process.platform !== "win32";
  return spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached, windowsHide: true });
}

async function endOf(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}

/** Two interrupts, each with time to react to it, then the end. */
function interrupter(child: ChildProcess, graceSeconds: number) {
  let interrupts = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = () => {
    clearTimeout(timer);
    if (graceSeconds === 0 || interrupts === 2) return kill(child);
    interrupts += 1;
    child.kill("SIGINT");
    timer = setTimeout(next, graceSeconds * 1000);
  };
  return { next, stop: () => clearTimeout(timer) };
}

function kill(child: ChildProcess): void {
  if (child.pid !== undefined) killTree(child.pid);
}

function collectOutput(child: ChildProcess, onLine: (line: string) => void = () => {}) {
  const output: Record<"stdout" | "stderr", string[]> = { stdout: [], stderr: [] };
  for (const stream of ["stdout", "stderr"] as const) {
    let incompleteLine = "";
    child[stream]!.setEncoding("utf8").on("data", (text: string) => {
      output[stream].push(text);
      const lines = (incompleteLine + text).split("\n");
      incompleteLine = lines.pop()!;
      for (const line of lines) onLine(line);
    });
  }
  return output;
}
