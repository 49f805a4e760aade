import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "./engine.ts";
import { searchPath } from "./executables.ts";

/**
 * Settings of the user's own work with Pulumi, Azure and CI, which must reach neither the engine nor the providers: a stack
 * in a state folder is run with the settings that it is given, never with the credentials or the backend of a real one.
 */
const SETTINGS_OF_THE_USER = /^(PULUMI|ARM|AZURE|IDENTITY|MSI|ACTIONS_ID_TOKEN|SIEM)_|^(PATH|Path)$/;

/** The environment in which the engine runs a stack that lives in a folder of its own. */
export function stackEnvironment(
  engine: Engine,
  folders: { home: string; backend: string },
  additions: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !SETTINGS_OF_THE_USER.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: [
      engine.binFolder,
      // The language host and the dynamic provider start `node`: it has to be the one that runs this.
      path.dirname(process.execPath),
      ...searchPath(process.env),
      // Holds the launcher of dynamic providers, for an engine that has none beside it.
      path.dirname(fileURLToPath(import.meta.resolve("@pulumi/pulumi/package.json"))),
    ].join(path.delimiter),
    PULUMI_HOME: folders.home,
    PULUMI_BACKEND_URL: `file://${folders.backend}`,
    // It guards a state that is thrown away and may be looked into with the plain command.
    PULUMI_CONFIG_PASSPHRASE: "local",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // The engine has the option --event-log only together with its other options for developers.
    PULUMI_DEBUG_COMMANDS: "true",
    NO_COLOR: "1",
    // Every operation loads the program, the SDKs and the dynamic providers anew: half of that is compiling, which Node can
    // keep. This is where it does by default, once it is asked to (https://nodejs.org/api/module.html#module-compile-cache).
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(tmpdir(), "node-compile-cache"),
    ...additions,
  };
}
