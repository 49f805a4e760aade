import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";

const PLUGIN = path.join(import.meta.dirname, "../../plugin/main.ts");

/** What of a Pulumi.yaml the tests change. */
export interface YamlProgram {
  name: string;
  resources: Record<string, { type: string; properties: Record<string, unknown> }>;
  [key: string]: unknown;
}

/** Writes a program into a folder, with the plugin where npm puts the one of an installed package; this one runs from source. */
export async function writeYamlProgram(folder: string, program: YamlProgram): Promise<void> {
  const binFolder = path.join(folder, "node_modules/.bin");
  await mkdir(binFolder, { recursive: true });
  await writeFile(path.join(folder, "Pulumi.yaml"), stringify(program));
  const launcher = path.join(binFolder, "pulumi-resource-defender-siem");
  await writeFile(launcher, `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" "$@"\n`);
  await chmod(launcher, 0o755);
}
