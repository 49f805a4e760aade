import { execFile } from "node:child_process";
import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { SUPPRESSIONS, type Suppression } from "./suppressions.ts";

/** The version whose findings the suppressions are for; another one brings other checks. */
const CHECKOV_VERSION = "3.3.30";

/** One for all clones, as the engine is: its hundred packages take half a minute. */
const CACHES = process.env.XDG_CACHE_HOME || path.join(homedir(), ".cache");
const ENVIRONMENT = path.join(CACHES, "defender-siem", `checkov-${CHECKOV_VERSION}`);
const INSTALLED = path.join(ENVIRONMENT, "installed");

const MINUTE = 60_000;
const run = promisify(execFile);

/** Something that checkov finds wrong with a resource. */
export interface Finding {
  check: string;
  title: string;
  /** Name of the template. */
  integration: string;
  /** Type of the resource in Azure. */
  type: string;
  /** Type and name of the resource. */
  resource: string;
}

/** Checkov cannot be had here: no Python, or no way to its package registry. */
export class CheckovMissingError extends Error {
  override readonly name = "CheckovMissingError";
}

/**
 * The command of checkov, installed into a virtual environment of its own unless it is there already.
 *
 * @throws CheckovMissingError with what is missing.
 */
export async function ensureCheckov(): Promise<string> {
  const command = path.join(ENVIRONMENT, "bin/checkov");
  if (await exists(INSTALLED)) return command;
  await rm(ENVIRONMENT, { recursive: true, force: true });
  await mkdir(path.dirname(ENVIRONMENT), { recursive: true });
  try {
    await run("python3", ["-m", "venv", ENVIRONMENT], { timeout: MINUTE });
    const install = ["install", "--quiet", "--disable-pip-version-check", `checkov==${CHECKOV_VERSION}`];
    await run(path.join(ENVIRONMENT, "bin/pip"), install, { timeout: 5 * MINUTE });
  } catch (error) {
    throw new CheckovMissingError(
      `checkov ${CHECKOV_VERSION} cannot be installed. It needs Python 3.9 or newer with venv as python3, and a package ` +
        `registry that pip reaches. ${String((error as Error).message).split("\n")[0]}`,
    );
  }
  // Written last: an installation that was interrupted is made anew.
  await writeFile(INSTALLED, "");
  return command;
}

/** What checkov finds in the templates of a folder. */
export async function findingsIn(folder: string): Promise<Finding[]> {
  const checkov = await ensureCheckov();
  const options = ["--framework", "arm", "--compact", "--quiet", "--skip-download", "--soft-fail"];
  const { stdout } = await run(checkov, ["--directory", folder, ...options, "--output", "json"], {
    timeout: 3 * MINUTE,
    maxBuffer: 64 * 1024 * 1024,
  });
  const { results, summary } = JSON.parse(stdout) as CheckovReport;
  if (summary.parsing_errors > 0 || summary.passed === 0) {
    throw new Error(`checkov could not read the templates in ${folder}: ${JSON.stringify(summary)}`);
  }
  return results.failed_checks.map(failed => ({
    check: failed.check_id,
    title: failed.check_name,
    integration: path.basename(failed.file_path, ".json"),
    type: failed.resource.slice(0, failed.resource.indexOf(".", failed.resource.indexOf("/"))),
    resource: failed.resource,
  }));
}

/** The findings that nobody has accepted, and the suppressions that no finding needs. */
export function review(findings: readonly Finding[]): { open: Finding[]; needless: Suppression[] } {
  const accepts = (suppression: Suppression, { check, type, integration }: Finding) =>
    suppression.check === check &&
    suppression.type === type &&
    (suppression.only ?? integration) === integration;
  return {
    open: findings.filter(finding => !SUPPRESSIONS.some(suppression => accepts(suppression, finding))),
    needless: SUPPRESSIONS.filter(suppression => !findings.some(finding => accepts(suppression, finding))),
  };
}

interface CheckovReport {
  results: {
    failed_checks: { check_id: string; check_name: string; file_path: string; resource: string }[];
  };
  summary: { passed: number; failed: number; parsing_errors: number };
}

async function exists(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
