/**
 * `ensureSubscription` against the Management Activity API of the local tenant, on a virtual clock. What Microsoft
 * leaves open (whether a failed start counts, how long a list lags) is proven for the local tenant's reading only.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ActivityApiClient } from "../../activity-api/client.ts";
import { type EnsureOptions, ensureSubscription } from "../../activity-api/subscription.ts";
import { checkToken } from "../../activity-api/tokenClaims.ts";
import type { WantedWebhook } from "../../activity-api/webhook.ts";
import {
  type ActivityApiFixture,
  clientId,
  minutes,
  startActivityApiFixture,
  tenantId,
} from "./activityApiFixture.ts";
import { startWebhookEndpoint, type WebhookEndpoint } from "./webhookEndpoint.ts";

const contentType = "Audit.General";

let api: ActivityApiFixture;
let client: ActivityApiClient;
let lines: string[];
beforeEach(async () => {
  api = await startActivityApiFixture();
  client = api.client();
  lines = [];
});
afterEach(() => api.close());

function ensure(options: EnsureOptions & { webhook?: WantedWebhook; formerWebhookAddress?: string } = {}) {
  const { webhook, formerWebhookAddress, ...others } = options;
  return ensureSubscription(
    client,
    { contentType, webhook, formerWebhookAddress },
    { clock: api.clock, report: line => lines.push(line), ...others },
  );
}

function operations(): (string | null)[] {
  return api.service.requests().map(({ operation }) => operation);
}

/** Times of the starts that were sent, in minutes from the first. */
function startMinutes(): number[] {
  const times = api.requests("start").map(({ at }) => Date.parse(at));
  return times.map(time => Math.round((time - times[0]!) / minutes));
}

describe("ensuring a subscription", () => {
  it("starts what is not there once, and believes the list", async () => {
    const { subscription, started } = await ensure();
    expect(subscription).toEqual({ contentType, status: "enabled", webhook: null });
    expect(started).toBe(true);
    expect(operations()).toEqual(["list", "start", "list"]);
    expect(lines).toEqual([]);
  });

  it("adopts what is enabled without a start", async () => {
    await client.startSubscription("audit.general");
    api.service.clearRequests();
    expect((await ensure()).started).toBe(false);
    expect(operations()).toEqual(["list"]);
  });

  it("starts what is disabled", async () => {
    await ensure();
    api.service.disable(contentType);
    api.clock.advance(16 * minutes);
    expect((await ensure()).subscription.status).toBe("enabled");
    expect(api.requests("stop")).toEqual([]);
  });

  it("starts only after a list has succeeded", async () => {
    api.service.setFault({ operation: "list", times: 2, effect: { kind: "error", code: "AF50000" } });
    await ensure();
    expect(operations()).toEqual(["list", "list", "list", "start", "list"]);
  });

  it("sends no start while there is no list", async () => {
    api.service.setFault({ operation: "list", times: "always", effect: { kind: "error", code: "AF50000" } });
    await expect(ensure()).rejects.toMatchObject({ code: "AF50000" });
    expect(api.requests("start")).toEqual([]);
  });

  it("takes a start that is answered with AF20024 for a success", async () => {
    api.service.setFault({ operation: "list", effect: { kind: "answer", status: 200, body: "[]" } });
    await client.startSubscription(contentType);
    api.clock.advance(16 * minutes);
    expect((await ensure()).subscription.status).toBe("enabled");
    expect(api.requests("start").at(-1)).toMatchObject({ status: 400 });
  });

  it.each([
    ["AF20020", "Use Audit.AzureActiveDirectory"],
    ["AF20011", "Correct the tenant id or the cloud"],
    ["AF10001", "Grant the application the role"],
  ])("fails at once with %s and what to do", async (code, next) => {
    api.service.setFault({ operation: "start", effect: { kind: "error", code } });
    await expect(ensure()).rejects.toThrow(next);
    expect(api.clock.sleeps).toEqual([]);
  });
});

