import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { LocalTls } from "../tls.ts";

/** A running Azurite, reachable by this process only through a token that it knows how to make. */
export interface Azurite {
  /** `https://127.0.0.1:<port>`. Its certificate is signed by the local tenant's authority. */
  url: string;
  /** Names of the accounts that it serves; they are fixed when it starts. */
  accountNames: readonly string[];
  close(): Promise<void>;
}

/** Accounts must be named before the first one is declared. A stack declares two; recreated ones need a new one each. */
const ACCOUNT_COUNT = 64;

/** Azurite wants a key for each account. Nothing signs with it: the front lets bearer tokens through only. */
const UNUSED_ACCOUNT_KEY = Buffer.alloc(64).toString("base64");

/**
 * Starts Azurite's blob service over HTTPS with OAuth; what it stores stays in its memory.
 *
 * @param folder holds certificate and key, which Azurite reads from files. It is created when missing.
 * @throws Error with Azurite's own words when it ends before it listens.
 */
export async function startAzurite(tls: LocalTls, folder: string): Promise<Azurite> {
  const files = await writeCertificate(tls, folder);
  const accountNames = Array.from({ length: ACCOUNT_COUNT }, (_, index) => `account${index}`);
  const child = forkAzurite(files, accountNames);
  const url = await listeningUrl(child);
  return { url, accountNames, close: () => end(child) };
}

/**
 * What Azurite reads in a token before it serves: times, issuer and audience, but no signature. The front has checked
 * the caller's own token by then, whose issuer Azurite would refuse.
 */
export function azuriteToken(now = Date.now()): string {
  const seconds = Math.floor(now / 1000);
  const claims = {
    iss: "https://sts.windows.net/local-tenant/",
    aud: "https://storage.azure.com",
    iat: seconds,
    nbf: seconds - 300,
    exp: seconds + 3600,
  };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(claims)}.`;
}

async function writeCertificate(tls: LocalTls, folder: string) {
  await mkdir(folder, { recursive: true });
  const files = { cert: path.join(folder, "azurite.crt"), key: path.join(folder, "azurite.key") };
  await writeFile(files.cert, tls.cert);
  await writeFile(files.key, tls.key, { mode: 0o600 });
  return files;
}

function forkAzurite(files: { cert: string; key: string }, accountNames: string[]): ChildProcess {
  const entry = fileURLToPath(new URL("azuriteProcess.ts", import.meta.url));
  const options = [
    ...["--blobHost", "127.0.0.1", "--blobPort", "0", "--oauth", "basic"],
    ...["--cert", files.cert, "--key", files.key],
    ...["--inMemoryPersistence", "--silent", "--disableTelemetry", "--disableProductStyleUrl"],
    // Clients newer than this Azurite send a version that it has never heard of.
    "--skipApiVersionCheck",
  ];
  return fork(entry, options, {
    env: {
      PATH: process.env.PATH,
      AZURITE_ACCOUNTS: accountNames.map(name => `${name}:${UNUSED_ACCOUNT_KEY}`).join(";"),
    },
    execArgv: [],
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (chunk: Buffer) => {
      said += chunk;
      const url = /successfully listens on (https:\/\/\S+)/.exec(said)?.[1];
      if (url) resolve(url);
    };
    // The pipes are read to the end: a full one would stop Azurite.
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`Azurite, which plays Azure Storage, did not start: ${said}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
