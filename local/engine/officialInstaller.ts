// Run by download.ts in a process of its own: node officialInstaller.ts VERSION FOLDER
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";

const INSTALLER = "https://get.pulumi.com/install.sh";

/** Pulumi's own installer waits two minutes for its first answer, which is long where a firewall swallows the request. */
const REACHABLE_WITHIN_SECONDS = 10;

const [version, folder] = process.argv.slice(2);
try {
  await requireReachable();
  await PulumiCommand.install({ version: new SemVer(version!), root: folder });
} catch (error) {
  console.error((error as Error).message);
  // At once: a connection that was given up, but that no one has refused, would keep the process for minutes.
  process.exit(1);
}

async function requireReachable(): Promise<void> {
  const request = { method: "HEAD", signal: AbortSignal.timeout(REACHABLE_WITHIN_SECONDS * 1000) };
  const response = await fetch(INSTALLER, request).catch((error: Error) => {
    throw new Error(`${INSTALLER} cannot be reached: ${rootCause(error).message}`);
  });
  if (!response.ok) throw new Error(`${INSTALLER} answers ${response.status} ${response.statusText}`);
}

/** fetch() itself only says "fetch failed". */
function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error;
}
