import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
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

/** What the processes of the run keep. */
async function files(): Promise<string[]> {
  const all = await readdir(tmpdir());
  return all.filter(name => name.startsWith(`defender-siem-${engineAddress}.`));
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

  it("is known to all processes of a run when several of them check", () => {
    const other = new DeclaredInRun(engineAddress);
    declared.add("one");
    other.add("another");
    declared.add("a third");
    expect(["one", "another", "a third"].map(id => declared.has(id))).toEqual([true, true, true]);
    expect(["one", "another", "a third"].map(id => other.has(id))).toEqual([true, true, true]);
    other.forget();
  });

  it("is not known to a run of another engine", () => {
    declared.add("one");
    expect(new DeclaredInRun(randomUUID()).has("one")).toBe(false);
  });

  it("is forgotten with the process", async () => {
    declared.add("one");
    declared.forget();
    expect(new DeclaredInRun(engineAddress).has("one")).toBe(false);
    expect(await files()).toEqual([]);
  });

  it("is not taken from a process that was killed while its engine used the same port", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    const left = path.join(tmpdir(), `defender-siem-${engineAddress}.left`);
    await writeFile(left, `${pid}\none\n`);
    expect(declared.has("one")).toBe(false);
    declared.add("another");
    const other = new DeclaredInRun(engineAddress);
    expect([other.has("one"), other.has("another")]).toEqual([false, true]);
    await rm(left);
  });

  it("is kept for the eyes of its user only, under a name that nobody could have taken before", async () => {
    declared.add("one");
    const [file] = await files();
    expect(file).toMatch(/\.[0-9a-f-]{36}$/);
    expect((await stat(path.join(tmpdir(), file!))).mode & 0o777).toBe(0o600);
  });
});
