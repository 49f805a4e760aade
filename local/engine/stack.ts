import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Deployment, EngineEvent, OpMap } from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import { type CommandResult, runCommand } from "./childProcess.ts";
import type { Engine } from "./engine.ts";
import { EventLog } from "./eventLog.ts";
import { stackEnvironment } from "./stackEnvironment.ts";

/** The exit code of an operation with `expectNoChanges` that found changes: drift, when it refreshes. */
export const CHANGES_FOUND = 7;

/** Interrupted once, the engine finishes what it has begun with a provider; interrupted again, it gives that up. */
const INTERRUPT_GRACE_SECONDS = 5;

/** A stack, and where its parts are. */
export interface StackSettings {
  engine: Engine;
  /** The folder with Pulumi.yaml; nothing is written into it. */
  programFolder: string;
  /** The folder for everything that the stack keeps: Pulumi's home, the state, and the configuration. */
  stateFolder: string;
  /** The stack's name, such as `dev`. */
  stackName: string;
  /** Variables in addition to, or instead of, the inherited ones and those of `stackEnvironment`. */
  environment?: NodeJS.ProcessEnv;
}

/** What an operation may be asked for. */
export interface OperationOptions {
  /** Whether the state is compared with the resources first; not unless given. */
  refresh?: boolean;
  /** Whether changes make the operation end with the exit code `CHANGES_FOUND`; they do not unless given. */
  expectNoChanges?: boolean;
  /** Further options of the command, as on the command line. */
  args?: readonly string[];
  /** Called with every event of the engine, as it happens. */
  onEvent?: (event: EngineEvent) => void;
}

/** How an operation ended. */
export interface OperationResult extends CommandResult {
  /** The number of resources by what was (or, in a preview, would be) done to them; empty when the engine did not get that far. */
  resourceChanges: OpMap;
}

