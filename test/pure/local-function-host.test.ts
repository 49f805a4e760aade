/** The Functions host of the local tenant with real packages of the Node v4 programming model. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type FunctionAppSettings, LocalFunctionApp } from "../../local/functions/functionHost.ts";

vi.setConfig({ testTimeout: 20_000 });

const EVERY_YEAR = "0 0 0 1 1 *";
const EVERY_SECOND = "* * * * * *";

let root: string;
const started: LocalFunctionApp[] = [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "local-function-host-"));
});
afterEach(async () => {
  for (const app of started.splice(0)) await app.close();
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Package {
  code: string;
  hostJson?: object | string;
  settings?: Partial<FunctionAppSettings>;
}

/** Bundles `code` as a deployment does and starts it. */
async function start({ code, hostJson = { version: "2.0" }, settings }: Package): Promise<LocalFunctionApp> {
  const packageFolder = await mkdtemp(path.join(root, "package-"));
  const bundled = buildSync({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@azure/functions-core"],
    write: false,
  });
  await writeFile(path.join(packageFolder, "function.cjs"), bundled.outputFiles[0]!.text);
  await writeFile(path.join(packageFolder, "package.json"), JSON.stringify({ main: "function.cjs" }));
  if (hostJson !== "") await writeFile(path.join(packageFolder, "host.json"), JSON.stringify(hostJson));
  return await startIn(packageFolder, settings);
}

async function startIn(packageFolder: string, settings?: Partial<FunctionAppSettings>) {
  const app = await LocalFunctionApp.start({
    name: "siem-poller",
    runtimeVersion: "24",
    appSettings: {},
    platformEnvironment: {},
    packageFolder,
    ...settings,
  });
  started.push(app);
  return app;
}

function timer(handler: string, options: { name?: string; schedule?: string } = {}): string {
  const { name = "poll", schedule = EVERY_YEAR } = options;
  return `
    import { app } from "@azure/functions";
    app.timer("${name}", { schedule: "${schedule}", handler: ${handler} });`;
}

describe("an app of the Node v4 programming model", () => {
  it("registers its timer with the host, and runs it on demand", async () => {
    const app = await start({ code: timer(`(timer, context) => { context.log("polled", { events: 3 }); }`) });
    expect(app.errors).toEqual([]);
    expect(app.functions()).toEqual([{ name: "poll", schedule: EVERY_YEAR, runOnStartup: false }]);

    const result = await app.run("poll");
    expect(result).toMatchObject({ functionName: "poll", succeeded: true, error: undefined });
    expect(result.logs.map(({ level, category, message }) => ({ level, category, message }))).toContainEqual({
      level: "information",
      category: "user",
      message: "polled { events: 3 }",
    });
  });

  it("gets a timer and a context as Azure gives them", async () => {
    const app = await start({
      code: timer(`(timer, context) => context.log(JSON.stringify({ timer, name: context.functionName }))`),
    });
    const { logs } = await app.run("poll");
    const seen = JSON.parse(logs.find(({ category }) => category === "user")!.message);
    expect(seen).toMatchObject({
      name: "poll",
      timer: { isPastDue: false, schedule: { adjustForDST: true } },
    });
    expect(seen.timer.scheduleStatus.next).toMatch(/^\d{4}-01-01T00:00:00/);
  });

  it("fails its run with what it threw, and runs again", async () => {
    const app = await start({
      code: timer(`async () => { globalThis.runs = (globalThis.runs ?? 0) + 1;
        if (globalThis.runs === 1) throw new TypeError("the API answered 403"); }`),
    });
    const failed = await app.run("poll");
    expect(failed.succeeded).toBe(false);
    expect(failed.error).toContain("TypeError: the API answered 403");
    expect((await app.run("poll")).succeeded).toBe(true);
  });

  it("has all that it printed in the log of its run, however it printed it", async () => {
    const app = await start({
      code: timer(`() => { console.log("to stdout"); console.error("to stderr");
        require("node:fs").writeSync(1, "no line end"); }`),
    });
    const printed = (await app.run("poll")).logs.filter(({ category }) => category === "console");
    expect(printed.map(({ message }) => message).sort()).toEqual(["no line end", "to stderr", "to stdout"]);
  });

  it("runs its hooks around a run", async () => {
    const app = await start({
      code: `
        import { app } from "@azure/functions";
        app.hook.preInvocation(context => context.invocationContext.log("before"));
        app.hook.postInvocation(context => context.invocationContext.log("after"));
        app.timer("poll", { schedule: "${EVERY_YEAR}", handler: (timer, context) => context.log("during") });`,
    });
    const { logs } = await app.run("poll");
    expect(logs.filter(({ category }) => category === "user").map(({ message }) => message)).toEqual([
      "before",
      "during",
      "after",
    ]);
  });
});

