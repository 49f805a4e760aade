import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { type Engine, engineInFolder, versionFolder } from "./engine.ts";

/**
 * Puts an engine into its version folder. It is made in a folder beside that one and takes its place in a single step, so
 * that an interruption leaves nothing half done and two installations at the same time do not disturb each other.
 *
 * @param make fills the folder that it is given, with the executables in its `bin`.
 * @throws what `make` throws, or that what it has made is not a working engine.
 */
export async function installVersion(
  settings: { home: string; version: string; origin: Engine["origin"]; environment: NodeJS.ProcessEnv },
  make: (folder: string) => Promise<void>,
): Promise<Engine> {
  const { origin, environment } = settings;
  const target = versionFolder(settings.home, settings.version);
  const made = path.join(path.dirname(target), `.${settings.version}-${randomUUID()}`);
  const removeMade = () => rmSync(made, { recursive: true, force: true });
  process.once("exit", removeMade);
  try {
    await mkdir(path.join(made, "bin"), { recursive: true });
    await make(made);
    await engineInFolder(made, origin, environment);
    await takePlace(made, target, environment);
    return await engineInFolder(target, origin, environment);
  } finally {
    removeMade();
    process.off("exit", removeMade);
  }
}

async function takePlace(made: string, target: string, environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await rename(made, target);
  } catch (error) {
    // Something is there: a working engine of somebody who was faster stays, remains of a broken one give way.
    if (await isEngine(target, environment)) return;
    if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    await rm(target, { recursive: true, force: true });
    await rename(made, target);
  }
}

async function isEngine(folder: string, environment: NodeJS.ProcessEnv): Promise<boolean> {
  return await engineInFolder(folder, "cache", environment).then(
    () => true,
    () => false,
  );
}
