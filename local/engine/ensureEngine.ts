import { buildEngine } from "./build.ts";
import { downloadEngine } from "./download.ts";
import { type Engine, engineInCache, engineOnPath, pulumiHome } from "./engine.ts";
import { type OnEngineProgress, showProgress } from "./progress.ts";
import { ENGINE_VERSION, MINIMUM_ENGINE_VERSION, MINIMUM_GO_VERSION } from "./versions.ts";

/** Where to look for the engine, and whom to tell. */
export interface EnsureEngineOptions {
  /** Pulumi's per-user folder; `PULUMI_HOME`, or `.pulumi` in the home folder, unless given. */
  home?: string;
  /** The environment that PATH and the settings of proxies and of Go are taken from; this process's own unless given. */
  env?: NodeJS.ProcessEnv;
  /** Told what a download or a build is doing; shown on stderr unless given. */
  onProgress?: OnEngineProgress;
}

/** A way to get an engine, and why it did not work. */
interface Attempt {
  way: string;
  reason: string;
}

/**
 * Finds the Pulumi engine with its Node language host, or gets it: from PATH, from Pulumi's per-user folder, by download
 * from Pulumi's own site, or by building it from Go modules. The last two put it into the per-user folder.
 *
 * @throws {EngineUnavailableError} when none of the ways works.
 */
export async function ensureEngine(options: EnsureEngineOptions = {}): Promise<Engine> {
  const environment = options.env ?? process.env;
  const home = options.home ?? pulumiHome(environment);
  const onProgress = options.onProgress ?? showProgress();
  const ways: { way: string; get: () => Promise<Engine> }[] = [
    { way: "pulumi on PATH", get: () => engineOnPath(environment) },
    { way: `Pulumi's own version folder, ${home}/versions`, get: () => engineInCache(home, environment) },
    {
      way: `the official download of ${ENGINE_VERSION}`,
      get: () => downloadEngine(home, environment, onProgress),
    },
    {
      way: `a build of ${ENGINE_VERSION} from Go modules`,
      get: () => buildEngine(home, environment, onProgress),
    },
  ];
  const attempts: Attempt[] = [];
  for (const { way, get } of ways) {
    try {
      return await get();
    } catch (error) {
      attempts.push({ way, reason: (error as Error).message });
    }
  }
  throw new EngineUnavailableError(attempts);
}

/** No way led to an engine. The message names each way, why it failed, and what can be done. */
export class EngineUnavailableError extends Error {
  constructor(attempts: readonly Attempt[]) {
    const list = attempts.map(({ way, reason }, index) => `  ${index + 1}. ${way}: ${reason}`);
    super(
      [
        `Pulumi ${MINIMUM_ENGINE_VERSION} or newer is needed, and there is no way to get it. Tried, in this order:`,
        ...list,
        "Do one of these, then run the command again: install Pulumi (https://www.pulumi.com/docs/iac/download-install/), " +
          `let this machine reach https://get.pulumi.com, or install Go ${MINIMUM_GO_VERSION} or newer (https://go.dev/dl/) ` +
          "and let it reach its module proxy.",
      ].join("\n"),
    );
    this.name = "EngineUnavailableError";
  }
}