describe("a start that is throttled", () => {
  it("is repeated after the stated wait, which is announced", async () => {
    api.service.setFault({ operation: "start", effect: { kind: "startThrottle", remainingSeconds: 526 } });
    const before = api.clock.now();
    await ensure();
    const waited = api.clock.now() - before;
    expect(waited).toBeGreaterThanOrEqual(526_000);
    expect(waited).toBeLessThan(530_000);
    expect(api.requests("start")).toHaveLength(2);
    expect(lines).toEqual([expect.stringMatching(/the service takes the next start at .*Z \(in 8m 47s\)/)]);
  });

  it("is not repeated when another consumer's start takes effect meanwhile", async () => {
    await client.startSubscription(contentType);
    api.service.disable(contentType);
    api.clock.afterSleep = () => {
      api.service.state.subscriptions.find({ tenantId, clientId, contentType })!.status = "enabled";
    };
    expect((await ensure()).started).toBe(false);
    expect(api.clock.sleptMilliseconds).toBeLessThan(minutes);
  });

  it("fails at once when the wait is longer than the time allowed, and names the time", async () => {
    api.service.setFault({ operation: "start", effect: { kind: "startThrottle", remainingSeconds: 896 } });
    const next = new Date(api.clock.now() + 897_000).toISOString().slice(0, 19);
    const failure = ensure({ readyTimeoutMinutes: 10 });
    await expect(failure).rejects.toThrow(`the service takes the next start at ${next}Z`);
    await expect(failure).rejects.toMatchObject({
      name: "SubscriptionNotReadyError",
      listed: undefined,
      nextStartAllowedAt: new Date(api.clock.now() + 897_000),
    });
    expect(api.clock.sleeps).toEqual([]);
    expect(lines).toEqual([]);
  });

  it("is not tried before a time that the service named earlier", async () => {
    const nextStartAllowedAt = new Date(api.clock.now() + 7 * minutes);
    await ensure({ nextStartAllowedAt });
    expect(api.requests("start").map(({ at }) => Date.parse(at))).toEqual([nextStartAllowedAt.getTime()]);
  });

  it("is not held back by a remembered time that no clock can mean", async () => {
    await ensure({ nextStartAllowedAt: new Date("2099-01-01") });
    expect(api.clock.sleptMilliseconds).toBeLessThan(16 * minutes);
  });

  it("that states no wait is waited out for the whole 15 minutes", async () => {
    const message = "Too many frequent subscription start requests.";
    api.service.setFault({
      operation: "start",
      effect: { kind: "error", code: "429", status: 403, message },
    });
    await ensure();
    expect(startMinutes()).toEqual([0, 15]);
  });
});

describe("a start that is accepted and does not show in the list", () => {
  it("is waited for without another start within 15 minutes, which the next attempt has to keep to as well", async () => {
    const effect = { kind: "listedAsDisabled" } as const;
    const startedAt = api.clock.now();
    api.service.setFault({ operation: "list", times: "always", effect });
    await expect(ensure({ readyTimeoutMinutes: 14 })).rejects.toMatchObject({
      name: "SubscriptionNotReadyError",
      listed: { status: "disabled" },
      nextStartAllowedAt: new Date(startedAt + 15 * minutes),
    });
    expect(startMinutes()).toEqual([0]);
    expect(lines).toEqual([expect.stringContaining("started; waiting for the list to show it")]);
  });

  it("is sent again after 15 minutes when the time allows", async () => {
    api.service.setFault({ operation: "list", times: "always", effect: { kind: "listedAsDisabled" } });
    await expect(ensure({ readyTimeoutMinutes: 29 })).rejects.toThrow(
      `The subscription ${contentType} of tenant ${tenantId} was started, but after 29 minutes it is listed as disabled.`,
    );
    expect(startMinutes()).toEqual([0, 15]);
  });

  it("succeeds as soon as the list shows it", async () => {
    api.service.setFault({ operation: "list", times: 4, effect: { kind: "listedAsDisabled" } });
    expect((await ensure()).subscription.status).toBe("enabled");
    expect(api.requests("start")).toHaveLength(1);
    expect(api.clock.sleptMilliseconds).toBeLessThan(minutes);
  });

  it("counts when the list leaves out the status, as in Microsoft's sample", async () => {
    api.service.setFault({ operation: "list", times: "always", effect: { kind: "listedWithoutStatus" } });
    expect((await ensure()).subscription.status).toBeUndefined();
  });
});