describe("the environment of the code", () => {
  const printEnvironment = timer(`(timer, context) => context.log(JSON.stringify(process.env))`);

  it("has the declared settings and the platform's variables, and nothing of the process that hosts it", async () => {
    vi.stubEnv("SIEM_UNDECLARED", "only in the shell of the developer");
    const app = await start({
      code: printEnvironment,
      settings: {
        appSettings: { SIEM_TENANT_ID: "declared" },
        platformEnvironment: { IDENTITY_ENDPOINT: "http://127.0.0.1:1/msi/token" },
      },
    });
    vi.unstubAllEnvs();
    const { logs } = await app.run("poll");
    const environment = JSON.parse(logs.find(({ category }) => category === "user")!.message);
    expect(environment).toMatchObject({
      SIEM_TENANT_ID: "declared",
      IDENTITY_ENDPOINT: "http://127.0.0.1:1/msi/token",
      WEBSITE_SITE_NAME: "siem-poller",
      FUNCTIONS_WORKER_RUNTIME: "node",
    });
    expect(environment).not.toHaveProperty("SIEM_UNDECLARED");
    expect(environment).not.toHaveProperty("HOME");
  });
});

describe("a schedule", () => {
  it("is taken from the application setting that the binding names", async () => {
    const app = await start({
      code: timer("() => {}", { schedule: "%SIEM_POLL_SCHEDULE%" }),
      settings: { appSettings: { SIEM_POLL_SCHEDULE: "0 */5 * * * *" } },
    });
    expect(app.functions()).toEqual([{ name: "poll", schedule: "0 */5 * * * *", runOnStartup: false }]);
  });

  it("that names a setting that was not declared puts the function in error", async () => {
    const app = await start({ code: timer("() => {}", { schedule: "%SIEM_POLL_SCHEDULE%" }) });
    expect(app.functions()).toEqual([]);
    expect(app.errors).toEqual([
      "The 'poll' function is in error: '%SIEM_POLL_SCHEDULE%' does not resolve to a value.",
    ]);
  });

  it.each(["every 5 minutes", "*/5 * * *", "0 0 0 L * *", "0 61 * * * *"])(
    "%j is not NCRONTAB and puts the function in error",
    async schedule => {
      const app = await start({ code: timer("() => {}", { schedule }) });
      expect(app.errors).toEqual([
        `The 'poll' function is in error: The schedule expression '${schedule}' was not recognized as a valid cron expression or timespan string.`,
      ]);
    },
  );

  it("runs the function at its times without being asked", async () => {
    const app = await start({
      code: timer(`(timer, context) => context.log("ran")`, { schedule: EVERY_SECOND }),
    });
    const ran = () => app.logs.filter(({ message }) => message === "ran").length;
    await vi.waitFor(() => expect(ran()).toBeGreaterThanOrEqual(2), 10_000);
  });

  it("never makes two runs of a function overlap, a run on demand included", async () => {
    const app = await start({
      code: timer(
        `async (timer, context) => { context.log("begin"); await new Promise(done => setTimeout(done, 1200)); context.log("end"); }`,
        { schedule: EVERY_SECOND },
      ),
    });
    await Promise.all([app.run("poll"), app.run("poll")]);
    const said = app.logs.filter(({ category }) => category === "user").map(({ message }) => message);
    expect(said.slice(0, 4)).toEqual(["begin", "end", "begin", "end"]);
  });
});

