import path from "node:path";
import { runCommand } from "./childProcess.ts";
import type { Engine } from "./engine.ts";
import { installVersion } from "./installVersion.ts";
import { type OnEngineProgress, reportStep } from "./progress.ts";
import { ENGINE_VERSION } from "./versions.ts";

/** A slow line needs minutes for 150 MB; who waits longer is better served by one of the other ways. */
const DOWNLOAD_TIMEOUT_SECONDS = 600;

/**
 * Downloads the engine from Pulumi's own site, with Pulumi's own installer.
 *
 * @throws when the site cannot be reached, the installer fails, or the download takes longer than ten minutes.
 */
export async function downloadEngine(
  home: string,
  environment: NodeJS.ProcessEnv,
  onProgress: OnEngineProgress,
): Promise<Engine> {
  const settings = { home, version: ENGINE_VERSION, origin: "download", environment } as const;
  return await installVersion(settings, folder =>
    reportStep(`Downloading Pulumi ${ENGINE_VERSION}`, onProgress, () => runInstaller(folder, environment)),
  );
}

/** The installer runs as a child so that a download that hangs can be ended, with the shell and curl that it has started. */
async function runInstaller(folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const script = path.join(import.meta.dirname, "officialInstaller.ts");
  const { exitCode, stderr } = await runCommand(process.execPath, [script, ENGINE_VERSION, folder], {
    // Without this, Node's own requests ignore the proxy that curl, in the installer, goes through.
    env: { ...environment, NODE_USE_ENV_PROXY: "1", NODE_NO_WARNINGS: "1" },
    signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_SECONDS * 1000),
  });
  if (exitCode !== 0) throw new Error(stderr.trim() || `the installer ended with exit code ${exitCode}`);
}
