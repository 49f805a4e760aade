import { mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EngineUnavailableError, ensureEngine } from "../../local/engine/ensureEngine.ts";
import { FakeMachine, tellingVersion } from "./engineFixture.ts";

let machine: FakeMachine;

beforeEach(async () => {
  machine = await FakeMachine.create();
});

afterEach(async () => {
  await machine.remove();
});

describe("finding the engine", () => {
  it("takes pulumi on PATH before all others, at the oldest version that runs the program", async () => {
    const pulumi = await machine.addEngine("3.245.0");
    await machine.addCachedEngine("3.259.0");
    expect(await ensureEngine(machine.options())).toEqual({
      pulumi,
      binFolder: path.dirname(pulumi),
      version: "3.245.0",
      origin: "path",
    });
  });

  it("passes over a pulumi on PATH that is too old", async () => {
    await machine.addEngine("3.244.9");
    const pulumi = await machine.addCachedEngine("3.259.0");
    expect(await ensureEngine(machine.options())).toMatchObject({
      pulumi,
      origin: "cache",
      version: "3.259.0",
    });
  });

  it("passes over a pulumi on PATH of the next major version", async () => {
    await machine.addEngine("4.0.0");
    await machine.addCachedEngine("3.259.0");
    expect(await ensureEngine(machine.options())).toMatchObject({ origin: "cache" });
  });

  it("accepts a development version that is later than the oldest release", async () => {
    await machine.addEngine("3.246.0-dev.1+abc");
    expect(await ensureEngine(machine.options())).toMatchObject({
      version: "3.246.0-dev.1+abc",
      origin: "path",
    });
  });

  it("passes over a pulumi on PATH without the Node language host", async () => {
    await machine.addProgram("pulumi", tellingVersion("3.259.0"));
    await machine.addCachedEngine("3.259.0");
    expect(await ensureEngine(machine.options())).toMatchObject({ origin: "cache" });
  });

  it("finds the language host where the link to pulumi points, as package managers make them", async () => {
    const pulumi = path.join(machine.folder, "programs/pulumi");
    await symlink(await machine.addCachedEngine("3.259.0"), pulumi);
    expect(await ensureEngine(machine.options())).toMatchObject({ pulumi, origin: "path" });
  });

  it("takes the version of its own from Pulumi's folder, though the folder holds newer ones", async () => {
    await machine.addCachedEngine("3.270.0");
    await machine.addCachedEngine("3.259.0");
    expect(await ensureEngine(machine.options())).toMatchObject({ version: "3.259.0", origin: "cache" });
  });

  it("takes the newest that will do from Pulumi's folder, where its own version is missing", async () => {
    for (const version of ["3.99.0", "3.250.0", "3.270.0", "4.1.0"]) await machine.addCachedEngine(version);
    expect(await ensureEngine(machine.options())).toMatchObject({ version: "3.270.0", origin: "cache" });
  });

  it("looks into PULUMI_HOME when no folder is given", async () => {
    await machine.addCachedEngine("3.259.0");
    const env = { ...machine.environment, PULUMI_HOME: machine.home };
    expect(await ensureEngine({ env })).toMatchObject({ origin: "cache" });
  });

  it("says nothing while it only looks", async () => {
    await machine.addCachedEngine("3.259.0");
    await ensureEngine(machine.options());
    expect(machine.progress).toEqual([]);
  });
});

describe("finding no engine and no way to get one", () => {
  it("names every way that was tried and why it failed, and what to do", async () => {
    await machine.addEngine("3.100.0");
    await machine.addProgram("go", 'echo "go version go1.20"; exit 1');
    await mkdir(path.join(machine.home, "versions/3.99.0"), { recursive: true });
    const error = await ensureEngine(machine.options()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(EngineUnavailableError);
    const lines = (error as EngineUnavailableError).message.split("\n");
    expect(lines[0]).toContain("Pulumi 3.245.0 or newer is needed");
    expect(lines[1]).toMatch(
      /1\. pulumi on PATH: .*programs\/pulumi is version 3\.100\.0; 3\.245\.0 or newer is needed/,
    );
    expect(lines[2]).toMatch(/2\. Pulumi's own version folder, .*: there is no version 3\.245\.0 or newer/);
    expect(lines[3]).toMatch(
      /3\. the official download of 3\.259\.0: .*get\.pulumi\.com.* cannot be reached/,
    );
    expect(lines[4]).toMatch(/4\. a build of 3\.259\.0 from Go modules: /);
    expect(lines[5]).toContain("install Go 1.25.11 or newer");
  });

  it.each([
    { case: "that fails", script: "exit 126", reason: "does not tell its version: exit code 126" },
    { case: "that says something else", script: "echo usage", reason: "does not tell its version: usage" },
  ])("tells of a pulumi on PATH $case", async ({ script, reason }) => {
    await machine.addProgram("pulumi", script);
    await expect(ensureEngine(machine.options())).rejects.toThrow(reason);
  });

  it("leaves nothing behind in Pulumi's folder", async () => {
    await machine.addProgram("go", "exit 1");
    await ensureEngine(machine.options()).catch(() => {});
    expect(await readdir(path.join(machine.home, "versions"))).toEqual([]);
  });
});
