import { cp, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { runCommand } from "../../local/engine/childProcess.ts";
import { searchPath } from "../../local/engine/executables.ts";

const REPOSITORY = path.join(import.meta.dirname, "../..");

/** What a clone does not hold. */
const NOT_TRACKED = ["node_modules", "dist", ".local", ".git"];

/** What `npm pack` made. */
export interface PackedPackage {
  /** The tarball. */
  file: string;
  /** Bytes that it takes where it is installed. */
  unpackedSize: number;
  /** Paths in it, without the folder that all of them are in. */
  files: string[];
  /** The copy of the project that was packed. */
  sourceFolder: string;
}

/** A program that uses the package: its files, by their paths in its folder. */
export type ConsumerProject = Record<string, string | object>;

/**
 * Packs a copy of this project: npm puts another package.json in place meanwhile, which would confuse whatever else runs.
 *
 * @param folder an empty one, for the copy and the tarball.
 */
export async function packProject(folder: string): Promise<PackedPackage> {
  const sourceFolder = path.join(folder, "source");
  await cp(REPOSITORY, sourceFolder, {
    recursive: true,
    filter: file => !NOT_TRACKED.includes(path.relative(REPOSITORY, file)),
  });
  // Packing installs what is missing, and would do so through the link.
  await run(process.execPath, ["local/install.mjs"], REPOSITORY);
  await symlink(path.join(REPOSITORY, "node_modules"), path.join(sourceFolder, "node_modules"), "junction");
  const output = await runNpm(["pack", "--json", "--pack-destination", folder], sourceFolder);
  const [{ filename, unpackedSize, files }] = JSON.parse(output);
  return {
    file: path.join(folder, filename),
    unpackedSize,
    files: files.map((file: { path: string }) => file.path).sort(),
    sourceFolder,
  };
}

/**
 * Projects beside each other that share one installation, as the workspaces of npm do, so that the SDKs of Pulumi are
 * installed once; each finds the package as if it were alone.
 *
 * @param folder an empty one, for the projects.
 * @param projects by the name of their folder.
 * @param packed the package, which may still be in the making.
 */
export async function installConsumers(
  folder: string,
  projects: Record<string, ConsumerProject>,
  packed: Promise<PackedPackage>,
): Promise<void> {
  const names = Object.keys(projects);
  await writeProject(folder, { "package.json": { private: true, workspaces: names } });
  for (const [name, project] of Object.entries(projects))
    await writeProject(path.join(folder, name), project);
  const install = ["install", "--prefer-offline", "--include=dev", "--no-audit", "--no-fund"];
  await runNpm(install, folder);
  const { file } = await packed;
  await runNpm([...install, ...names.map(name => `--workspace=${name}`), file], folder);
}

async function writeProject(folder: string, project: ConsumerProject): Promise<void> {
  for (const [name, content] of Object.entries(project)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content, undefined, 2));
  }
}

/** Runs npm as a user does, but with the Node of this process, and gives what it writes to stdout. */
async function runNpm(args: readonly string[], folder: string): Promise<string> {
  return await run("npm", args, folder);
}

/**
 * Runs a command to its end and gives what it writes to stdout.
 *
 * @throws Error with all that it wrote, when it ends with anything but 0.
 */
export async function run(command: string, args: readonly string[], folder: string): Promise<string> {
  const PATH = [path.dirname(process.execPath), ...searchPath(process.env)].join(path.delimiter);
  const options = { cwd: folder, env: { ...process.env, PATH } };
  const { exitCode, stdout, stderr } = await runCommand(command, args, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")} ended with ${exitCode} in ${folder}:\n${stdout}${stderr}`);
}
