/** The zip that is published: what is in it, when it is rebuilt, and that the Functions host runs it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync, zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalFunctionApp } from "../../local/functions/functionHost.ts";
import { functionPackage } from "../../poller/functionPackage.ts";

vi.setConfig({ testTimeout: 20_000 });

const repository = fileURLToPath(new URL("../..", import.meta.url));
const FUNCTION = `
  import { app } from "@azure/functions";
  import { greeting } from "../activity-api/greeting.ts";
  class PollFailed extends Error {}
  export const registerTimers = () => app.timer("poll", {
    schedule: "%SIEM_POLL_SCHEDULE%",
    handler: (_timer: unknown, context: { log(text: string): void }) =>
      context.log(greeting + " " + PollFailed.name),
  });`;

let root: string;

beforeEach(async () => {
  root = await createProject();
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function createProject(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "function-package-"));
  await mkdir(path.join(folder, "command"));
  await mkdir(path.join(folder, "poller"));
  await writeFile(path.join(folder, "command", "packaged.ts"), 'export * from "../poller/function.ts";');
  await mkdir(path.join(folder, "activity-api"));
  await writeFile(path.join(folder, "poller", "function.ts"), FUNCTION);
  await writeFile(path.join(folder, "activity-api", "greeting.ts"), 'export const greeting = "first";');
  await writeFile(path.join(folder, "package-lock.json"), "{}");
  await symlink(path.join(repository, "node_modules"), path.join(folder, "node_modules"), "junction");
  return folder;
}

function zipFile(): string {
  return path.join(root, "dist", "poller.zip");
}

describe("the function package", () => {
  it("lets the code call itself by a name that changes with the code, and not with a comment", async () => {
    const entry = path.join(root, "poller", "function.ts");
    const idsItself = `declare const POLLER_CODE_ID: string;\n${FUNCTION.replace('" "', "POLLER_CODE_ID")}`;
    await writeFile(entry, idsItself);
    const { codeId } = functionPackage(root);
    expect(codeId).toMatch(/^[0-9a-f]{12}$/);
    const code = new TextDecoder().decode(unzipSync(await readFile(zipFile()))["poller.cjs"]);
    expect(code).toContain(`"${codeId}"`);
    await writeFile(entry, `// Another word.\n${idsItself}`);
    expect(functionPackage(root).codeId).toBe(codeId);
    await writeFile(path.join(root, "activity-api", "greeting.ts"), 'export const greeting = "other";');
    expect(functionPackage(root).codeId).not.toBe(codeId);
  });

  it("holds one file of code, what starts it for the host, host.json and package.json, and no source map", async () => {
    functionPackage(root);
    const files = unzipSync(await readFile(zipFile()));
    expect(Object.keys(files)).toEqual(["function.cjs", "host.json", "package.json", "poller.cjs"]);
    const text = (name: string) => new TextDecoder().decode(files[name]);
    expect(JSON.parse(text("host.json"))).toMatchObject({ version: "2.0", functionTimeout: "00:10:00" });
    expect(JSON.parse(text("package.json"))).toMatchObject({ main: "function.cjs" });
    expect(text("poller.cjs")).not.toContain("sourceMappingURL");
    expect(await readdir(path.join(root, "dist"))).toContain("poller.cjs.map");
  });

  it("runs on the Functions host with nothing beside it, classes by their names", async () => {
    functionPackage(root);
    const packageFolder = path.join(root, "unzipped");
    await mkdir(packageFolder);
    for (const [name, content] of Object.entries(unzipSync(await readFile(zipFile()))))
      await writeFile(path.join(packageFolder, name), content);
    const app = await LocalFunctionApp.start({
      name: "siem-poller",
      runtimeVersion: "24",
      appSettings: { SIEM_POLL_SCHEDULE: "0 0 0 1 1 *" },
      packageFolder,
      platformEnvironment: {},
    });
    try {
      expect(app.errors).toEqual([]);
      expect((await app.run("poll")).logs.map(({ message }) => message)).toContain("first PollFailed");
    } finally {
      await app.close();
    }
  });

  it("can be read by everybody once it is mounted, with Unix permissions in every entry", async () => {
    functionPackage(root);
    const zip = await readFile(zipFile());
    expect(unixModes(zip)).toEqual([0o100644, 0o100644, 0o100644, 0o100644]);
  });

  it("of the poller itself is below a megabyte, which is what a cold start has to read", async () => {
    const { path: ofThePoller } = functionPackage(repository);
    expect((await stat(ofThePoller)).size).toBeLessThan(1024 * 1024);
  });
});

describe("the content hash", () => {
  it("is the SHA-256 of the zip", async () => {
    const { contentHash } = functionPackage(root);
    expect(contentHash).toBe(
      createHash("sha256")
        .update(await readFile(zipFile()))
        .digest("hex"),
    );
  });

  it("is the same for the same code in another folder, at another time, in another time zone", async () => {
    const { contentHash } = functionPackage(root);
    const other = await createProject();
    try {
      const built = spawnSync(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          `import { functionPackage } from ${JSON.stringify(path.join(repository, "poller", "functionPackage.ts"))};
           console.log(functionPackage(${JSON.stringify(other)}).contentHash);`,
        ],
        { encoding: "utf8", env: { ...process.env, TZ: "Asia/Kolkata" } },
      );
      expect(built.stdout.trim()).toBe(contentHash);
    } finally {
      await rm(other, { recursive: true, force: true });
    }
  });

  it.each([
    ["the commands", "command/packaged.ts", 'export * from "../poller/function.ts"; console.log(1);'],
    ["the poller", "poller/function.ts", `${FUNCTION}\nconsole.log("changed");`],
    ["the Management Activity API client", "activity-api/greeting.ts", 'export const greeting = "second";'],
  ])("changes with the code of %s", async (_what, file, content) => {
    const before = functionPackage(root).contentHash;
    await writeFile(path.join(root, file), content);
    expect(functionPackage(root).contentHash).not.toBe(before);
  });
});

describe("the zip is rebuilt", () => {
  const marker = Buffer.from(zipSync({ "package.json": Buffer.from('{"codeId":"not built again"}') }));

  it("never while its sources are as they were", async () => {
    functionPackage(root);
    await writeFile(zipFile(), marker);
    functionPackage(root);
    expect(await readFile(zipFile())).toEqual(marker);
  });

  it.each([
    ["a source", "poller/window.ts", "export {};"],
    ["the lock file, and so perhaps a dependency,", "package-lock.json", '{"lockfileVersion":3}'],
  ])("when %s changed", async (_what, file, content) => {
    functionPackage(root);
    await writeFile(zipFile(), marker);
    await writeFile(path.join(root, file), content);
    functionPackage(root);
    expect(await readFile(zipFile())).not.toEqual(marker);
  });

  it("when it was deleted", async () => {
    const { contentHash } = functionPackage(root);
    await rm(zipFile());
    expect(functionPackage(root).contentHash).toBe(contentHash);
  });
});

describe("an installed package", () => {
  it("has no sources and uses the zip that it brings along", async () => {
    const { contentHash } = functionPackage(root);
    await rm(path.join(root, "command"), { recursive: true });
    expect(functionPackage(root).contentHash).toBe(contentHash);
  });

  it("without its zip is incomplete, and says so", async () => {
    await rm(path.join(root, "command"), { recursive: true });
    expect(() => functionPackage(root)).toThrow(/the package is incomplete. Install it again.$/);
  });
});

describe("the path of the package", () => {
  it("leads there from the working directory, so that state names no folder of one machine", () => {
    const found = functionPackage(root).path;
    expect(path.isAbsolute(found)).toBe(false);
    expect(path.resolve(found)).toBe(zipFile());
  });
});

/**
 * The permissions in each entry of the central directory (APPNOTE.TXT, 4.3.12): the upper half of the external attributes,
 * and only where the entry says that it was made on Unix.
 */
function unixModes(zip: Buffer): (number | undefined)[] {
  const modes: (number | undefined)[] = [];
  const signature = Buffer.from("PK\x01\x02", "latin1");
  for (let at = zip.indexOf(signature); at !== -1; at = zip.indexOf(signature, at + 4))
    modes.push(zip[at + 5] === 3 ? zip.readUInt16LE(at + 40) : undefined);
  return modes;
}
