import type { RegisteredFunction } from "./functionWorkerMessages.ts";

/**
 * The module `@azure/functions-core`, which is in no package: the Node worker of Azure Functions gives it to the code
 * that it loads, and `@azure/functions` registers everything with it. Shape as in its public type definition,
 * https://github.com/Azure/azure-functions-nodejs-worker/blob/v4.x/types-core/index.d.ts, as far as timers need it.
 */
export interface FunctionsCore {
  version: string;
  hostVersion: string;
  registerFunction(metadata: RegisteredFunction, callback: FunctionCallback): Disposable;
  registerHook(hookName: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: string, category: "user" | "system", message: string): void;
  Disposable: typeof Disposable;
}

export type FunctionCallback = (...inputsAndContext: unknown[]) => unknown;
export type HookCallback = (context: Record<string, unknown>) => void | Promise<void>;

export interface ProgrammingModel {
  name: string;
  version: string;
  getInvocationModel(context: CoreInvocationContext): InvocationModel;
}

export interface CoreInvocationContext {
  invocationId: string;
  request: { invocationId: string; inputData: { name: string; data: { json: string } }[] };
  metadata: RegisteredFunction;
  state?: "preInvocationHooks" | "invocation" | "postInvocationHooks";
  log(level: string, category: "user" | "system", message: string): void;
}

export interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: FunctionCallback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<unknown>;
}

/** The class that hooks and functions are handed back as, to be removed again while the app starts. */
export class Disposable {
  readonly #callOnDispose: () => unknown;

  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }

  static from(...disposables: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const disposable of disposables) disposable.dispose();
    });
  }

  dispose(): unknown {
    return this.#callOnDispose();
  }
}

/** What the code of an app registers while it is loaded. */
export class AppRegistrations {
  readonly functions = new Map<string, { metadata: RegisteredFunction; callback: FunctionCallback }>();
  readonly #hooks: { hookName: string; callback: HookCallback }[] = [];
  #model: ProgrammingModel | undefined;
  #started = false;

  get model(): ProgrammingModel | undefined {
    return this.#model;
  }

  /** From now on registering is refused, as by the real worker. */
  finishStartup(): void {
    this.#started = true;
  }

  async runHooks(hookName: string, context: Record<string, unknown>): Promise<void> {
    for (const hook of this.#hooks) if (hook.hookName === hookName) await hook.callback(context);
  }

  /** The module as the code of the app gets it. */
  core(log: FunctionsCore["log"]): FunctionsCore {
    return {
      version: "3.12.0",
      hostVersion: "4.1044.0",
      registerFunction: (metadata, callback) => this.#registerFunction(metadata, callback),
      registerHook: (hookName, callback) => this.#registerHook(hookName, callback),
      setProgrammingModel: model => {
        this.#model = model;
      },
      getProgrammingModel: () => this.#model,
      log,
      Disposable,
    };
  }

  #registerFunction(metadata: RegisteredFunction, callback: FunctionCallback): Disposable {
    if (this.#started) throw new Error("A function can only be registered during app startup.");
    if (this.functions.has(metadata.name))
      throw new Error(`A function with name "${metadata.name}" has already been registered.`);
    this.functions.set(metadata.name, { metadata, callback });
    return new Disposable(() => this.functions.delete(metadata.name));
  }

  #registerHook(hookName: string, callback: HookCallback): Disposable {
    const hook = { hookName, callback };
    this.#hooks.push(hook);
    return new Disposable(() => this.#hooks.splice(this.#hooks.indexOf(hook), 1));
  }
}
