import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const INSTALLED = { "": {}, "node_modules/one": { version: "1.0.0", integrity: "sha512-one" } };
const WANTED = {
  ...INSTALLED,
  "node_modules/other-platform": { version: "1.0.0", integrity: "sha512-other", optional: true },
};

let project: string;

beforeEach(async () => {
  project = await mkdtemp(path.join(tmpdir(), "install-test-"));
  for (const folder of ["local", "programs", "node_modules/.bin"]) {
    await mkdir(path.join(project, folder), { recursive: true });
  }
  await copyFile(
    path.join(import.meta.dirname, "../../local/install.mjs"),
    path.join(project, "local/install.mjs"),
  );
  await writeLockFile("package-lock.json", WANTED);
});

afterEach(async () => {
  await rm(project, { recursive: true, force: true });
});

describe("installing what is missing before a script", () => {
  it("does not call npm when node_modules holds every package that the lock file names", async () => {
    await writeLockFile("node_modules/.package-lock.json", INSTALLED);
    await fakeNpm("exit 1");
    expect(install()).toEqual({ exitCode: 0, stdout: "", stderr: "" });
  });

  it("installs when node_modules holds another version than the lock file names", async () => {
    const older = { "node_modules/one": { version: "0.9.0", integrity: "sha512-older" } };
    await writeLockFile("node_modules/.package-lock.json", older);
    await fakeNpm(installing(INSTALLED));
    expect(install().exitCode).toBe(0);
    expect(await npmArguments()).toMatch(/^ci /);
  });

  it("hides npm's warnings behind one line of progress, on stderr", async () => {
    await fakeNpm(`echo "npm warn EBADENGINE" >&2; ${installing(INSTALLED)}`);
    const { exitCode, stdout, stderr } = install();
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "" });
    expect(stderr).toMatch(/^Installing packages with npm ci \(.*\) \.\.\. done in \d+ s\n$/);
  });

  it("asks for development packages, whatever NODE_ENV says", async () => {
    await fakeNpm(installing(INSTALLED));
    install({ NODE_ENV: "production" });
    expect(await npmArguments()).toContain("--include=dev");
  });

  it("keeps npm away from the Node in node_modules, which npm ci deletes", async () => {
    await fakeNpm(`echo "$PATH" > path.txt; ${installing(INSTALLED)}`);
    install();
    expect(await readFile(path.join(project, "path.txt"), "utf8")).not.toContain("node_modules/.bin");
  });

  it("shows npm's own output when npm fails, and fails too", async () => {
    await fakeNpm('echo "npm error code ENOTFOUND" >&2; exit 7');
    const { exitCode, stderr } = install();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("npm error code ENOTFOUND");
    expect(stderr).toContain("npm ci ended with exit code 7, so nothing was started");
  });

  it("does not take an interrupted installation for a complete one", async () => {
    const outdated = { "node_modules/one": { version: "0.9.0" } };
    await writeLockFile("node_modules/.package-lock.json", outdated);
    await fakeNpm("exit 1");
    install();
    await expect(readFile(path.join(project, "node_modules/.package-lock.json"))).rejects.toThrow("ENOENT");
  });

  it("names what npm left out although it succeeded", async () => {
    await fakeNpm(installing({}));
    const { exitCode, stderr } = install();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("did not install: node_modules/one");
  });

  it("accepts an older Node on the host when npm has installed a new one", async () => {
    await writeLockFile("node_modules/.package-lock.json", INSTALLED);
    await installedNode("echo v24.1.0");
    expect(install({}, hostNode("v20.11.0")).exitCode).toBe(0);
  });

  it.each([
    { case: "is missing", script: undefined, reason: "is missing" },
    { case: "is too old", script: "echo v22.1.0", reason: "is v22.1.0" },
    { case: "does not run here", script: "echo no loader >&2; exit 127", reason: "does not run (no loader)" },
  ])(
    "explains what to do when the host's Node is old and the installed one $case",
    async ({ script, reason }) => {
      await writeLockFile("node_modules/.package-lock.json", INSTALLED);
      if (script !== undefined) await installedNode(script);
      const { exitCode, stderr } = install({}, hostNode("v20.11.0"));
      expect(exitCode).toBe(1);
      expect(stderr).toContain("need Node 24 or newer. This is Node v20.11.0");
      expect(stderr).toContain(reason);
      expect(stderr).toContain("npm rebuild node --ignore-scripts=false");
    },
  );

  it("refuses a Node that npm itself no longer supports", () => {
    const { exitCode, stderr } = install({}, hostNode("v18.20.0"));
    expect(exitCode).toBe(1);
    expect(stderr).toContain("This is Node v18.20.0");
  });

  it("says so when npm itself is missing", async () => {
    const { exitCode, stderr } = install();
    expect(exitCode).toBe(1);
    expect(stderr).toContain("npm cannot be started");
  });
});

/** A shell line that leaves node_modules as npm does: with its own record of the packages installed. */
function installing(packages: object): string {
  return `mkdir -p node_modules; echo '${JSON.stringify({ packages })}' > node_modules/.package-lock.json`;
}

async function fakeNpm(script: string): Promise<void> {
  const file = path.join(project, "programs/npm");
  await writeFile(file, `#!/bin/sh\necho "$@" > npm-arguments.txt\n${script}\n`);
  await chmod(file, 0o755);
  await symlink("/bin/mkdir", path.join(project, "programs/mkdir"));
}

async function installedNode(script: string): Promise<void> {
  const file = path.join(project, "node_modules/.bin/node");
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

/** Options of Node that let it report another version of itself. */
function hostNode(version: string): string[] {
  const lie = `Object.defineProperty(process, "version", { value: "${version}" })`;
  return ["--import", `data:text/javascript,${lie}`];
}

async function npmArguments(): Promise<string> {
  return await readFile(path.join(project, "npm-arguments.txt"), "utf8");
}

async function writeLockFile(name: string, packages: object): Promise<void> {
  await writeFile(path.join(project, name), JSON.stringify({ lockfileVersion: 3, packages }));
}

function install(environment: Record<string, string> = {}, nodeOptions: string[] = []) {
  const PATH = [path.join(project, "node_modules/.bin"), path.join(project, "programs")].join(path.delimiter);
  const command = [...nodeOptions, path.join(project, "local/install.mjs")];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    env: { PATH, ...environment },
    encoding: "utf8",
  });
  return { exitCode: status, stdout, stderr };
}
