/**
 * Subscriptions of many tenants, one of which does not let the application in: what the engine is told with
 * `onFailure: record`, so that it goes on with the rest.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditSubscriptionInputs } from "../../components/subscription/auditSubscriptionInputs.ts";
import type { AuditSubscriptionOutputs } from "../../components/subscription/auditSubscriptionState.ts";
import {
  type AuditSubscriptionFixture,
  clientId,
  startAuditSubscriptionFixture,
} from "./auditSubscriptionFixture.ts";

let tenant: AuditSubscriptionFixture;
let recorded: AuditSubscriptionInputs;

beforeEach(async () => {
  tenant = await startAuditSubscriptionFixture();
  recorded = { ...tenant.inputs, onFailure: "record" };
});
afterEach(() => tenant.close());

/** As when a customer deletes the enterprise application. */
function revokeConsent(): void {
  const { objectId } = tenant.directory.findServicePrincipalByClientId(clientId)!;
  tenant.directory.deleteServicePrincipal(objectId);
}

async function declared(change: Partial<AuditSubscriptionInputs> = {}) {
  return tenant.newRun().create({ ...recorded, ...change });
}

describe("a tenant that does not let the application in", () => {
  it("is recorded with the reason when it is declared, and differs from what is wanted", async () => {
    revokeConsent();
    const { id, outs } = await declared();
    expect(id).toBe(`${recorded.tenantId}/${clientId}/Audit.General`);
    expect(outs).toMatchObject({ status: "unknown", failure: expect.stringContaining("AADSTS7000229") });
    expect(tenant.newRun().diff(outs, recorded)).toEqual({ changes: true, replaces: [] });
    expect(tenant.lines).toEqual([expect.stringContaining(`of tenant ${recorded.tenantId}: could not be`)]);
  });

  it("is ensured by the next update once it consents, and then nothing is left of the reason", async () => {
    tenant.entra.failNextTokenRequests({ clientId, count: 1, code: 65001 });
    const { outs: olds } = await declared();
    const { outs } = await tenant.newRun().update(olds, recorded);
    expect(outs).toEqual({ ...recorded, status: "enabled" });
    expect(tenant.newRun().diff(outs, recorded).changes).toBe(false);
  });

  it("shows as drift in a refresh, which goes on", async () => {
    const { id, outs } = await declared();
    revokeConsent();
    const { props, inputs } = await tenant.newRun().read(id, outs);
    expect(props).toMatchObject({ status: "unknown", failure: expect.stringContaining("AADSTS7000229") });
    expect(inputs).toEqual({ ...recorded, status: "unknown" });
    expect(tenant.newRun().diff(props!, recorded).changes).toBe(true);
  });

  it("is as declared in the refresh after it has consented again", async () => {
    const { id, outs } = await declared();
    const failing: AuditSubscriptionOutputs = { ...outs, status: "unknown", failure: "no consent" };
    expect((await tenant.newRun().read(id, failing)).props).toEqual(outs);
  });

  it("is let go of when it is declared no more, though its subscription was to be stopped", async () => {
    const { id, outs } = await declared({ onDestroy: "stop" });
    revokeConsent();
    await tenant.newRun().delete(id, outs);
    expect(tenant.lines.at(-1)).toContain("not stopped, since the application is not let in any more");
  });
});

describe("a service that fails", () => {
  it("is recorded as well", async () => {
    tenant.api.service.setFault({
      operation: "list",
      times: "always",
      effect: { kind: "error", code: "AF10001" },
    });
    expect((await declared()).outs).toMatchObject({
      status: "unknown",
      failure: expect.stringContaining("AF10001"),
    });
  });

  it("is recorded with what it lists, and when it takes the next start, where it does not start", async () => {
    const { outs } = await declared();
    tenant.api.service.disable("Audit.General");
    const { outs: olds } = await tenant.newRun().update(outs, { ...recorded, readyTimeoutMinutes: 0 });
    expect(olds).toMatchObject({ status: "disabled", failure: expect.stringContaining("next start at") });
    expect(olds.nextStartAllowedAt).toBeDefined();
    expect(tenant.newRun().diff(olds, recorded).changes).toBe(true);
  });

  it("does not count as a stop that succeeded, since another try may", async () => {
    const { id, outs } = await declared({ onDestroy: "stop" });
    tenant.api.service.setFault({ operation: "stop", effect: { kind: "error", code: "AF20011" } });
    await expect(tenant.newRun().delete(id, outs)).rejects.toThrow("Stopping the subscription");
  });
});

it("is no failure of a tenant when the deployer has no credential at all", async () => {
  await expect(tenant.newRun({}).create(recorded)).rejects.toThrow("no credential was found");
});

it("is only for those that say so: by default the update fails", async () => {
  revokeConsent();
  await expect(tenant.newRun().create(tenant.inputs)).rejects.toThrow("AADSTS7000229");
});

it("refuses another word, with those that there are", () => {
  const { failures } = tenant.newRun().check({}, { ...recorded, onFailure: "ignore" });
  expect(failures).toEqual([
    {
      property: "onFailure",
      reason:
        '"ignore" is nothing to do on failure. Use "fail" (the update fails) or "record" (it goes on, and the ' +
        "subscription shows as drift).",
    },
  ]);
});
