import { execFile } from "node:child_process";
import path from "node:path";
import { clientId } from "./activityApiFixture.ts";
import { type PollerFixture, tenantId } from "./pollerFixture.ts";

/** Runs the command as a person does, on the fixture's folder. */
export function pollCommandLine(
  fixture: PollerFixture,
  ...words: string[]
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const main = path.join(import.meta.dirname, "../../poller/main.ts");
  const env = {
    PATH: process.env.PATH,
    SIEM_TENANT_ID: tenantId,
    SIEM_CLIENT_ID: clientId,
    SIEM_STORE: fixture.folder,
  };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [main, ...words], { env }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
