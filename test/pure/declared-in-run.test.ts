import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DeclaredInRun } from "../../components/subscription/declaredInRun.ts";

let engineAddress: string;
let declared: DeclaredInRun;
beforeEach(() => {
  engineAddress = randomUUID();
  declared = new DeclaredInRun(engineAddress);
});
afterEach(() => declared.forget());

function file(): string {
  return path.join(tmpdir(), `defender-siem-${engineAddress}`);
}

describe("what a program declares", () => {
  it("is known to the provider process that checked it", () => {
    declared.add("one");
    declared.add("another");
    expect(["one", "another", "a third"].map(id => declared.has(id))).toEqual([true, true, false]);
  });

  it("is known to another process of the same run, also when that began before", () => {
    const other = new DeclaredInRun(engineAddress);
    expect(other.has("one")).toBe(false);
    declared.add("one");
    declared.add("another");
    expect([other.has("one"), other.has("another"), other.has("a third")]).toEqual([true, true, false]);
  });

  it("is not known to a run of another engine", () => {
    declared.add("one");
    expect(new DeclaredInRun(randomUUID()).has("one")).toBe(false);
  });

  it("is forgotten with the process", async () => {
    declared.add("one");
    declared.forget();
    expect(new DeclaredInRun(engineAddress).has("one")).toBe(false);
    await expect(readFile(file())).rejects.toThrow("ENOENT");
  });

  it("is not taken from a process that was killed while its engine used the same port", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    await writeFile(file(), `${pid}\none\n`);
    expect(declared.has("one")).toBe(false);
    declared.add("another");
    const other = new DeclaredInRun(engineAddress);
    expect([other.has("one"), other.has("another")]).toEqual([false, true]);
  });

  it("is never written through a link that somebody else has put there", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "declared-in-run-"));
    const victim = path.join(folder, "victim");
    await writeFile(victim, "precious");
    await symlink(victim, file());
    declared.add("one");
    expect(declared.has("one")).toBe(true);
    expect(await readFile(victim, "utf8")).toBe("precious");
    await rm(folder, { recursive: true });
  });
});
