import { access, constants, realpath } from "node:fs/promises";
import path from "node:path";

/** The file name of a compiled program on this operating system. */
export function executableName(program: string): string {
  return process.platform === "win32" ? `${program}.exe` : program;
}

/** The folders of the search path, whatever the case in which the operating system spells the variable. */
export function searchPath(environment: NodeJS.ProcessEnv): string[] {
  const name = Object.keys(environment).find(key => key.toUpperCase() === "PATH") ?? "PATH";
  return (environment[name] ?? "").split(path.delimiter).filter(folder => folder !== "");
}

/** The absolute path of the first program of that name in the folders, or undefined. */
export async function findExecutable(
  program: string,
  folders: readonly string[],
): Promise<string | undefined> {
  for (const folder of folders) {
    const file = path.resolve(folder, executableName(program));
    if (await isExecutable(file)) return file;
  }
  return undefined;
}

/** The folder of a file and, when the file is a link as package managers make them, the folder that it points into. */
export async function foldersOf(file: string): Promise<string[]> {
  return [path.dirname(file), path.dirname(await realpath(file))];
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
