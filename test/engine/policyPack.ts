import { chmod, cp, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { inject } from "vitest";
import { stackEnvironment } from "../../local/engine/stackEnvironment.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");

/** A policy pack as an engine can start it that has the older Node language host. */
export interface RunnablePolicyPack {
  /** Options for the engine. */
  args: string[];
  /** What the engine needs in its environment. */
  environment: { PATH: string };
}

/**
 * The policy pack of the repository, ready for the engine of the tests. Pulumi's own installation starts it as it is; the
 * language host that can be built here cannot start packs. So the copy names a runtime without language host, for which
 * the engine looks for a launcher by name, and that does what Pulumi's own does: run `run-policy-pack` of the npm package.
 */
export async function runnablePolicyPack(folder: string): Promise<RunnablePolicyPack> {
  const pack = path.join(folder, "policy");
  const launcherFolder = path.join(folder, "launcher");
  await cp(path.join(REPOSITORY, "policy"), pack, { recursive: true });
  await symlink(path.join(REPOSITORY, "node_modules"), path.join(folder, "node_modules"), "dir");
  await writeFile(path.join(pack, "PulumiPolicy.yaml"), "runtime: launched\n");
  await mkdir(launcherFolder);
  const launcher = path.join(launcherFolder, "pulumi-analyzer-policy-launched");
  const runner = path.join(REPOSITORY, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
  await writeFile(launcher, `#!/bin/sh\nexec "${process.execPath}" "${runner}" "$@"\n`);
  await chmod(launcher, 0o755);
  const { PATH } = stackEnvironment(inject("engine"), { home: folder, backend: folder }, {});
  return {
    args: ["--policy-pack", pack],
    environment: { PATH: [launcherFolder, PATH].join(path.delimiter) },
  };
}
