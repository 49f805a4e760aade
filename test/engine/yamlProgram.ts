import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { LocalTenant } from "../../local/tenant.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");
const PLUGIN = path.join(REPOSITORY, "plugin/main.ts");
const EXAMPLE = path.join(REPOSITORY, "examples/yaml/Pulumi.yaml");

/** What of a Pulumi.yaml the tests change. */
export interface YamlProgram {
  name: string;
  resources: Record<string, { type: string; properties: Record<string, unknown> }>;
  [key: string]: unknown;
}

/** The program as it is in `examples/`, led to this tenant. */
export async function exampleInYaml(tenant: LocalTenant): Promise<YamlProgram> {
  const program: YamlProgram = parse(await readFile(EXAMPLE, "utf8"));
  const { tenantId: _, ...endpoints } = tenant.configuration;
  const { properties } = program.resources.defender!;
  Object.assign(properties, endpoints);
  (properties.sinks as Record<string, { url: string }>).splunk!.url = tenant.splunk.url;
  return program;
}

/** Writes a program into a folder, with the plugin where npm puts the one of an installed package; this one runs from source. */
export async function writeYamlProgram(folder: string, program: YamlProgram): Promise<void> {
  const launcher = pluginIn(folder);
  await mkdir(path.dirname(launcher), { recursive: true });
  await writeFile(path.join(folder, "Pulumi.yaml"), stringify(program));
  await writeFile(launcher, `#!/bin/sh\nexec "${process.execPath}" "${PLUGIN}" "$@"\n`);
  await chmod(launcher, 0o755);
}

/** The executable of the plugin that belongs to the program in a folder. */
export function pluginIn(folder: string): string {
  return path.join(folder, "node_modules/.bin/pulumi-resource-defender-siem");
}
