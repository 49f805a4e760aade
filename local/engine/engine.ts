import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { rcompare } from "semver";
import { runCommand } from "./childProcess.ts";
import { executableName, findExecutable, foldersOf, searchPath } from "./executables.ts";
import { ENGINE_VERSION, isUsableEngine, MINIMUM_ENGINE_VERSION } from "./versions.ts";

/** A Pulumi command that is ready to run programs for Node. */
export interface Engine {
  /** The absolute path of the executable. */
  pulumi: string;
  /** The executable's folder, to be put first on PATH: the plugins that belong to the command lie beside it. */
  binFolder: string;
  /** The version, such as `3.259.0`. */
  version: string;
  /** Where the engine comes from; `cache` is Pulumi's own per-user version folder. */
  origin: "path" | "cache" | "download" | "build";
}

/** How long an engine may take to tell its version; a cold start from a slow disk takes seconds. */
const VERSION_TIMEOUT_SECONDS = 30;

/** Pulumi's per-user folder, `PULUMI_HOME` or `.pulumi` in the home folder. */
export function pulumiHome(environment: NodeJS.ProcessEnv): string {
  return path.resolve(environment.PULUMI_HOME || path.join(homedir(), ".pulumi"));
}

/** The folder in which the Automation API and the `pulumi` npm package, too, keep a version of the engine. */
export function versionFolder(home: string, version: string): string {
  return path.join(home, "versions", version);
}

/**
 * The engine that the user has installed.
 *
 * @throws when there is none, or when it is too old or incomplete.
 */
export async function engineOnPath(environment: NodeJS.ProcessEnv): Promise<Engine> {
  const folders = searchPath(environment);
  const pulumi = await findExecutable("pulumi", folders);
  if (pulumi === undefined) throw new Error("there is none");
  return await checkEngine(pulumi, "path", environment, folders);
}

/**
 * The engine in Pulumi's per-user folder: the version that this project would install, or else the newest that will do.
 *
 * @throws when there is none, or when it is incomplete.
 */
export async function engineInCache(home: string, environment: NodeJS.ProcessEnv): Promise<Engine> {
  const versions = (await folderNames(path.join(home, "versions"))).filter(isUsableEngine).sort(rcompare);
  const version = versions.includes(ENGINE_VERSION) ? ENGINE_VERSION : versions[0];
  if (version === undefined) throw new Error(`there is no version ${MINIMUM_ENGINE_VERSION} or newer`);
  return await engineInFolder(versionFolder(home, version), "cache", environment);
}

/**
 * The engine in the `bin` folder of a version folder.
 *
 * @throws when it is not there, too old or incomplete.
 */
export async function engineInFolder(
  folder: string,
  origin: Engine["origin"],
  environment: NodeJS.ProcessEnv,
): Promise<Engine> {
  const pulumi = path.join(folder, "bin", executableName("pulumi"));
  return await checkEngine(pulumi, origin, environment);
}

async function checkEngine(
  pulumi: string,
  origin: Engine["origin"],
  environment: NodeJS.ProcessEnv,
  furtherFolders: readonly string[] = [],
): Promise<Engine> {
  const version = await engineVersion(pulumi, environment);
  if (!isUsableEngine(version)) {
    throw new Error(`${pulumi} is version ${version}; ${MINIMUM_ENGINE_VERSION} or newer is needed`);
  }
  const folders = [...(await foldersOf(pulumi)), ...furtherFolders];
  if ((await findExecutable("pulumi-language-nodejs", folders)) === undefined) {
    throw new Error(`${pulumi} has no Node language host (pulumi-language-nodejs) beside it or on PATH`);
  }
  return { pulumi, binFolder: path.dirname(pulumi), version, origin };
}

async function engineVersion(pulumi: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const { exitCode, stdout, stderr } = await runCommand(pulumi, ["version"], {
    env: { ...environment, PULUMI_SKIP_UPDATE_CHECK: "true" },
    signal: AbortSignal.timeout(VERSION_TIMEOUT_SECONDS * 1000),
  }).catch((error: Error) => {
    throw new Error(`${pulumi} does not run: ${error.message}`);
  });
  const version = /^v?(\d+\.\d+\.\d+\S*)/.exec(stdout.trim())?.[1];
  if (exitCode === 0 && version !== undefined) return version;
  const reason = stderr.trim() || stdout.trim() || `exit code ${exitCode}`;
  throw new Error(`${pulumi} does not tell its version: ${reason}`);
}

async function folderNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // No version was ever kept there.
  }
}
