import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import type { ProviderHost } from "../../local/providers/providerHost.ts";

const ENGINE = path.join(homedir(), ".pulumi/versions/3.259.0/bin");

export interface Run {
  code: number;
  output: string;
}

/** A stack of a program beside these tests, run by the real engine with the stand-in providers attached. */
export class ProviderStack {
  readonly #project: string;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(project: string, folder: string, environment: NodeJS.ProcessEnv) {
    this.#project = project;
    this.#folder = folder;
    this.#environment = environment;
  }

  static async create(program: string, providers: Record<string, ProviderHost>): Promise<ProviderStack> {
    const folder = await mkdtemp(path.join(tmpdir(), "provider-stack-"));
    const attached = Object.entries(providers).map(([name, { port }]) => `${name}:${port}`);
    const stack = new ProviderStack(path.join(import.meta.dirname, "programs", program), folder, {
      PATH: [ENGINE, path.dirname(process.execPath), process.env.PATH].join(path.delimiter),
      HOME: folder,
      PULUMI_HOME: folder,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_DEBUG_PROVIDERS: attached.join(","),
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      CI: "1",
      NO_COLOR: "1",
    });
    await stack.run("stack", "init", "test");
    return stack;
  }

  async configure(values: Record<string, string>): Promise<void> {
    for (const [key, value] of Object.entries(values)) {
      await this.run("config", "set", key, value, ...this.#configFile());
    }
  }

  async up(...options: string[]): Promise<Run> {
    return await this.run("up", "--yes", "--skip-preview", ...options, ...this.#configFile());
  }

  async preview(...options: string[]): Promise<Run> {
    return await this.run("preview", "--diff", ...options, ...this.#configFile());
  }

  async refresh(...options: string[]): Promise<Run> {
    return await this.run("refresh", "--yes", "--skip-preview", ...options, ...this.#configFile());
  }

  async destroy(): Promise<Run> {
    return await this.run("destroy", "--yes", "--skip-preview", ...this.#configFile());
  }

  async outputs(): Promise<Record<string, string>> {
    return JSON.parse((await this.run("stack", "output", "--json")).output);
  }

  async exportedState(): Promise<string> {
    return (await this.run("stack", "export")).output;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true });
  }

  async run(...args: string[]): Promise<Run> {
    return await new Promise(resolve => {
      execFile(
        "pulumi",
        ["--non-interactive", ...args],
        { cwd: this.#project, env: this.#environment, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) =>
          resolve({
            code: typeof error?.code === "number" ? error.code : error ? 1 : 0,
            output: stdout + stderr,
          }),
      );
    });
  }

  #configFile(): string[] {
    return ["--config-file", path.join(this.#folder, "Pulumi.test.yaml")];
  }
}
