/**
 * Entry of the process that runs the code of a function app, in the place of the Node worker of Azure Functions.
 * Argument: the folder of the unzipped package.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { AppRegistrations, type CoreInvocationContext, type FunctionCallback } from "./functionCore.ts";
import {
  endOfOutput,
  type HostMessage,
  type TimerInput,
  type WorkerMessage,
} from "./functionWorkerMessages.ts";

const app = new AppRegistrations();
const appHookData = {};

/** The app ends with its host, also when that is killed. */
process.on("disconnect", () => process.exit());
process.on("message", (message: HostMessage) => {
  if (message.kind === "terminate") void terminate();
  else void invoke(message.functionName, message.invocationId, message.timer);
});
provideCore();
await start(process.argv[2] ?? process.cwd());

function send(message: WorkerMessage): void {
  process.send?.(message);
}

/** The code is bundled and the module is in no folder, so `require` and `import` are answered here. */
function provideCore(): void {
  const core = app.core((level, category, message) => send({ kind: "log", level, category, message }));
  const key = Symbol.for("@azure/functions-core");
  Object.defineProperty(globalThis, key, { value: core });
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "@azure/functions-core"
        ? { url: "functions-core:", format: "commonjs", shortCircuit: true }
        : next(specifier, context),
    load: (url, context, next) =>
      url === "functions-core:"
        ? {
            format: "commonjs",
            source: 'module.exports = globalThis[Symbol.for("@azure/functions-core")];',
            shortCircuit: true,
          }
        : next(url, context),
  });
}

async function start(folder: string): Promise<void> {
  let file = "";
  try {
    file = entryPoint(folder);
    await import(pathToFileURL(path.join(folder, file)).href);
    await app.runHooks("appStart", { functionAppDirectory: folder, hookData: {}, appHookData });
    app.finishStartup();
    send({ kind: "started", functions: [...app.functions.values()].map(({ metadata }) => metadata) });
  } catch (error) {
    send({
      kind: "failedToStart",
      error: `Worker was unable to load entry point "${file}": ${words(error)}`,
    });
  }
}

/** Without `main` the real worker loads nothing and finds no functions; here that is said. */
function entryPoint(folder: string): string {
  const manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  if (typeof manifest.main !== "string") throw new Error('package.json has no "main".');
  return manifest.main;
}

async function invoke(functionName: string, invocationId: string, timer: TimerInput): Promise<void> {
  let error: string | undefined;
  try {
    await runFunction(functionName, invocationId, timer);
  } catch (thrown) {
    error = words(thrown);
  }
  process.stdout.write(`${endOfOutput(invocationId)}\n`);
  process.stderr.write(`${endOfOutput(invocationId)}\n`);
  send({ kind: "invoked", invocationId, ...(error === undefined ? {} : { error }) });
}

/** The order of https://github.com/Azure/azure-functions-nodejs-worker: arguments, hooks, function, hooks, response. */
async function runFunction(functionName: string, invocationId: string, timer: TimerInput): Promise<void> {
  const registered = app.functions.get(functionName);
  if (!registered || !app.model)
    throw new Error(`Function code for '${functionName}' is not loaded and cannot be invoked.`);
  const core = invocationContext(registered.metadata, invocationId, timer);
  const model = app.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();

  const hookData = {};
  const before = { hookData, appHookData, invocationContext: context, inputs };
  const preInvocation = { ...before, functionCallback: registered.callback };
  core.state = "preInvocationHooks";
  await app.runHooks("preInvocation", preInvocation);

  const postInvocation = {
    ...before,
    inputs: preInvocation.inputs,
    result: null as unknown,
    error: null as unknown,
  };
  core.state = "invocation";
  try {
    const callback: FunctionCallback = preInvocation.functionCallback;
    postInvocation.result = await model.invokeFunction(context, preInvocation.inputs, callback);
  } catch (error) {
    postInvocation.error = error;
  }

  core.state = "postInvocationHooks";
  await app.runHooks("postInvocation", postInvocation);
  core.state = undefined;
  if (postInvocation.error) throw postInvocation.error;
  await model.getResponse(context, postInvocation.result);
}

function invocationContext(
  metadata: CoreInvocationContext["metadata"],
  invocationId: string,
  timer: TimerInput,
): CoreInvocationContext {
  const trigger = Object.entries(metadata.bindings).find(([, { type }]) => /trigger$/i.test(type ?? ""));
  return {
    invocationId,
    metadata,
    request: {
      invocationId,
      inputData: trigger ? [{ name: trigger[0], data: { json: JSON.stringify(timer) } }] : [],
    },
    log: (level, category, message) => send({ kind: "log", level, category, message, invocationId }),
  };
}

async function terminate(): Promise<void> {
  try {
    await app.runHooks("appTerminate", { hookData: {}, appHookData });
  } finally {
    process.exit();
  }
}

function words(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
