import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const PASSED = { status: "passed", assertionResults: [{ status: "passed" }] };
const FAILED = { status: "failed", assertionResults: [{ status: "passed" }, { status: "failed" }] };
const NOT_LOADED = { status: "failed", assertionResults: [] };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "ci-run-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the last line of the pipeline's run", () => {
  it.each([
    {
      case: "counts the tests that passed",
      results: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] },
      npmExitCode: 0,
      lastLine: "7 passed, 0 failed",
    },
    {
      case: "counts the tests that failed",
      results: { numPassedTests: 6, numFailedTests: 1, testResults: [PASSED, FAILED] },
      npmExitCode: 1,
      lastLine: "6 passed, 1 failed",
    },
    {
      case: "counts a test file that cannot be loaded as a failure",
      results: { numPassedTests: 6, numFailedTests: 1, testResults: [FAILED, NOT_LOADED] },
      npmExitCode: 1,
      lastLine: "6 passed, 2 failed",
    },
    {
      case: "counts a failure after tests that all passed, such as an error outside of them",
      results: { numPassedTests: 7, numFailedTests: 0, testResults: [PASSED] },
      npmExitCode: 1,
      lastLine: "7 passed, 1 failed",
    },
    {
      case: "counts a failure before the tests, such as a wrong type",
      results: undefined,
      npmExitCode: 2,
      lastLine: "0 passed, 1 failed",
    },
    {
      case: "does not take a run without any test for a success",
      results: undefined,
      npmExitCode: 0,
      lastLine: "0 passed, 1 failed",
    },
  ])("$case", async ({ results, npmExitCode, lastLine }) => {
    await fakeNpm(results, npmExitCode);
    const { stdout, status } = run();
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(lastLine);
    expect(status).toBe(lastLine.endsWith(" 0 failed") ? 0 : 1);
  });

  it("leaves no file behind", async () => {
    await fakeNpm({ numPassedTests: 1, numFailedTests: 0, testResults: [PASSED] }, 0);
    run();
    expect(await readdir(folder)).toEqual(["npm"]);
  });
});

/** An npm that writes vitest's results to the file that it is asked to write them to. */
async function fakeNpm(results: object | undefined, exitCode: number): Promise<void> {
  const write = results === undefined ? "" : `printf '%s' '${JSON.stringify(results)}' > "\${argument#*=}"`;
  const script = `
    echo "$@"
    for argument; do case "$argument" in --outputFile.json=*) ${write || ":"} ;; esac; done
    exit ${exitCode}`;
  await writeFile(path.join(folder, "npm"), `#!/bin/sh\n${script}\n`);
  await chmod(path.join(folder, "npm"), 0o755);
}

function run() {
  const PATH = [folder, path.dirname(process.execPath), "/usr/bin", "/bin"].join(path.delimiter);
  const script = path.join(import.meta.dirname, "../../.ci/run");
  return spawnSync(script, { env: { PATH, TMPDIR: folder }, encoding: "utf8" });
}