/** A stack that is run by the engine's command, as a user or a pipeline runs it, with a state of its own in a folder. */
export class PulumiStack {
  /** The environment of every command; with it, and in the program's folder, the plain `pulumi` works on the stack too. */
  readonly environment: NodeJS.ProcessEnv;
  /** The stack's configuration file, for `--config-file`. */
  readonly configFile: string;
  readonly #settings: StackSettings;
  readonly #backendFolder: string;
  readonly #projectFolder: string;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(settings: StackSettings) {
    const stateFolder = path.resolve(settings.stateFolder);
    this.#settings = settings;
    this.#backendFolder = path.join(stateFolder, "backend");
    this.#projectFolder = path.join(stateFolder, "project");
    this.configFile = path.join(this.#projectFolder, `Pulumi.${settings.stackName}.yaml`);
    const folders = { home: path.join(stateFolder, "home"), backend: this.#backendFolder };
    this.environment = stackEnvironment(settings.engine, folders, settings.environment ?? {});
  }

  /**
   * Creates the stack, unless the state folder holds it already, and sets its configuration.
   *
   * @param config values by key; a key without a namespace belongs to the program.
   * @param secrets likewise, encrypted in the configuration file; `tokens.one` is the property `one` of `tokens`.
   * @throws when the engine refuses.
   */
  async init(config: Record<string, unknown> = {}, secrets: Record<string, string> = {}): Promise<void> {
    const { programFolder, stackName } = this.#settings;
    const { name } = parse(await readFile(path.join(programFolder, "Pulumi.yaml"), "utf8")) as {
      name: string;
    };
    await mkdir(this.#backendFolder, { recursive: true });
    await mkdir(this.#projectFolder, { recursive: true });
    // A new stack's configuration file is always written beside Pulumi.yaml: hence a project that is nothing but its name.
    await writeFile(
      path.join(this.#projectFolder, "Pulumi.yaml"),
      JSON.stringify({ name, runtime: "nodejs" }),
    );
    await this.#runHere(["stack", "select", "--create", stackName]);
    const [parts, wholes] = [true, false].map(isPart =>
      Object.fromEntries(Object.entries(secrets).filter(([key]) => key.includes(".") === isPart)),
    );
    const values = JSON.stringify({
      ...configValues(name, config, false),
      ...configValues(name, wholes ?? {}, true),
    });
    const setAll = ["config", "set-all", "--stack", stackName];
    if (values !== "{}") await this.#runHere([...setAll, "--json", values]);
    const assignments = Object.entries(parts ?? {}).map(([key, value]) => `${name}:${key}=${value}`);
    if (assignments.length > 0)
      await this.#runHere([...setAll, "--path", ...assignments.flatMap(each => ["--secret", each])]);
  }

  /** Runs `pulumi up` without the preview that precedes it otherwise. */
  async up(options: OperationOptions = {}): Promise<OperationResult> {
    return await this.#operate("up", ["--yes", "--skip-preview"], options);
  }

  /** Runs `pulumi preview`. */
  async preview(options: OperationOptions = {}): Promise<OperationResult> {
    return await this.#operate("preview", [], options);
  }

  /** Runs `pulumi refresh`; with `args: ["--preview-only"]` the state stays as it is. */
  async refresh(options: Omit<OperationOptions, "refresh"> = {}): Promise<OperationResult> {
    const approval = options.args?.includes("--preview-only") ? [] : ["--yes", "--skip-preview"];
    return await this.#operate("refresh", approval, options);
  }

  /** Runs `pulumi destroy`; the stack itself, with its configuration, stays. */
  async destroy(options: Omit<OperationOptions, "expectNoChanges"> = {}): Promise<OperationResult> {
    return await this.#operate("destroy", ["--yes", "--skip-preview"], options);
  }

  /**
   * The stack's outputs; secrets read `[secret]`.
   *
   * @throws when the engine refuses, as for a stack that does not exist.
   */
  async outputs(): Promise<Record<string, unknown>> {
    const { stackName } = this.#settings;
    return JSON.parse(await this.#runHere(["stack", "output", "--json", "--stack", stackName]));
  }

  /**
   * The stack's state; secrets are encrypted unless they are to be shown.
   *
   * @throws when the engine refuses, as for a stack that does not exist.
   */
  async exportState({ showSecrets = false }: { showSecrets?: boolean } = {}): Promise<Deployment> {
    const wishes = showSecrets ? ["--show-secrets"] : [];
    return JSON.parse(
      await this.#runHere(["stack", "export", "--stack", this.#settings.stackName, ...wishes]),
    );
  }

  /** Runs any command of the engine, in the program's folder. */
  async run(args: readonly string[]): Promise<CommandResult> {
    return await this.#run(args, this.#settings.programFolder);
  }

  /** Ends what is still running, plugins included. The stack's resources and state stay. */
  async close(): Promise<void> {
    this.#closing.abort(
      new Error(`The stack ${this.#settings.stackName} was closed while the engine was running.`),
    );
    await Promise.allSettled(this.#running);
  }

  async #operate(
    operation: string,
    approval: readonly string[],
    { refresh, expectNoChanges, args = [], onEvent }: OperationOptions,
  ): Promise<OperationResult> {
    let resourceChanges: OpMap = {};
    const log = new EventLog(path.join(this.#projectFolder, `events-${randomUUID()}.json`), event => {
      resourceChanges = event.summaryEvent?.resourceChanges ?? resourceChanges;
      onEvent?.(event);
    });
    let result: CommandResult;
    try {
      const { stackName } = this.#settings;
      const stack = ["--stack", stackName, "--config-file", this.configFile, "--event-log", log.file];
      const display = ["--suppress-progress", "--suppress-permalink=true"];
      const wishes = [...(refresh ? ["--refresh"] : []), ...(expectNoChanges ? ["--expect-no-changes"] : [])];
      result = await this.run([operation, ...approval, ...stack, ...display, ...wishes, ...args]);
    } finally {
      await log.close();
    }
    return { ...result, resourceChanges };
  }

  /** Runs a command that neither runs the program nor reads its configuration, and so needs the project's name only. */
  async #runHere(args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.#run(args, this.#projectFolder);
    if (exitCode === 0) return stdout;
    throw new Error(
      `pulumi ${args.slice(0, 2).join(" ")} ended with exit code ${exitCode}: ${stderr.trim()}`,
    );
  }

  async #run(args: readonly string[], cwd: string): Promise<CommandResult> {
    const running = runCommand(this.#settings.engine.pulumi, [...args, "--non-interactive"], {
      cwd,
      env: this.environment,
      signal: this.#closing.signal,
      interruptGraceSeconds: INTERRUPT_GRACE_SECONDS,
    });
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

/** In the form of `pulumi config --json`, in which `value` is a text and a structure is given a second time as itself. */
function configValues(projectName: string, values: Record<string, unknown>, secret: boolean) {
  const entries = Object.entries(values).map(([key, value]) => {
    const fullKey = key.includes(":") ? key : `${projectName}:${key}`;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return [fullKey, { value: text, secret, ...(typeof value === "object" ? { objectValue: value } : {}) }];
  });
  return Object.fromEntries(entries);
}
