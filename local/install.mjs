// Installs the packages that package-lock.json names, when they are not there yet. It runs before every npm script, so
// it is plain JavaScript for the oldest Node that is supported and imports nothing that would itself have to be installed.
// Everything is written to stderr: the stdout of `npm run poll` belongs to the poller.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_NODE_FOR_NPM = 20;
// Node runs this project's TypeScript itself, unflagged and without a warning since this release line.
const OLDEST_NODE_FOR_SCRIPTS = 24;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const modules = path.join(root, "node_modules");
// npm's own record of what it has put into node_modules; it is written when an installation is complete.
const installedRecord = path.join(modules, ".package-lock.json");

try {
  refuseOldNode();
  if (packagesToInstall().length > 0) await install();
  requireNodeForScripts();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function refuseOldNode() {
  if (majorVersion(process.version) >= OLDEST_NODE_FOR_NPM) return;
  throw new Error(
    `This is Node ${process.version}; npm needs Node ${OLDEST_NODE_FOR_NPM} or newer here. ` +
      "Install a newer Node (https://nodejs.org/en/download), then run the command again.",
  );
}

/**
 * The names of the packages that the lock file asks for and node_modules lacks or has in another version. Contents are
 * compared, not times: a checkout gives the lock file a new time, a copied folder gives all files the same.
 */
function packagesToInstall() {
  const wanted = readPackages(path.join(root, "package-lock.json"));
  if (!existsSync(installedRecord)) return Object.keys(wanted).filter(isRequired);
  const installed = readPackages(installedRecord);
  return Object.keys(wanted).filter(name => isRequired(name) && !isSame(wanted[name], installed[name]));

  // Optional packages are for other operating systems and processors; npm leaves out what does not fit here.
  function isRequired(name) {
    return name !== "" && !wanted[name].optional;
  }
}

function isSame(wanted, installed) {
  return installed?.version === wanted.version && installed?.integrity === wanted.integrity;
}

function readPackages(lockFile) {
  return JSON.parse(readFileSync(lockFile, "utf8")).packages;
}

async function install() {
  const startedAt = Date.now();
  process.stderr.write("Installing packages with npm ci (about a minute) ... ");
  // An installation that is interrupted must not look complete the next time.
  rmSync(installedRecord, { force: true });
  const { exitCode, output } = await npmCi();
  if (exitCode !== 0) {
    process.stderr.write(`failed\n\n${output.trimEnd()}\n\n`);
    throw new Error(
      `npm ci ended with exit code ${exitCode}, so nothing was started; its output is above. ` +
        "Check that this machine reaches the npm registry and that package-lock.json is unchanged, then run the command again.",
    );
  }
  process.stderr.write(`done in ${Math.round((Date.now() - startedAt) / 1000)} s\n`);
  const missing = packagesToInstall();
  if (missing.length > 0)
    throw new Error(`npm ci succeeded, but did not install: ${missing.slice(0, 5).join(", ")}.`);
}

/**
 * Runs `npm ci`. Development packages are asked for by name, because NODE_ENV=production or an `omit` setting would leave
 * out the tests and Node itself. Warnings stay hidden: they speak of Node 20, of settings of the outer npm that arrive as
 * npm_config_* variables, and of install scripts, none of which a user can act on here.
 */
async function npmCi() {
  const npm = spawn(
    "npm",
    ["ci", "--include=dev", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"],
    {
      cwd: root,
      env: environmentOfNpm(),
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    },
  );
  const output = [];
  npm.stdout.on("data", chunk => output.push(chunk));
  npm.stderr.on("data", chunk => output.push(chunk));
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => npm.kill(signal));
  return await new Promise((resolve, reject) => {
    npm.on("error", error => reject(new Error(`\nnpm cannot be started: ${error.message}. Is npm on PATH?`)));
    npm.on("close", (code, signal) =>
      resolve({ exitCode: code ?? signal, output: Buffer.concat(output).toString() }),
    );
  });
}

/** Without this project's own programs on PATH: npm would run with the very Node that it is about to delete. */
function environmentOfNpm() {
  const environment = { ...process.env };
  for (const name of Object.keys(environment).filter(key => key.toUpperCase() === "PATH")) {
    const folders = environment[name].split(path.delimiter);
    environment[name] = folders.filter(folder => folder !== path.join(modules, ".bin")).join(path.delimiter);
  }
  return environment;
}

/** The scripts run with the Node in node_modules, which npm puts first on PATH, or else with the one that runs this. */
function requireNodeForScripts() {
  if (majorVersion(process.version) >= OLDEST_NODE_FOR_SCRIPTS) return;
  const node = path.join(modules, ".bin", process.platform === "win32" ? "node.cmd" : "node");
  const found = existsSync(node)
    ? spawnSync(node, ["--version"], { encoding: "utf8", shell: process.platform === "win32" })
    : undefined;
  if (found?.status === 0 && majorVersion(found.stdout) >= OLDEST_NODE_FOR_SCRIPTS) return;
  throw new Error(
    `The scripts of this project need Node ${OLDEST_NODE_FOR_SCRIPTS} or newer. This is Node ${process.version}, and the Node that the ` +
      `package "node" should have put into node_modules/.bin ${whatIsWrongWith(found)}. Either allow the install script of that package ` +
      `(npm rebuild node --ignore-scripts=false), or install Node ${OLDEST_NODE_FOR_SCRIPTS} (https://nodejs.org/en/download).`,
  );
}

function whatIsWrongWith(found) {
  if (found === undefined) return "is missing";
  if (found.status === 0) return `is ${found.stdout.trim()}`;
  return `does not run (${found.error?.message ?? found.stderr.trim()})`;
}

function majorVersion(version) {
  return Number(/^v(\d+)/.exec(version)?.[1]);
}
