/** The poller's function package with several tenants on the Functions host, and its commands: each tenant fails alone. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ManagedTenantsFixture, startManagedTenantsFixture } from "./managedTenantsFixture.ts";

let fixture: ManagedTenantsFixture;
let contoso: string;
let fabrikam: string;
let woodgrove: string;

beforeAll(async () => {
  fixture = await startManagedTenantsFixture(["contoso", "fabrikam", "woodgrove"]);
  [contoso, fabrikam, woodgrove] = fixture.customers.tenantIds as [string, string, string];
  fixture.revokeConsent(woodgrove);
});
afterAll(() => fixture.close());

describe("Three tenants of one poller", () => {
  it("have a function each", () => {
    expect(fixture.app.errors).toEqual([]);
    expect(fixture.app.functions().map(({ name }) => name)).toEqual([
      "poll-contoso",
      "poll-fabrikam",
      "poll-woodgrove",
    ]);
  });

  it("are collected each into a place of its own, beside one that has not consented", async () => {
    await fixture.publish(contoso, ["a1", "a2"]);
    await fixture.publish(fabrikam, ["b1"]);

    const [first, second, third] = await Promise.all(
      ["contoso", "fabrikam", "woodgrove"].map(name => fixture.app.run(`poll-${name}`)),
    );
    expect(first).toMatchObject({ succeeded: true });
    expect(second).toMatchObject({ succeeded: true });
    expect(await fixture.storedIds(contoso)).toEqual(["a1", "a2"]);
    expect(await fixture.storedIds(fabrikam)).toEqual(["b1"]);

    expect(third!.succeeded).toBe(false);
    expect(third!.error).toContain("Tenant woodgrove: No token of application");
    const [line] = third!.logs.map(({ message }) => message).filter(text => text.startsWith("{"));
    expect(JSON.parse(line!)).toMatchObject({ level: "error", tenant: "woodgrove", msg: "poll.failed" });
    const [completed] = first!.logs.map(({ message }) => message).filter(text => text.includes("completed"));
    expect(JSON.parse(completed!)).toMatchObject({ tenant: "contoso", tenantId: contoso });
  });

  it("go on while the service does not answer about one of them", async () => {
    fixture.service.setFault({
      operation: "list",
      tenantId: contoso,
      times: "always",
      effect: { kind: "silence" },
    });
    void fixture.app.run("poll-contoso");
    await fixture.publish(fabrikam, ["b2"]);
    expect(await fixture.app.run("poll-fabrikam")).toMatchObject({ succeeded: true });
    expect(await fixture.storedIds(fabrikam)).toEqual(["b1", "b2"]);
    fixture.service.clearFaults();
  });
});

describe("The commands", () => {
  it("show the status of all, and name at the end who needs attention", async () => {
    const { exitCode, stdout } = await fixture.command("status");
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`Tenant fabrikam (${fabrikam}): all is well.`);
    expect(stdout).toContain(`Tenant woodgrove (${woodgrove}): something needs attention.`);
    expect(stdout.trim().split("\n").at(-1)).toBe("1 of 3 tenants need attention: woodgrove.");
    const all = JSON.parse((await fixture.command("status", "--json")).stdout);
    expect(all).toMatchObject({
      isWell: false,
      failing: ["woodgrove"],
      tenants: [{ tenant: "contoso" }, { tenant: "fabrikam", isWell: true }, { tenant: "woodgrove" }],
    });
  });

  it("are about the one tenant that is named", async () => {
    const { exitCode, stdout } = await fixture.command("status", "--tenant", "fabrikam");
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^Tenant fabrikam .*: all is well\./)]);
    const proof = await fixture.command("verify", "--tenant", "contoso", "--json");
    expect(JSON.parse(proof.stdout)).toMatchObject({ tenant: "contoso", isComplete: true });
  });

  it("prove the completeness of all, and name whose is not proven", async () => {
    const { exitCode, stdout } = await fixture.command("verify");
    expect(exitCode).toBe(1);
    expect(stdout.trim().split("\n").at(-1)).toBe("1 of 3 tenants need attention: woodgrove.");
  });

  it("poll all, and name who failed", async () => {
    await fixture.publish(fabrikam, ["b3"]);
    const { exitCode, stderr } = await fixture.command("--once");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("Tenant woodgrove: No token of application");
    expect(stderr.trim().split("\n").at(-1)).toBe("1 of 3 tenants need attention: woodgrove.");
    expect(await fixture.storedIds(fabrikam)).toEqual(["b1", "b2", "b3"]);
  });

  it("that change something want to be told of which tenant", async () => {
    for (const words of [["replay"], ["backfill", "--from", new Date(Date.now() - 60_000).toISOString()]]) {
      const { exitCode, stderr } = await fixture.command(...words);
      expect(exitCode).toBe(1);
      expect(stderr).toContain("Name one of them with --tenant: contoso, fabrikam, woodgrove.");
    }
    expect((await fixture.command("replay", "--tenant", "fabrikam")).stdout).toContain(
      "Nothing is tried again",
    );
  });
});
