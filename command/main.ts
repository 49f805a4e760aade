#!/usr/bin/env node
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";
import { packagedCode } from "../poller/functionPackage.ts";

/**
 * `npx defender-siem`: the commands, for those who have the package and no clone. They are in the zip that is published to
 * the function app, so that what looks into a ledger is the very code that keeps it, and the package holds it once.
 */
interface Packaged {
  commandLine(): { parseAsync(): Promise<unknown> };
}

try {
  await load().commandLine().parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Runs the code out of the zip, as `require` does with a file: nothing is unpacked, where writing may not be allowed. */
function load(): Packaged {
  const { code, file } = packagedCode();
  const module = { exports: {} };
  const parameters = ["exports", "require", "module", "__filename", "__dirname"];
  const run = compileFunction(code, parameters, { filename: file });
  run(module.exports, createRequire(import.meta.url), module, file, import.meta.dirname);
  return module.exports as Packaged;
}
