/** `npx defender-siem`: what a user of the package has instead of the scripts of a clone. */
import { execFile } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clientId } from "./activityApiFixture.ts";
import { events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";

const MAIN = path.join(import.meta.dirname, "../../command/main.ts");

let fixture: PollerFixture;

beforeEach(async () => {
  fixture = await startPollerFixture();
});
afterEach(() => fixture.close());

/** Runs the command, from the code in the function package. */
function command(
  words: string[],
  changes: NodeJS.ProcessEnv = {},
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const settings = { SIEM_TENANT_ID: tenantId, SIEM_CLIENT_ID: clientId, SIEM_STORE: fixture.folder };
  const env = { PATH: process.env.PATH, ...settings, ...changes };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [MAIN, ...words], { env }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

describe("the command of the package", () => {
  it("has the doctor, the poller, and all that looks after a poller", async () => {
    const { exitCode, stdout } = await command(["--help"]);
    expect(exitCode).toBe(0);
    const commands = [...stdout.split("Commands:")[1]!.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(commands).toEqual(["doctor", "status", "verify", "replay", "backfill", "poll", "help"]);
  });

  it("reads the ledger that a poller keeps, and ends with 0 when all is well", async () => {
    fixture.service.publish("Audit.General", events("a", 3), { created: fixture.clock.now() - 60_000 });
    await fixture.run();
    const { exitCode, stdout } = await command(["status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ tenantId, isWell: true });
    expect(exitCode).toBe(0);
  });

  it("ends with 1 and the reason when something is wrong", async () => {
    expect(await command(["status"], { SIEM_STORE: "" })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "The poller's settings are not right.\n  SIEM_STORE is not set.\n",
    });
    expect(await command(["doctor"], { SIEM_TENANT_ID: "" })).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "error: set SIEM_TENANT_ID, or give --tenant-id.\n",
    });
  });
});