describe("a start that fails without saying whether it counted", () => {
  it.each([
    ["HTTP 500", { kind: "error", code: "AF50000" }],
    ["a broken connection", { kind: "reset" }],
    ["a gateway's page", { kind: "html" }],
  ] as const)("with %s is looked for in the list and repeated after 15 minutes", async (_what, effect) => {
    api.service.setFault({ operation: "start", effect });
    await ensure();
    expect(startMinutes()).toEqual([0, 15]);
  });

  it("is a success when the list shows it", async () => {
    api.service.setFault({ operation: "start", effect: { kind: "reset", processed: true } });
    await ensure();
    expect(api.requests("start")).toHaveLength(1);
  });
});

describe("auditing that is off", () => {
  it("is waited for within the time allowed, and the hint is there from the first minute", async () => {
    api.service.turnKnobs({ auditingEnabled: false });
    api.clock.afterSleep = () => api.service.turnKnobs({ auditingEnabled: true });
    await ensure();
    expect(startMinutes()).toEqual([0, 15]);
    expect(lines[0]).toContain("Set-AdminAuditLogConfig");
  });

  it("fails with the hint when a retry would come too late", async () => {
    api.service.turnKnobs({ auditingEnabled: false });
    const failure = ensure({ readyTimeoutMinutes: 5 });
    await expect(failure).rejects.toThrow("Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true");
    await expect(failure).rejects.toMatchObject({ name: "SubscriptionNotReadyError", listed: undefined });
    await expect(failure).rejects.not.toThrow("DataServiceException");
    expect(api.clock.sleeps).toEqual([]);
  });
});

describe("a role that is not in the token", () => {
  beforeEach(() => {
    const expected = { tenantId, clientId, cloud: "commercial" } as const;
    client = api.client({ checkToken: token => checkToken(token, expected) });
    api.tokens.roles = [];
  });

  it("fails at once when no grant was made, with the consent URL", async () => {
    await expect(ensure()).rejects.toThrow(`/${tenantId}/adminconsent?client_id=${clientId}`);
    expect(api.clock.sleeps).toEqual([]);
    expect(api.service.requests()).toEqual([]);
  });

  it("is waited for with fresh tokens while a grant may still be spreading", async () => {
    api.clock.afterSleep = () => {
      if (api.clock.sleeps.length === 3) api.tokens.roles = ["ActivityFeed.Read"];
    };
    await ensure({ mayStillPropagate: true });
    expect(api.tokens.requested).toBe(4);
    expect(lines[0]).toContain("waiting for Entra");
  });

  it("fails when the time allowed is over, with the consent URL", async () => {
    await expect(ensure({ mayStillPropagate: true, readyTimeoutMinutes: 5 })).rejects.toThrow("adminconsent");
    expect(api.clock.sleptMilliseconds).toBeGreaterThan(4 * minutes);
    expect(api.clock.sleptMilliseconds).toBeLessThanOrEqual(5 * minutes);
  });

  it("is waited for as well when it is the service that misses it", async () => {
    client = api.client();
    api.clock.afterSleep = () => {
      api.tokens.roles = ["ActivityFeed.Read"];
    };
    expect((await ensure({ mayStillPropagate: true })).subscription.status).toBe("enabled");
  });
});

