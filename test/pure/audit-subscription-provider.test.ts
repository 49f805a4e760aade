/**
 * What the engine calls for `AuditSubscription`, against the Entra and the Management Activity API of the local tenant.
 * It calls in the order in which the engine was seen to call; that the engine does so is for the engine's tests.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditSubscriptionInputs } from "../../components/subscription/auditSubscriptionInputs.ts";
import type { AuditSubscriptionOutputs } from "../../components/subscription/auditSubscriptionState.ts";
import { minutes } from "./activityApiFixture.ts";
import {
  type AuditSubscriptionFixture,
  clientId,
  secret,
  startAuditSubscriptionFixture,
} from "./auditSubscriptionFixture.ts";

let tenant: AuditSubscriptionFixture;
let { directory, entra, api, clock, lines, inputs, newRun, operations, status } =
  {} as AuditSubscriptionFixture;
beforeEach(async () => {
  tenant = await startAuditSubscriptionFixture();
  ({ directory, entra, api, clock, lines, inputs, newRun, operations, status } = tenant);
});
afterEach(() => tenant.close());

async function declare(change: Partial<AuditSubscriptionInputs> = {}) {
  const run = newRun();
  const checked = run.check({}, { ...inputs, ...change });
  expect(checked.failures).toEqual([]);
  return run.create(checked.inputs);
}

async function failureOf(work: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return work.then(
    () => Promise.reject(new Error("it succeeded")),
    error => error,
  );
}

describe("create", () => {
  it("starts the subscription and returns what the service says", async () => {
    const { id, outs } = await declare({ onDestroy: "keep" });
    expect(id).toBe(`${directory.tenantId}/${clientId}/Audit.General`);
    expect(outs).toEqual({ ...inputs, onDestroy: "keep", status: "enabled" });
    expect(status()).toBe("enabled");
  });

  it.each(["Audit.AzureActiveDirectory", "Audit.Exchange", "Audit.SharePoint", "Audit.General", "DLP.All"])(
    "starts %s",
    async contentType => {
      await declare({ contentType });
      expect(status(contentType)).toBe("enabled");
    },
  );

  it("adopts a subscription that somebody made by hand", async () => {
    await declare();
    api.service.clearRequests();
    await declare();
    expect(operations()).toEqual(["list"]);
  });

  it("fails without a trace in state when there is no token", async () => {
    const failure = await failureOf(newRun({}).create(inputs));
    expect(failure.message).toContain("no credential was found");
    expect(failure.id).toBeUndefined();
    expect(api.service.requests()).toEqual([]);
  });

  it("starts Audit.General although DLP.All lacks its role", async () => {
    inputs = { ...inputs, clientId: "88888888-7a0e-4d0c-8d4e-3f1b2a6c7d88" };
    directory.registerConsentedClient(inputs.clientId, secret, ["ActivityFeed.Read"]);
    const run = newRun();
    const [general, dlp] = await Promise.allSettled([
      run.create(inputs),
      run.create({ ...inputs, contentType: "DLP.All" }),
    ]);
    expect(general.status).toBe("fulfilled");
    expect((dlp as PromiseRejectedResult).reason.message).toContain("ActivityFeed.ReadDlp is missing");
    expect(status()).toBe("enabled");
  });
});

describe("a grant that is new", () => {
  it("is waited for, and then recorded with the subscription", async () => {
    entra.delayRoles({ clientId, count: 2 });
    const { outs } = await declare({ grantId: "grant-1" });
    expect(outs.grantId).toBe("grant-1");
    expect(lines).toEqual([expect.stringContaining("waiting for Entra"), expect.anything()]);
  });

  it("of an application whose credential Entra does not know yet is waited for as well", async () => {
    entra.failNextTokenRequests({ clientId, count: 2, code: 700016 });
    await declare({ grantId: "grant-1" });
    expect(status()).toBe("enabled");
  });

  it("stays new when the wait was in vain", async () => {
    entra.delayRoles({ clientId, count: 100 });
    const failure = await failureOf(declare({ grantId: "grant-1", readyTimeoutMinutes: 1 }));
    expect(failure.message).toContain("adminconsent");
    expect(failure.id).toBeUndefined();
  });

  it("is new no more once it was recorded", async () => {
    const { outs } = await declare({ grantId: "grant-1" });
    entra.delayRoles({ clientId, count: 100 });
    expect(newRun().diff(outs, { ...inputs, grantId: "grant-1" }).changes).toBe(false);
    const failure = await failureOf(
      newRun().update(outs, { ...inputs, grantId: "grant-1", onDestroy: "stop" }),
    );
    expect(failure.message).toContain("adminconsent");
    expect(clock.sleeps).toEqual([]);
  });

  it("is not assumed when none is declared", async () => {
    entra.delayRoles({ clientId, count: 1 });
    await expect(declare()).rejects.toThrow("adminconsent");
    expect(clock.sleeps).toEqual([]);
  });
});

describe("a start that does not take hold", () => {
  it("is recorded as a partial failure that the next run heals by an update", async () => {
    api.service.setFault({ operation: "list", times: "always", effect: { kind: "listedAsDisabled" } });
    const withShim = { ...inputs, grantId: "grant-1", __provider: "shim", readyTimeoutMinutes: 1 };
    const failure = await failureOf(newRun().create(withShim));
    expect(failure).toMatchObject({
      id: `${directory.tenantId}/${clientId}/Audit.General`,
      reasons: [expect.stringContaining("it is listed as disabled")],
      properties: { contentType: "Audit.General", status: "disabled", __provider: "shim" },
    });
    expect(failure.properties).not.toHaveProperty("grantId");

    api.service.clearFaults();
    const olds = failure.properties as AuditSubscriptionOutputs;
    expect(newRun().diff(olds, withShim).changes).toBe(true);
    const { outs } = await newRun().update(olds, withShim);
    expect(outs).toMatchObject({ status: "enabled", grantId: "grant-1" });
  });

  it("because it is throttled is recorded with the time from when on a start is accepted", async () => {
    const { outs } = await declare();
    api.service.disable("Audit.General");
    const failure = await failureOf(newRun().update(outs, { ...inputs, readyTimeoutMinutes: 5 }));
    const { nextStartAllowedAt } = failure.properties as AuditSubscriptionOutputs;
    expect(failure.message).toContain(`takes the next start at ${nextStartAllowedAt?.slice(0, 19)}Z`);

    api.service.clearRequests();
    const { outs: healed } = await newRun().update(failure.properties as AuditSubscriptionOutputs, inputs);
    const starts = api.service.requests().filter(({ operation }) => operation === "start");
    expect(starts.map(({ at }) => Date.parse(at))).toEqual([Date.parse(nextStartAllowedAt!)]);
    expect(healed).not.toHaveProperty("nextStartAllowedAt");
    expect(status()).toBe("enabled");
  });

  it("because auditing is off is recorded as absent, with the hint", async () => {
    api.service.turnKnobs({ auditingEnabled: false });
    const failure = await failureOf(declare({ readyTimeoutMinutes: 0 }));
    expect(failure.message).toContain("Set-AdminAuditLogConfig");
    expect(failure.properties).toMatchObject({ status: "absent" });
  });
});

describe("read", () => {
  it("returns the state unchanged, as outputs and inputs, while all is well", async () => {
    const { id, outs } = await declare();
    const read = await newRun().read(id, outs);
    expect(read).toEqual({ id, props: outs, inputs: outs });
  });

  it("returns a disabled subscription as such, so that it shows as a difference in place", async () => {
    const { id, outs } = await declare();
    api.service.disable("Audit.General");
    const read = await newRun().read(id, outs);
    expect(read).toMatchObject({ id, props: { status: "disabled" }, inputs: { status: "disabled" } });
    expect(newRun().diff(read.props!, inputs)).toEqual({ changes: true, replaces: [] });
  });

  it("says gone only when a list succeeded and has no such subscription", async () => {
    const { id, outs } = await declare();
    api.service.remove("Audit.General");
    expect(await newRun().read(id, outs)).toEqual({});
  });

  it.each([
    ["401 for the token", { kind: "tokenRejected" }],
    ["401 for the role", { kind: "error", code: "AF10001" }],
    ["403", { kind: "answer", status: 403 }],
    ["403 with AF429", { kind: "throttle", status: 403 }],
    ["404", { kind: "answer", status: 404 }],
    ["429", { kind: "throttle", status: 429 }],
    ["500", { kind: "error", code: "AF50000" }],
    ["503", { kind: "html", status: 503 }],
    ["a broken connection", { kind: "reset" }],
    ["no JSON", { kind: "html", status: 200 }],
    ["AF20011", { kind: "error", code: "AF20011" }],
  ] as const)("fails, and does not say gone, on %s", async (_what, effect) => {
    const { id, outs } = await declare();
    api.service.setFault({ operation: "list", times: "always", effect });
    await expect(newRun().read(id, outs)).rejects.toThrow("Listing the subscriptions");
  });

  it("keeps a subscription that is listed without a status, with a warning", async () => {
    const { id, outs } = await declare();
    api.service.setFault({ operation: "list", effect: { kind: "listedWithoutStatus" } });
    expect(await newRun().read(id, outs)).toMatchObject({ id, props: { status: "enabled" } });
    expect(lines).toEqual([expect.stringContaining("listed without a status")]);
  });

  it("needs one token and one list for all subscriptions of an application", async () => {
    const types = [
      "Audit.General",
      "Audit.Exchange",
      "Audit.SharePoint",
      "Audit.AzureActiveDirectory",
      "DLP.All",
    ];
    const created = [];
    for (const contentType of types) created.push(await declare({ contentType }));
    api.service.clearRequests();
    const tokens = entra.requests().length;
    const run = newRun();
    await Promise.all(created.map(({ id, outs }) => run.read(id, outs)));
    expect(operations()).toEqual(["list"]);
    expect(entra.requests().length - tokens).toBe(1);
  });

  it("lists anew after a start in the same run", async () => {
    const { id, outs } = await declare();
    api.service.disable("Audit.General");
    clock.advance(16 * minutes);
    const run = newRun();
    expect((await run.read(id, outs)).props?.status).toBe("disabled");
    await run.update(outs, inputs);
    expect((await run.read(id, outs)).props?.status).toBe("enabled");
  });

  it("lists anew after a list that failed", async () => {
    const { id, outs } = await declare();
    const run = newRun();
    api.service.setFault({ operation: "list", effect: { kind: "error", code: "AF20011" } });
    await expect(run.read(id, outs)).rejects.toThrow("AF20011");
    expect((await run.read(id, outs)).id).toBe(id);
  });
});

describe("delete", () => {
  it.each([undefined, "keep"])("leaves the subscription enabled when onDestroy is %s", async onDestroy => {
    const { id, outs } = await declare({ onDestroy });
    api.service.clearRequests();
    await newRun().delete(id, outs);
    expect(api.service.requests()).toEqual([]);
    expect(status()).toBe("enabled");
  });

  it("stops it when onDestroy is stop, and says what that costs", async () => {
    const { id, outs } = await declare({ onDestroy: "stop" });
    await newRun().delete(id, outs);
    expect(status()).toBe("disabled");
    expect(lines).toEqual([expect.stringContaining("Content that was not collected by now is lost")]);
  });

  it.each(["AF20022", "AF20023"])("takes %s for a success: it is stopped already", async code => {
    const { id, outs } = await declare({ onDestroy: "stop" });
    api.service.setFault({ operation: "stop", effect: { kind: "error", code } });
    await newRun().delete(id, outs);
    expect(lines).toEqual([]);
  });

  it("fails when the stop fails otherwise", async () => {
    const { id, outs } = await declare({ onDestroy: "stop" });
    api.service.setFault({ operation: "stop", effect: { kind: "error", code: "AF20011" } });
    await expect(newRun().delete(id, outs)).rejects.toThrow("Stopping the subscription Audit.General");
  });

  it("does not stop what the same run declares: a forced replacement or a rename deletes after it creates", async () => {
    const { id, outs } = await declare({ onDestroy: "stop" });
    const run = newRun();
    await run.create(run.check({}, { ...inputs, onDestroy: "stop" }).inputs);
    await run.delete(id, outs);
    expect(status()).toBe("enabled");
    expect(operations()).not.toContain("stop");
    expect(lines).toEqual([expect.stringContaining("the program declares it still")]);
  });

  it("does not stop either when the engine deletes before it creates", async () => {
    const { id, outs } = await declare({ onDestroy: "stop" });
    const run = newRun();
    const { inputs: checked } = run.check({}, { ...inputs, contentType: "audit.general", onDestroy: "stop" });
    await run.delete(id, outs);
    await run.create(checked);
    expect(operations()).toEqual(["list", "start", "list", "list"]);
  });

  it("stops the old one when another client id replaces it", async () => {
    const { id, outs } = await declare({ onDestroy: "stop" });
    const run = newRun();
    run.check({}, { ...inputs, clientId: "99999999-7a0e-4d0c-8d4e-3f1b2a6c7d88" });
    await run.delete(id, outs);
    expect(status()).toBe("disabled");
  });
});

describe("every call", () => {
  it("leaves no credential in outputs, messages or lines, on success and on failure", async () => {
    const { id, outs } = await declare({ grantId: "g" });
    const read = await newRun().read(id, outs);
    entra.failNextTokenRequests({ clientId, count: 1, code: 7000215 });
    const failure = await failureOf(newRun().read(id, outs));
    api.service.setFault({ operation: "list", effect: { kind: "error", code: "AF20011" } });
    const refusal = await failureOf(newRun().create(inputs));
    const all = JSON.stringify([outs, read, failure, failure.message, refusal, refusal.message, lines]);
    expect(all).toContain("AADSTS7000215");
    expect(all).not.toContain(secret);
    expect(all).not.toMatch(/eyJ/);
  });
});