describe("an app that cannot run", () => {
  it("without host.json has no functions, and says why", async () => {
    const app = await start({ code: timer("() => {}"), hostJson: "" });
    expect(app.functions()).toEqual([]);
    expect(app.errors).toEqual([
      "No functions were found. Make sure that the deployment package includes the host.json file in the root of the package.",
    ]);
    await expect(app.run("poll")).rejects.toThrow(
      /has no function "poll". It has: none.\nNo functions were found./,
    );
  });

  it("that was zipped a folder too high is told where its host.json is", async () => {
    const packageFolder = await mkdtemp(path.join(root, "nested-"));
    await mkdir(path.join(packageFolder, "dist"));
    await writeFile(path.join(packageFolder, "dist", "host.json"), "{}");
    const app = await startIn(packageFolder);
    expect(app.errors).toEqual([
      `No functions were found. A valid host.json file wasn't found in the package root. However, one was located at: ${path.join("dist", "host.json")}.`,
    ]);
  });

  it("with code that throws while it is loaded has the error", async () => {
    const app = await start({ code: `throw new Error("SIEM_TENANT_ID is not set");` });
    expect(app.errors).toEqual([
      expect.stringMatching(
        /^Worker was unable to load entry point "function.cjs": Error: SIEM_TENANT_ID is not set/,
      ),
    ]);
  });

  it("with code that registers nothing says so", async () => {
    const app = await start({ code: `console.log("loaded");` });
    expect(app.errors).toEqual(["No functions were found: the code registered none."]);
  });

  it("with a trigger that the local tenant does not play is in error, never silent", async () => {
    const app = await start({
      code: `import { app } from "@azure/functions"; app.http("hook", { handler: () => ({ body: "" }) });`,
    });
    expect(app.errors).toEqual([
      "The 'hook' function is in error: The binding type 'httpTrigger' is not registered: the local tenant runs timer functions only.",
    ]);
  });

  it("on a version of Node that Flex Consumption does not have never starts", async () => {
    const app = await start({ code: timer("() => {}"), settings: { runtimeVersion: "18" } });
    expect(app.errors).toEqual([
      "The runtime node 18 is not available on Flex Consumption; there are 22 and 24.",
    ]);
  });

  it("whose host storage cannot be used never starts", async () => {
    const app = await start({
      code: timer("() => {}"),
      settings: { hostStorageProblem: () => "AzureWebJobsStorage is missing." },
    });
    expect(app.errors).toEqual(["AzureWebJobsStorage is missing."]);
  });
});

describe("a run that does not end well", () => {
  it("is ended when it takes longer than functionTimeout, and the next one runs in a new process", async () => {
    const app = await start({
      code: timer(`(timer, context) => { context.log("pid " + process.pid);
        return new Promise(() => setInterval(() => {}, 1000)); }`),
      hostJson: { version: "2.0", functionTimeout: "00:00:01" },
    });
    const first = await app.run("poll");
    expect(first.error).toBe("Timeout value of 1 seconds was exceeded by function: Functions.poll");
    const second = await app.run("poll");
    const pid = (logs: typeof first.logs) => logs.find(({ message }) => message.startsWith("pid "))?.message;
    expect(pid(second.logs)).not.toBe(pid(first.logs));
  });

  it("fails when the code ends its process, and the next one runs in a new process", async () => {
    const app = await start({
      code: timer(`async (timer, context) => { const fs = require("node:fs"); const mark = process.env.MARK;
        if (fs.existsSync(mark)) return; fs.writeFileSync(mark, ""); process.exit(3); }`),
      settings: { appSettings: { MARK: path.join(root, "mark") } },
    });
    expect((await app.run("poll")).error).toBe("node exited with code 3");
    expect((await app.run("poll")).succeeded).toBe(true);
  });

  it("ends when the app is closed", async () => {
    const app = await start({ code: timer(`() => new Promise(() => setInterval(() => {}, 1000))`) });
    const run = app.run("poll");
    await vi.waitFor(() => expect(app.logs.at(-1)?.message).toContain("Executing 'Functions.poll'"));
    await app.close();
    expect((await run).error).toBe("The function app has been stopped.");
  });

  it("ends when the process that hosts the app is killed", async () => {
    const packageFolder = await mkdtemp(path.join(root, "orphan-"));
    await writeFile(path.join(packageFolder, "package.json"), '{"main":"function.cjs"}');
    await writeFile(path.join(packageFolder, "host.json"), '{"version":"2.0"}');
    const code = 'setInterval(() => {}, 1000); throw new Error("pid " + process.pid + ".");';
    await writeFile(path.join(packageFolder, "function.cjs"), code);
    const worker = fileURLToPath(new URL("../../local/functions/functionWorker.ts", import.meta.url));
    const host = spawn(process.execPath, [
      "-e",
      `const worker = require("node:child_process").fork(${JSON.stringify(worker)}, [${JSON.stringify(packageFolder)}]);
       worker.on("message", message => console.log(message.error));`,
    ]);
    const [said] = await once(host.stdout, "data");
    const pid = Number(/pid (\d+)\./.exec(String(said))?.[1]);
    expect(() => process.kill(pid, 0)).not.toThrow();

    host.kill("SIGKILL");
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), 10_000);
  });
});
