import path from "node:path";
import { BuildMessages } from "./buildMessages.ts";
import { runCommand } from "./childProcess.ts";
import { executableName, findExecutable, searchPath } from "./executables.ts";
import { type OnEngineProgress, reportStep } from "./progress.ts";
import { isUsableGo, MINIMUM_GO_VERSION } from "./versions.ts";

/** A Go program of the engine; its folder here holds the go.mod and go.sum that fix every module that goes into it. */
export interface GoProgram {
  step: string;
  folder: string;
  goPackage: string;
  executable: string;
  version: string;
  /** The variable that the version is stamped into. */
  versionVariable: string;
}

/** The installed Go, if it is new enough. */
export class GoToolchain {
  readonly #go: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(go: string, environment: NodeJS.ProcessEnv) {
    this.#go = go;
    this.#environment = environment;
  }

  /**
   * @param folder with a go.mod: asked there, a Go that may do so fetches the toolchain that the file asks for.
   * @throws when Go is missing or too old.
   */
  static async find(folder: string, environment: NodeJS.ProcessEnv): Promise<GoToolchain> {
    const go = await findExecutable("go", searchPath(environment));
    if (go === undefined) throw new Error("go is not on PATH");
    // A go.work file further up must not change which modules are built.
    const goEnvironment = { ...environment, GOWORK: "off" };
    const { exitCode, stdout, stderr } = await runCommand(go, ["env", "GOVERSION"], {
      cwd: folder,
      env: goEnvironment,
    });
    const version = stdout.trim();
    if (exitCode !== 0) throw new Error(`${go}: ${stderr.trim()}`);
    if (!isUsableGo(version))
      throw new Error(`${go} is ${version}; Go ${MINIMUM_GO_VERSION} or newer is needed`);
    return new GoToolchain(go, goEnvironment);
  }

  /**
   * Builds a program into a folder.
   *
   * @throws when a module cannot be had or does not compile.
   */
  async build(program: GoProgram, binFolder: string, onProgress: OnEngineProgress): Promise<void> {
    await reportStep(program.step, onProgress, setDetail => this.#build(program, binFolder, setDetail));
  }

  async #build(program: GoProgram, binFolder: string, setDetail: (detail: string) => void): Promise<void> {
    const linkerFlags = `-s -w -X ${program.versionVariable}=v${program.version}`;
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
    const { exitCode } = await runCommand(this.#go, [...args, program.goPackage], {
      cwd: program.folder,
      env: this.#environment,
      onLine: line => messages.add(line),
    });
    if (exitCode !== 0) throw new Error(`go build ${program.goPackage} failed: ${messages.errors()}`);
  }
}
