import { copyFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "./engine.ts";
import { type GoProgram, GoToolchain } from "./goToolchain.ts";
import { installVersion } from "./installVersion.ts";
import type { OnEngineProgress } from "./progress.ts";
import { ENGINE_VERSION, LANGUAGE_HOST_VERSION } from "./versions.ts";

const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

const PROGRAMS: readonly GoProgram[] = [
  {
    step: `Building Pulumi ${ENGINE_VERSION} from source (once, 3 to 8 minutes)`,
    folder: path.join(import.meta.dirname, "cli"),
    goPackage: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    executable: "pulumi",
    version: ENGINE_VERSION,
    versionVariable: VERSION_VARIABLE,
  },
  {
    step: "Building its Node language host (half a minute)",
    folder: path.join(import.meta.dirname, "language-host"),
    goPackage: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    executable: "pulumi-language-nodejs",
    version: LANGUAGE_HOST_VERSION,
    versionVariable: VERSION_VARIABLE,
  },
];

/**
 * Builds the engine from Go modules.
 *
 * @throws when Go is missing or too old, or when a module cannot be had or does not compile.
 */
export async function buildEngine(
  home: string,
  environment: NodeJS.ProcessEnv,
  onProgress: OnEngineProgress,
): Promise<Engine> {
  const go = await GoToolchain.find(PROGRAMS[0]!.folder, environment);
  const settings = { home, version: ENGINE_VERSION, origin: "build", environment } as const;
  return await installVersion(settings, async folder => {
    const binFolder = path.join(folder, "bin");
    for (const program of PROGRAMS) await go.build(program, binFolder, onProgress);
    await addDynamicProvider(binFolder);
  });
}

/** `@pulumi/pulumi` ships the launcher of dynamic providers, which an official engine has beside it. */
async function addDynamicProvider(binFolder: string): Promise<void> {
  const sdkFolder = path.dirname(fileURLToPath(import.meta.resolve("@pulumi/pulumi/package.json")));
  const launcher =
    process.platform === "win32" ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
  await copyFile(path.join(sdkFolder, launcher), path.join(binFolder, launcher));
}
