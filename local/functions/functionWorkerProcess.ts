import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  endOfOutput,
  type HostMessage,
  type RegisteredFunction,
  type TimerInput,
  type WorkerMessage,
} from "./functionWorkerMessages.ts";

export interface WorkerEvents {
  log(line: { level: string; category: string; message: string; invocationId?: string }): void;
}

interface Running {
  finish(error: string | undefined): void;
  /** Output that must still arrive before the invocation is over: stdout, stderr, and the answer itself. */
  awaited: Set<"stdout" | "stderr" | "answer">;
  error: string | undefined;
}

/** How long the hooks of an ending app may take. */
const TERMINATE_WITHIN_MILLISECONDS = 2_000;

/** The process that runs the code of one function app. */
export class FunctionWorkerProcess {
  readonly #child: ChildProcess;
  readonly #events: WorkerEvents;
  readonly #running = new Map<string, Running>();
  #reasonToEnd: string | undefined;

  private constructor(child: ChildProcess, events: WorkerEvents) {
    this.#child = child;
    this.#events = events;
    this.#readOutput("stdout", "information");
    this.#readOutput("stderr", "error");
    child.once("exit", (code, signal) => this.#fail(`node exited with code ${code ?? signal}`));
  }

  /**
   * Starts the app's code in a process with `environment` and nothing else of this process's own.
   *
   * @throws Error with the worker's words when the code cannot be loaded.
   */
  static async start(
    packageFolder: string,
    environment: Record<string, string>,
    events: WorkerEvents,
  ): Promise<{ worker: FunctionWorkerProcess; functions: RegisteredFunction[] }> {
    const child = fork(fileURLToPath(new URL("functionWorker.ts", import.meta.url)), [packageFolder], {
      cwd: packageFolder,
      env: environment,
      execArgv: [],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    const worker = new FunctionWorkerProcess(child, events);
    try {
      return { worker, functions: await worker.#started() };
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  get hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Runs the function once and gives the error that it failed with, if it did. */
  invoke(invocationId: string, functionName: string, timer: TimerInput): Promise<string | undefined> {
    return new Promise(resolve => {
      this.#running.set(invocationId, {
        finish: resolve,
        awaited: new Set(["stdout", "stderr", "answer"]),
        error: undefined,
      });
      this.#send({ kind: "invoke", invocationId, functionName, timer });
    });
  }

  /** Ends the process at once, as the host does with code that takes too long. */
  kill(reason: string): void {
    this.#reasonToEnd = reason;
    this.#child.kill("SIGKILL");
  }

  async close(): Promise<void> {
    if (this.hasExited) return;
    this.#reasonToEnd = "The function app has been stopped.";
    const exited = once(this.#child, "exit");
    const impatience = setTimeout(() => this.#child.kill("SIGKILL"), TERMINATE_WITHIN_MILLISECONDS);
    this.#send({ kind: "terminate" });
    await exited;
    clearTimeout(impatience);
  }

  #started(): Promise<RegisteredFunction[]> {
    return new Promise((resolve, reject) => {
      this.#child.once("exit", code => reject(new Error(`node exited with code ${code} before it started`)));
      this.#child.on("message", (message: WorkerMessage) => {
        if (message.kind === "started") resolve(message.functions);
        else if (message.kind === "failedToStart") reject(new Error(message.error));
        else if (message.kind === "log") this.#events.log(message);
        else this.#arrived(message.invocationId, "answer", message.error);
      });
    });
  }

  /** A worker that is just ending cannot be told anything; its end is noticed by itself. */
  #send(message: HostMessage): void {
    this.#child.send(message, () => {});
  }

  #readOutput(output: "stdout" | "stderr", level: string): void {
    const lines = createInterface({ input: this.#child[output]! });
    lines.on("line", line => {
      const ended = [...this.#running.keys()].find(invocationId => line.endsWith(endOfOutput(invocationId)));
      const text = ended ? line.slice(0, -endOfOutput(ended).length) : line;
      if (text !== "") this.#events.log({ level, category: "console", message: text });
      if (ended) this.#arrived(ended, output);
    });
  }

  #arrived(invocationId: string, what: "stdout" | "stderr" | "answer", error?: string): void {
    const running = this.#running.get(invocationId);
    if (!running) return;
    running.awaited.delete(what);
    running.error ??= error;
    if (running.awaited.size > 0) return;
    this.#running.delete(invocationId);
    running.finish(running.error);
  }

  #fail(reason: string): void {
    for (const running of this.#running.values()) running.finish(this.#reasonToEnd ?? reason);
    this.#running.clear();
  }
}
