import { readdir } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ensureEngine } from "../../local/engine/ensureEngine.ts";
import { FakeDownloadSite } from "./engineDownloadSite.ts";
import { FakeMachine, tellingVersion } from "./engineFixture.ts";

/** Does what Pulumi's installer does, noise included, without a download. */
const INSTALLER = `
while [ $# -gt 0 ]; do
  case "$1" in
    --install-root) root="$2"; shift ;;
    --version) version="$2"; shift ;;
  esac
  shift
done
echo "=== Installing Pulumi v$version ==="
mkdir -p "$root/bin"
for program in pulumi pulumi-language-nodejs; do
  printf '#!/bin/sh\\necho v%s\\n' "$version" > "$root/bin/$program"
  chmod +x "$root/bin/$program"
done
`;

let machine: FakeMachine;
let site: FakeDownloadSite;

beforeEach(async () => {
  machine = await FakeMachine.create();
  site = await FakeDownloadSite.start(machine.folder);
  Object.assign(machine.environment, site.environment);
});

afterEach(async () => {
  await site.close();
  await machine.remove();
});

describe("downloading the engine", () => {
  it("puts it, with Pulumi's own installer, where Pulumi keeps its versions", async () => {
    site.installer = INSTALLER;
    expect(await ensureEngine(machine.options())).toEqual({
      pulumi: path.join(machine.home, "versions/3.259.0/bin/pulumi"),
      binFolder: path.join(machine.home, "versions/3.259.0/bin"),
      version: "3.259.0",
      origin: "download",
    });
    expect(site.hosts).toEqual(new Set(["get.pulumi.com:443"]));
  });

  it("is needed once: the next time the engine is found", async () => {
    site.installer = INSTALLER;
    await ensureEngine(machine.options());
    expect(await ensureEngine(machine.options())).toMatchObject({ origin: "cache" });
  });

  it("reports one step, and nothing of the installer's own noise", async () => {
    site.installer = INSTALLER;
    await ensureEngine(machine.options());
    const step = "Downloading Pulumi 3.259.0";
    expect(machine.progress).toContainEqual(expect.objectContaining({ step, state: "running" }));
    expect(machine.progress.at(-1)).toMatchObject({ step, detail: "", state: "done" });
  });

  it.each([
    { case: "the installer fails", installer: "echo no such release >&2; exit 1", reason: "no such release" },
    { case: "the site has no installer", installer: undefined, reason: "answers 404 Not Found" },
    {
      case: "what it installs is another version",
      installer: INSTALLER.replace('"$version" >', "3.1.0 >"),
      reason: "Minimum version requirement failed",
    },
    {
      case: "what it installs has no language host",
      installer: INSTALLER.replace("pulumi pulumi-language-nodejs", "pulumi"),
      reason: "has no Node language host",
    },
  ])("fails with the reason, and leaves nothing behind, when $case", async ({ installer, reason }) => {
    site.installer = installer;
    await expect(ensureEngine(machine.options())).rejects.toThrow(reason);
    expect(await readdir(path.join(machine.home, "versions"))).toEqual([]);
  });

  it("replaces the remains of an engine that does not work", async () => {
    await machine.addCachedProgram("3.259.0", "pulumi", tellingVersion("3.259.0"));
    site.installer = INSTALLER;
    expect(await ensureEngine(machine.options())).toMatchObject({ origin: "download" });
    expect(await readdir(path.join(machine.home, "versions"))).toEqual(["3.259.0"]);
  });

  it("does no harm when it happens twice at the same time", async () => {
    site.installer = INSTALLER;
    const engines = await Promise.all([ensureEngine(machine.options()), ensureEngine(machine.options())]);
    expect(new Set(engines.map(engine => engine.pulumi)).size).toBe(1);
    expect(await readdir(path.join(machine.home, "versions"))).toEqual(["3.259.0"]);
  });
});
