import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Engine } from "./engine.ts";
import { executableName, findExecutable, foldersOf, searchPath } from "./executables.ts";
import { GoToolchain } from "./goToolchain.ts";
import { type OnEngineProgress, showProgress } from "./progress.ts";
import { YAML_HOST_VERSION } from "./versions.ts";

const PROGRAM = {
  step: "Building the YAML language host (once, half a minute)",
  folder: path.join(import.meta.dirname, "yaml-host"),
  goPackage: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
  executable: "pulumi-language-yaml",
  version: YAML_HOST_VERSION,
  versionVariable: "github.com/pulumi/pulumi-yaml/pkg/version.Version",
};

export interface YamlHostOptions {
  /** Where PATH and the settings of Go are taken from; this process's own environment unless given. */
  env?: NodeJS.ProcessEnv;
  /** Told what a build is doing; shown on stderr unless given. */
  onProgress?: OnEngineProgress;
}

/**
 * Sees to it that the engine runs programs in YAML. An official engine has the host for them beside it; for one that was
 * built here it is built, into the same folder, when it is first needed.
 *
 * @throws when it is missing and cannot be built, with both reasons.
 */
export async function ensureYamlHost(engine: Engine, options: YamlHostOptions = {}): Promise<void> {
  const { env = process.env, onProgress = showProgress() } = options;
  const folders = [...(await foldersOf(engine.pulumi)), ...searchPath(env)];
  if ((await findExecutable(PROGRAM.executable, folders)) !== undefined) return;
  try {
    await buildInto(engine.binFolder, env, onProgress);
  } catch (error) {
    throw new Error(
      `${engine.pulumi} has no YAML language host (${PROGRAM.executable}) beside it or on PATH, and it cannot be built: ` +
        (error as Error).message,
    );
  }
}

/** Made beside the folder and put there in one step: others may run the engine, or build the same, meanwhile. */
async function buildInto(
  binFolder: string,
  environment: NodeJS.ProcessEnv,
  onProgress: OnEngineProgress,
): Promise<void> {
  const go = await GoToolchain.find(PROGRAM.folder, environment);
  const made = path.join(binFolder, `.${PROGRAM.executable}-${randomUUID()}`);
  try {
    await mkdir(made);
    await go.build(PROGRAM, made, onProgress);
    const file = executableName(PROGRAM.executable);
    await rename(path.join(made, file), path.join(binFolder, file));
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}
