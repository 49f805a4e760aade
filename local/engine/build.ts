import { copyFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { BuildMessages } from "./buildMessages.ts";
import { runCommand } from "./childProcess.ts";
import type { Engine } from "./engine.ts";
import { executableName, findExecutable, searchPath } from "./executables.ts";
import { installVersion } from "./installVersion.ts";
import { type OnEngineProgress, reportStep } from "./progress.ts";
import { ENGINE_VERSION, isUsableGo, LANGUAGE_HOST_VERSION, MINIMUM_GO_VERSION } from "./versions.ts";

/** A Go program of the engine; its folder here holds the go.mod and go.sum that fix every module that goes into it. */
interface GoProgram {
  step: string;
  folder: string;
  goPackage: string;
  executable: string;
  version: string;
}

const PROGRAMS: readonly GoProgram[] = [
  {
    step: `Building Pulumi ${ENGINE_VERSION} from source (once, 3 to 8 minutes)`,
    folder: path.join(import.meta.dirname, "cli"),
    goPackage: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    executable: "pulumi",
    version: ENGINE_VERSION,
  },
  {
    step: "Building its Node language host (half a minute)",
    folder: path.join(import.meta.dirname, "language-host"),
    goPackage: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
    executable: "pulumi-language-nodejs",
    version: LANGUAGE_HOST_VERSION,
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
  // A go.work file further up must not change which modules are built.
  const goEnvironment = { ...environment, GOWORK: "off" };
  const go = await requireGo(goEnvironment);
  const settings = { home, version: ENGINE_VERSION, origin: "build", environment } as const;
  return await installVersion(settings, async folder => {
    const binFolder = path.join(folder, "bin");
    for (const program of PROGRAMS) {
      await reportStep(program.step, onProgress, setDetail =>
        build(go, program, binFolder, goEnvironment, setDetail),
      );
    }
    await addDynamicProvider(binFolder);
  });
}

/** Asked in the folder of the modules: there, a Go that may do so fetches the toolchain that their go.mod asks for. */
async function requireGo(environment: NodeJS.ProcessEnv): Promise<string> {
  const go = await findExecutable("go", searchPath(environment));
  if (go === undefined) throw new Error("go is not on PATH");
  const { exitCode, stdout, stderr } = await runCommand(go, ["env", "GOVERSION"], {
    cwd: PROGRAMS[0]!.folder,
    env: environment,
  });
  const version = stdout.trim();
  if (exitCode !== 0) throw new Error(`${go}: ${stderr.trim()}`);
  if (!isUsableGo(version))
    throw new Error(`${go} is ${version}; Go ${MINIMUM_GO_VERSION} or newer is needed`);
  return go;
}

async function build(
  go: string,
  program: GoProgram,
  binFolder: string,
  environment: NodeJS.ProcessEnv,
  setDetail: (detail: string) => void,
): Promise<void> {
  const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";
  const linkerFlags = `-s -w -X ${versionVariable}=v${program.version}`;
  const output = path.join(binFolder, executableName(program.executable));
  const messages = new BuildMessages(setDetail);
  const args = [
    "build",
    "-v",
    "-mod=readonly",
    "-buildvcs=false",
    "-trimpath",
    "-ldflags",
    linkerFlags,
    "-o",
    output,
  ];
  const { exitCode } = await runCommand(go, [...args, program.goPackage], {
    cwd: program.folder,
    env: environment,
    onLine: line => messages.add(line),
  });
  if (exitCode !== 0) throw new Error(`go build ${program.goPackage} failed: ${messages.errors()}`);
}

/** `@pulumi/pulumi` ships the launcher of dynamic providers, which an official engine has beside it. */
async function addDynamicProvider(binFolder: string): Promise<void> {
  const sdkFolder = path.dirname(fileURLToPath(import.meta.resolve("@pulumi/pulumi/package.json")));
  const launcher =
    process.platform === "win32" ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
  await copyFile(path.join(sdkFolder, launcher), path.join(binFolder, launcher));
}