describe("the webhook", () => {
  let endpoint: WebhookEndpoint;
  beforeEach(async () => {
    endpoint = await startWebhookEndpoint(api.tls);
    api.service.turnKnobs({ startThrottleMinutes: 0 });
  });
  afterEach(() => endpoint.close());

  const listedWebhook = async () => (await client.listSubscriptions())[0]?.webhook;

  it("is registered with address, authId and expiration", async () => {
    const expiration = new Date(api.clock.now() + 60 * minutes).toISOString();
    await ensure({ webhook: { address: endpoint.url, authId: "who", expiration } });
    expect(await listedWebhook()).toEqual({
      address: endpoint.url,
      authId: "who",
      expiration,
      status: "enabled",
    });
  });

  it("is left alone when it is as wanted", async () => {
    await ensure({ webhook: { address: endpoint.url, authId: "who" } });
    await ensure({ webhook: { address: endpoint.url, authId: "who" } });
    expect(api.requests("start")).toHaveLength(1);
  });

  it.each([
    ["address", () => ({ address: `${endpoint.url}/other` })],
    ["authId", () => ({ authId: "somebody else" })],
    ["expiration", () => ({ expiration: "2199-01-01T00:00:00Z" })],
  ])("is registered anew when its %s differs, without a stop", async (_what, change) => {
    await ensure({ webhook: { address: endpoint.url, authId: "who" } });
    const webhook = { address: endpoint.url, authId: "who", ...change() };
    await ensure({ webhook });
    expect(await listedWebhook()).toMatchObject(webhook);
    expect(operations()).not.toContain("stop");
  });

  it.each([
    ["was disabled by the service", () => api.service.disableWebhook(contentType)],
    ["was dropped by the service", () => api.service.removeWebhook(contentType)],
  ])("is registered again when it %s", async (_what, happen) => {
    await ensure({ webhook: { address: endpoint.url } });
    happen();
    await ensure({ webhook: { address: endpoint.url } });
    expect(await listedWebhook()).toMatchObject({ address: endpoint.url, status: "enabled" });
  });

  it("is registered again with a later expiration when it expired", async () => {
    const soon = new Date(api.clock.now() + minutes).toISOString();
    await ensure({ webhook: { address: endpoint.url, expiration: soon } });
    api.clock.advance(2 * minutes);
    await expect(ensure({ webhook: { address: endpoint.url, expiration: soon } })).rejects.toThrow("AF20003");
    await ensure({ webhook: { address: endpoint.url } });
    expect(await listedWebhook()).toMatchObject({ status: "enabled", expiration: undefined });
  });

  it("that cannot be validated fails with what its endpoint must do", async () => {
    endpoint.status = 202;
    await expect(ensure({ webhook: { address: endpoint.url } })).rejects.toThrow(
      "must answer the validation POST with HTTP 200 (not 202 or 204)",
    );
  });

  it("of another consumer stays as it is when none is wanted", async () => {
    await ensure({ webhook: { address: endpoint.url, authId: "theirs" } });
    await ensure();
    expect(await listedWebhook()).toMatchObject({ address: endpoint.url, authId: "theirs" });
    expect(api.requests("start")).toHaveLength(1);
  });

  it("of another consumer survives a start of the disabled subscription", async () => {
    await ensure({ webhook: { address: endpoint.url, authId: "theirs" } });
    api.service.disable(contentType);
    await ensure();
    expect(await listedWebhook()).toMatchObject({
      address: endpoint.url,
      authId: "theirs",
      status: "enabled",
    });
  });

  it("of another consumer that is gone does not keep the subscription from being started", async () => {
    await ensure({ webhook: { address: endpoint.url } });
    api.service.disable(contentType);
    endpoint.status = 404;
    expect((await ensure()).subscription).toMatchObject({ status: "enabled", webhook: null });
  });

  it("that was ours and is not wanted any more is removed", async () => {
    await ensure({ webhook: { address: endpoint.url } });
    await ensure({ formerWebhookAddress: endpoint.url });
    expect(await listedWebhook()).toBeNull();
  });

  it("that was ours and is another's by now stays as it is", async () => {
    await ensure({ webhook: { address: `${endpoint.url}/theirs` } });
    await ensure({ formerWebhookAddress: endpoint.url });
    expect(await listedWebhook()).toMatchObject({ address: `${endpoint.url}/theirs` });
  });
});
