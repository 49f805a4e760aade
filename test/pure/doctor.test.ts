import { execFile } from "node:child_process";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type PrerequisitesFixture, startPrerequisitesFixture } from "./prerequisitesFixture.ts";

const MAIN = path.join(import.meta.dirname, "../../doctor/main.ts");

let tenant: PrerequisitesFixture;

beforeEach(async () => {
  tenant = await startPrerequisitesFixture();
});

afterEach(async () => {
  await tenant.close();
});

interface Run {
  code: number;
  output: string;
  errors: string;
}

/** Runs the command as a shell does, in an environment that leads it to the tenant. */
function doctor(args: string[], changes: Record<string, string | undefined> = {}): Promise<Run> {
  const env = {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: tenant.entra.tls.caFile,
    SIEM_TENANT_ID: tenant.settings.tenantId,
    SIEM_CLIENT_ID: tenant.settings.clientId,
    SIEM_ACTIVITY_API_URL: tenant.settings.activityApiUrl,
    SIEM_AUTHORITY_URL: tenant.settings.authorityUrl,
    ...tenant.env,
    ...changes,
  };
  return new Promise(resolve => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, output, errors) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, output, errors }),
    );
  });
}

describe("npm run doctor", () => {
  it("ends with 0 and a table when nothing failed", async () => {
    await tenant.start("Audit.General");
    tenant.publish();
    const { code, output } = await doctor([]);
    expect(output).toMatch(new RegExp(`^Tenant ${tenant.tenantId}, application ${tenant.clientId}\n`));
    expect(output).toMatch(/^ok\s+roles\s+The token has ActivityFeed\.Read\.$/m);
    expect(output).toMatch(/8 ok, 0 failed, 0 unknown\n$/);
    expect(code).toBe(0);
  });

  it("ends with 0 when something is unknown and nothing failed", async () => {
    await tenant.start("Audit.General");
    const { code, output } = await doctor([]);
    expect(output).toMatch(/6 ok, 0 failed, 2 unknown\n$/);
    expect(code).toBe(0);
  });

  it("ends with 1 and the fix when something failed", async () => {
    const { code, output } = await doctor([]);
    expect(output).toMatch(
      /^failed\s+subscription Audit\.General\s+This application has never started it\.\n\s+Fix: Run/m,
    );
    expect(code).toBe(1);
  });

  it("takes a subscription that is still to be started for in order before the deployment", async () => {
    expect(await doctor(["--before-deployment"])).toMatchObject({ code: 0 });
  });

  it("prints the report as JSON, and nothing else, when asked to", async () => {
    const { code, output } = await doctor(["--json"]);
    const report = JSON.parse(output);
    expect(report).toMatchObject({ tenantId: tenant.tenantId, clientId: tenant.clientId });
    expect(report.checks).toContainEqual({
      name: "roles",
      state: "ok",
      finding: "The token has ActivityFeed.Read.",
    });
    expect(code).toBe(1);
  });

  it("prints no credential, in either form", async () => {
    const secret = "Zm9yYmlkZGVuIHNlY3JldA~not-to-be-shown";
    for (const args of [[], ["--json"]]) {
      const { output, errors } = await doctor(args, { SIEM_CLIENT_SECRET: secret });
      expect(output).toContain("clientSecret");
      expect(output + errors).not.toContain(secret);
      expect(output + errors).not.toContain(tenant.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
    }
  });

  it("puts an option before its variable", async () => {
    const { output } = await doctor(["--json", "--content-types", "DLP.All,Audit.Exchange"], {
      SIEM_CONTENT_TYPES: "Audit.General",
    });
    const names = JSON.parse(output).checks.map(({ name }: { name: string }) => name);
    expect(names).toContain("subscription DLP.All");
    expect(names).not.toContain("subscription Audit.General");
  });

  it("takes an empty variable for none", async () => {
    const { output } = await doctor(["--json"], {
      SIEM_CLOUD: "",
      SIEM_CREDENTIAL: "",
      SIEM_PUBLISHER_ID: " ",
    });
    expect(JSON.parse(output).checks[0]).toMatchObject({ name: "cloud", state: "ok" });
  });

  it.each([
    ["without a tenant id", [], { SIEM_TENANT_ID: undefined }, "set SIEM_TENANT_ID, or give --tenant-id"],
    ["with a wrong option", ["--cloud", "usgov"], {}, "Write gccHigh, the word for GCC High here."],
    ["with a wrong variable", [], { SIEM_CLIENT_ID: "reader" }, "SIEM_CLIENT_ID"],
  ])("ends with 1 and what to do %s", async (_how, args, changes, words) => {
    const { code, output, errors } = await doctor(args, changes);
    expect(errors).toContain(words);
    expect(output).toBe("");
    expect(code).toBe(1);
  });
});
