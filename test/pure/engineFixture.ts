import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineProgress } from "../../local/engine/progress.ts";

/** Linked one by one, because the folder that holds them may hold a real Go or Pulumi as well. */
const TOOLS_OF_SCRIPTS = ["cat", "chmod", "mkdir"];

/** A machine as `ensureEngine` sees it: programs on PATH, a folder of Pulumi's own, and no way to the outside. */
export class FakeMachine {
  readonly folder: string;
  readonly home: string;
  /** The environment to give to `ensureEngine`. */
  readonly environment: NodeJS.ProcessEnv;
  readonly progress: EngineProgress[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.home = path.join(folder, "home");
    this.environment = {
      PATH: path.join(folder, "programs"),
      // Nobody listens on this port: whatever leaves the machine is refused at once.
      HTTPS_PROXY: "http://127.0.0.1:9",
    };
  }

  static async create(): Promise<FakeMachine> {
    const machine = new FakeMachine(await mkdtemp(path.join(tmpdir(), "engine-machine-")));
    await mkdir(path.join(machine.folder, "programs"));
    for (const tool of TOOLS_OF_SCRIPTS) {
      await symlink(`/bin/${tool}`, path.join(machine.folder, "programs", tool));
    }
    return machine;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The options to call `ensureEngine` with. */
  options() {
    return {
      home: this.home,
      env: this.environment,
      onProgress: (progress: EngineProgress) => void this.progress.push(progress),
    };
  }

  /** Puts a shell script on PATH. */
  async addProgram(name: string, script: string): Promise<string> {
    return await this.#write(path.join(this.folder, "programs", name), script);
  }

  /** Puts an engine on PATH, with its Node language host. */
  async addEngine(version: string): Promise<string> {
    await this.addProgram("pulumi-language-nodejs", "exit 0");
    return await this.addProgram("pulumi", tellingVersion(version));
  }

  /** Puts an engine into Pulumi's own folder, with its Node language host. */
  async addCachedEngine(version: string): Promise<string> {
    await this.addCachedProgram(version, "pulumi-language-nodejs", "exit 0");
    return await this.addCachedProgram(version, "pulumi", tellingVersion(version));
  }

  async addCachedProgram(version: string, name: string, script: string): Promise<string> {
    return await this.#write(path.join(this.home, "versions", version, "bin", name), script);
  }

  async #write(file: string, script: string): Promise<string> {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }
}

/** A shell script that plays the engine as far as it is asked for its version. */
export function tellingVersion(version: string): string {
  return `[ "$1" = version ] && echo v${version}`;
}
