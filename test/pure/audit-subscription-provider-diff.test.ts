import { describe, expect, it } from "vitest";
import type { Subscription } from "../../activity-api/client.ts";
import { UNKNOWN } from "../../components/pulumi/wireFormat.ts";
import type { AuditSubscriptionInputs } from "../../components/subscription/auditSubscriptionInputs.ts";
import {
  asObserved,
  compare,
  identityOf,
  subscriptionId,
} from "../../components/subscription/auditSubscriptionState.ts";

const webhook = { address: "https://siem.example/in", expiration: "2199-01-01T00:00:00Z", status: "enabled" };
const declared: AuditSubscriptionInputs = {
  tenantId: "11111111-2222-4333-8444-555555555555",
  clientId: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
  contentType: "Audit.General",
  webhook,
  webhookAuthId: "who",
  status: "enabled",
};
const listed: Subscription = {
  contentType: "audit.general",
  status: "enabled",
  webhook: {
    address: "https://siem.example/in",
    authId: "who",
    expiration: "2199-01-01T00:00:00",
    status: "enabled",
  },
};

describe("the id of an AuditSubscription", () => {
  it("names tenant, application and content type, and is read back", () => {
    const id = subscriptionId(declared);
    expect(id).toBe(
      "11111111-2222-4333-8444-555555555555/9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88/Audit.General",
    );
    expect(subscriptionId(identityOf(id))).toBe(id);
  });
});

describe("the diff of an AuditSubscription", () => {
  it("finds nothing in what the service lists as declared, however it spells it", () => {
    expect(compare(asObserved(declared, listed), declared)).toEqual({ changes: false, replaces: [] });
  });

  it.each(["tenantId", "clientId", "contentType"])("replaces for another %s", property => {
    expect(compare(declared, { ...declared, [property]: "other" })).toEqual({
      changes: true,
      replaces: [property],
    });
  });

  it("replaces for a client id that is not known yet, since its application is a new one", () => {
    expect(compare(declared, { ...declared, clientId: UNKNOWN }).replaces).toEqual(["clientId"]);
  });

  it.each([
    ["cloud", "gcc"],
    ["publisherIdentifier", "11111111-2222-4333-8444-666666666666"],
    ["onDestroy", "stop"],
    ["readyTimeoutMinutes", 5],
    ["credential", "clientSecret"],
    ["grantId", "new"],
    ["activityApiUrl", "https://proxy.example"],
    ["authorityUrl", "https://login.example"],
    ["webhookAuthId", "other"],
    ["webhook", undefined],
    ["webhook", { ...webhook, address: "https://siem.example/other" }],
    ["webhook", { ...webhook, expiration: undefined }],
  ])("changes in place for another %s (%j)", (property, value) => {
    expect(compare(declared, { ...declared, [property]: value })).toEqual({ changes: true, replaces: [] });
  });

  it.each<[string, Partial<Subscription>]>([
    ["the subscription is disabled", { status: "disabled" }],
    ["the webhook is disabled", { webhook: { ...listed.webhook!, status: "disabled" } }],
    ["the webhook has expired", { webhook: { ...listed.webhook!, status: "expired" } }],
    ["the webhook is gone", { webhook: null }],
    ["the webhook is another's", { webhook: { ...listed.webhook!, address: "https://other.example" } }],
    ["the webhook has another authId", { webhook: { ...listed.webhook!, authId: "other" } }],
    ["the webhook has no authId", { webhook: { ...listed.webhook!, authId: "" } }],
    ["the webhook never expires", { webhook: { ...listed.webhook!, expiration: "" } }],
  ])("changes in place when %s", (_what, drift) => {
    const observed = asObserved(declared, { ...listed, ...drift });
    expect(compare(observed, declared)).toEqual({ changes: true, replaces: [] });
  });

  it("does not take a webhook of another consumer for drift when none is declared", () => {
    const { webhook: _none, webhookAuthId: _neither, ...plain } = declared;
    expect(compare(asObserved(plain, listed), plain)).toEqual({ changes: false, replaces: [] });
  });

  it("does not take a list without status or authId for drift", () => {
    const silent = { ...listed, status: undefined, webhook: { ...listed.webhook!, authId: undefined } };
    expect(compare(asObserved(declared, silent), declared)).toEqual({ changes: false, replaces: [] });
  });

  it("makes no difference between an input that is left out, null or undefined", () => {
    const olds = {
      ...declared,
      cloud: null as never,
      webhook: { status: "enabled", address: webhook.address },
    };
    const news = {
      ...declared,
      webhook: { address: webhook.address, expiration: undefined, status: "enabled" },
    };
    expect(compare(olds, news).changes).toBe(false);
  });
});
