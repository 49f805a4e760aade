import { randomUUID } from "node:crypto";
import type { Cron } from "croner";
import { type FunctionLog, FunctionLogs } from "./functionLogs.ts";
import { everyTime, nextTime, type TimerFunction, timerFunction } from "./functionSchedule.ts";
import type { RegisteredFunction, TimerInput } from "./functionWorkerMessages.ts";
import { FunctionWorkerProcess } from "./functionWorkerProcess.ts";
import { type HostConfiguration, readHostConfiguration } from "./hostConfiguration.ts";
import { HostTelemetry } from "./hostTelemetry.ts";

export interface FunctionAppSettings {
  /** Name of the function app. */
  name: string;
  /** Version of Node in `functionAppConfig.runtime`. */
  runtimeVersion: string;
  /** The declared application settings: the whole environment of the code, besides the platform's own variables. */
  appSettings: Record<string, string>;
  /** Folder of the unzipped package. */
  packageFolder: string;
  /** What the platform adds to the environment: the endpoint of the managed identity and the authorities it trusts. */
  platformEnvironment: Record<string, string>;
  /** Why the host cannot use the storage that `AzureWebJobsStorage` names; undefined when it can. */
  hostStorageProblem?: () => string | undefined;
}

export interface InvocationResult {
  functionName: string;
  invocationId: string;
  succeeded: boolean;
  /** What the function threw; undefined when it succeeded. */
  error: string | undefined;
  /** What was logged and printed while it ran. */
  logs: FunctionLog[];
}

/** A version outside the region's list is accepted on creation and never starts (Azure/Azure-Functions#2666). */
const NODE_VERSIONS = ["22", "24"];

/**
 * The Azure Functions host with one app on it: loads the package with the Node v4 programming model and runs its timers,
 * never two runs of one function at a time.
 *
 * As in Azure, an app that cannot start is deployed all the same: `errors` says why it has no functions.
 */
export class LocalFunctionApp {
  readonly #settings: FunctionAppSettings;
  readonly #configuration: HostConfiguration | undefined;
  readonly #functions = new Map<string, TimerFunction>();
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #logs = new FunctionLogs();
  readonly #telemetry: HostTelemetry | undefined;
  readonly #errors: string[] = [];
  #jobs: Cron[] = [];
  #worker: FunctionWorkerProcess | undefined;
  #closed = false;

  private constructor(settings: FunctionAppSettings, configuration: HostConfiguration | Error) {
    this.#settings = settings;
    this.#telemetry = HostTelemetry.of(settings, this.#logs);
    if (configuration instanceof Error) this.#report(configuration.message);
    else this.#configuration = configuration;
  }

  static async start(settings: FunctionAppSettings): Promise<LocalFunctionApp> {
    const configuration = await readHostConfiguration(settings.packageFolder).catch((error: Error) => error);
    const app = new LocalFunctionApp(settings, configuration);
    await app.#startFunctions();
    await app.#telemetry?.flush();
    return app;
  }

