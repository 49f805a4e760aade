import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OBSERVED_KNOBS } from "../../local/activity/knobs.ts";
import { type LocalTenant, startTenant } from "../../local/tenant.ts";
import { CI_SYSTEMS } from "../pure/ciPipelines.ts";
import { CiJobs } from "./ciJobs.ts";

/**
 * The shell steps of the pipelines in `examples/ci`, taken from the files and run with the real engine on the local tenant,
 * in the environment that each CI system gives. It proves nothing about the CI systems themselves: tasks and actions, which
 * are not shell, are not run, and neither is the set-up of the machine.
 */
let tenant: LocalTenant;
let jobs: CiJobs;

beforeAll(async () => {
  tenant = await startTenant({ knobs: { ...OBSERVED_KNOBS, startThrottleMinutes: 0 } });
  jobs = await CiJobs.create(tenant, inject("engine"));
});

/** What makes the summary of the CI system show a line as an error. */
const MARK = {
  github: "::error title=Drift::",
  "azure-devops": "##vso[task.logissue type=error]",
  gitlab: "",
};

afterAll(async () => {
  await jobs.close();
  await tenant.close();
});

/** One after the other on one stack, so that each deployment but the first finds what the check before it found. */
describe.each(CI_SYSTEMS)("the pipelines for %s", system => {
  it("deploy with the token of the job alone, by one start of the subscription", async () => {
    tenant.activity.clearRequests();
    const { exitCode, stdout, stderr } = await jobs.run(system, "deploy");
    expect(stdout + stderr).not.toContain("error:");
    expect(exitCode).toBe(0);
    expect(tenant.activity.subscriptions()).toMatchObject([
      { contentType: "Audit.General", status: "enabled" },
    ]);
    const changes = tenant.activity.requests().filter(({ method }) => method === "POST");
    expect(changes.map(({ operation }) => operation)).toEqual(["start"]);
  });

  it("fail with 7 on drift, say which subscription, and change nothing", async () => {
    tenant.activity.disable("Audit.General");
    tenant.activity.clearRequests();
    const { exitCode, stdout } = await jobs.run(system, "drift");
    expect(stdout.split("\n")).toEqual([
      `${MARK[system]}Audit.General of tenant ${tenant.tenantId}: expected enabled, actual disabled`,
      "Drift: 1 difference. `pulumi up --refresh` makes it as declared.",
      "",
    ]);
    expect(exitCode).toBe(7);
    expect(new Set(tenant.activity.requests().map(({ method }) => method))).toEqual(new Set(["GET"]));
  });
});

/** The script behind it is one for all three. */
describe("a drift job", () => {
  it("fails with 1 and the reason when the service cannot be asked, whatever has drifted", async () => {
    tenant.activity.setFault({
      operation: "list",
      times: "always",
      effect: { kind: "error", code: "AF20012" },
    });
    const { exitCode, stdout } = await jobs.run("github", "drift");
    tenant.activity.clearFaults();
    expect(stdout).toContain("Drift is not known: the comparison failed.");
    expect(stdout).toContain("AF20012");
    expect(exitCode).toBe(1);
  });

  it("finds no drift once a deployment has healed it", async () => {
    expect(await jobs.run("github", "deploy")).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout } = await jobs.run("github", "drift");
    expect(stdout).toContain("No drift: everything is as the program declares it.");
    expect(exitCode).toBe(0);
  });

  it("names everything else that differs, by its properties and without their values", async () => {
    const [{ clientId } = { clientId: "" }] = tenant.activity.subscriptions();
    const { objectId } = tenant.directory.findApplicationByClientId(clientId)!;
    tenant.directory.updateApplication(objectId, { displayName: "renamed by hand" });
    tenant.activity.remove("Audit.General");
    const { exitCode, stdout } = await jobs.run("gitlab", "drift");
    expect(stdout.split("\n")).toEqual([
      "azuread:index/application:Application defender: differs in displayName",
      `Audit.General of tenant ${tenant.tenantId}: expected enabled, actual absent`,
      "Drift: 2 differences. `pulumi up --refresh` makes it as declared.",
      "",
    ]);
    expect(exitCode).toBe(7);
  });

  it("has printed no token, and neither has a deployment", () => {
    expect(jobs.output).toContain("Drift: 2 differences.");
    expect(jobs.output).not.toMatch(/eyJ[\w-]+\.eyJ/);
    expect(jobs.output).not.toContain(tenant.pipeline.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
  });
});