  /** The functions that were found and can run. */
  functions(): TimerFunction[] {
    return [...this.#functions.values()];
  }

  /** Why functions are missing, in the host's words; empty for a healthy app. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  get logs(): readonly FunctionLog[] {
    return this.#logs.lines;
  }

  /**
   * Runs a function now, as the host's admin endpoint does, after a run of it that is under way.
   *
   * @throws Error when the app has no such function, with the reasons that the host knows.
   */
  async run(functionName: string): Promise<InvocationResult> {
    const timer = this.#functions.get(functionName);
    if (timer === undefined) {
      const names = [...this.#functions.keys()].join(", ") || "none";
      throw new Error(
        [
          `The function app ${this.#settings.name} has no function "${functionName}". It has: ${names}.`,
          ...this.#errors,
        ].join("\n"),
      );
    }
    return await this.#inTurn(timer, "This function was programmatically called via the host APIs.");
  }

  /** Stops the timers and ends the code, also in the middle of a run. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#jobs) job.stop();
    await this.#worker?.close();
  }

  async #startFunctions(): Promise<void> {
    const problem = this.#problemBeforeStart();
    if (problem !== undefined) this.#report(problem);
    if (this.#errors.length > 0) return;
    try {
      this.#index(await this.#startWorker());
    } catch (error) {
      this.#report((error as Error).message);
      return;
    }
    this.#jobs = this.functions().map(timer => everyTime(timer.schedule, () => this.#timerFired(timer)));
    for (const timer of this.functions()) if (timer.runOnStartup) this.#timerFired(timer);
  }

  #problemBeforeStart(): string | undefined {
    const { runtimeVersion, hostStorageProblem } = this.#settings;
    if (!NODE_VERSIONS.includes(runtimeVersion))
      return `The runtime node ${runtimeVersion} is not available on Flex Consumption; there are ${NODE_VERSIONS.join(" and ")}.`;
    return hostStorageProblem?.();
  }

  async #startWorker(): Promise<RegisteredFunction[]> {
    const { worker, functions } = await FunctionWorkerProcess.start(
      this.#settings.packageFolder,
      this.#environment(),
      { log: line => this.#logs.write(line) },
    );
    this.#worker = worker;
    return functions;
  }

  #index(functions: RegisteredFunction[]): void {
    if (functions.length === 0) this.#report("No functions were found: the code registered none.");
    for (const registered of functions) {
      try {
        this.#functions.set(registered.name, timerFunction(registered, this.#settings.appSettings));
      } catch (error) {
        this.#report(`The '${registered.name}' function is in error: ${(error as Error).message}`);
      }
    }
  }

  /** The declared settings, so that one that was forgotten is missing here too, and what the platform itself sets. */
  #environment(): Record<string, string> {
    const { name, appSettings, packageFolder, platformEnvironment } = this.#settings;
    return {
      ...ofThisSystem(),
      ...appSettings,
      WEBSITE_SITE_NAME: name,
      WEBSITE_SKU: "FlexConsumption",
      FUNCTIONS_WORKER_RUNTIME: "node",
      FUNCTIONS_EXTENSION_VERSION: "~4",
      AZURE_FUNCTIONS_ENVIRONMENT: "Production",
      AzureWebJobsScriptRoot: packageFolder,
      ...platformEnvironment,
    };
  }

  /** A tick that finds the last run still going is lost: the host computes the next time after a run. */
  #timerFired(timer: TimerFunction): void {
    if (this.#turns.has(timer.name)) return;
    void this.#inTurn(timer, `Timer fired at ${new Date().toISOString()}`);
  }

  async #inTurn(timer: TimerFunction, reason: string): Promise<InvocationResult> {
    const before = this.#turns.get(timer.name) ?? Promise.resolve();
    const turn = before.then(() => this.#invoke(timer, reason));
    this.#turns.set(timer.name, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(timer.name) === turn) this.#turns.delete(timer.name);
    }
  }

  async #invoke(timer: TimerFunction, reason: string): Promise<InvocationResult> {
    const { name: functionName } = timer;
    const invocationId = randomUUID();
    const collected = this.#logs.collect(invocationId);
    const started = performance.now();
    const invocation = this.#telemetry?.begin(functionName, invocationId);
    const say = (level: string, message: string) =>
      this.#logs.write({ level, category: "host", message, invocationId });
    say("information", `Executing 'Functions.${functionName}' (Reason='${reason}', Id=${invocationId})`);
    const error = await this.#runInWorker(timer, invocationId);
    const outcome = `Id=${invocationId}, Duration=${Math.round(performance.now() - started)}ms`;
    if (error === undefined)
      say("information", `Executed 'Functions.${functionName}' (Succeeded, ${outcome})`);
    else say("error", `Executed 'Functions.${functionName}' (Failed, ${outcome})\n${error}`);
    collected.stop();
    await invocation?.end(error);
    return { functionName, invocationId, succeeded: error === undefined, error, logs: collected.lines };
  }

  /** A worker that crashed or was ended is replaced when the next run needs it. */
  async #runInWorker({ name, schedule }: TimerFunction, invocationId: string): Promise<string | undefined> {
    try {
      if (this.#closed) throw new Error("The function app has been stopped.");
      if (this.#worker === undefined || this.#worker.hasExited) await this.#startWorker();
      const worker = this.#worker!;
      const timeout = this.#limitDuration(worker, name);
      const error = await worker.invoke(invocationId, name, timerInput(schedule));
      clearTimeout(timeout);
      return error;
    } catch (error) {
      return (error as Error).message;
    }
  }

  #limitDuration(worker: FunctionWorkerProcess, name: string): NodeJS.Timeout | undefined {
    const milliseconds = this.#configuration?.functionTimeoutMilliseconds;
    if (milliseconds === undefined) return undefined;
    const reason = `Timeout value of ${milliseconds / 1000} seconds was exceeded by function: Functions.${name}`;
    return setTimeout(() => worker.kill(reason), milliseconds);
  }

  #report(error: string): void {
    this.#errors.push(error);
    this.#logs.write({ level: "error", category: "host", message: error });
  }
}

/** What a Node process needs of the system that it runs on. */
function ofThisSystem(): Record<string, string> {
  const names = ["PATH", "SystemRoot", "TMPDIR", "TEMP"];
  return Object.fromEntries(names.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])));
}

function timerInput(schedule: string): TimerInput {
  const now = new Date().toISOString();
  return {
    Schedule: { AdjustForDST: true },
    ScheduleStatus: { Last: now, Next: nextTime(schedule), LastUpdated: now },
    IsPastDue: false,
  };
}
