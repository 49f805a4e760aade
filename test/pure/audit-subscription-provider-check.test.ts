import { describe, expect, it } from "vitest";
import { UNKNOWN } from "../../components/pulumi/wireFormat.ts";
import {
  type AuditSubscriptionInputs,
  checkInputs,
} from "../../components/subscription/auditSubscriptionInputs.ts";

const declared: AuditSubscriptionInputs = {
  tenantId: "11111111-2222-4333-8444-555555555555",
  clientId: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
  contentType: "Audit.General",
};

function check(change: object, olds: Partial<AuditSubscriptionInputs> = {}) {
  return checkInputs(olds, { ...declared, ...change });
}

describe("the check of an AuditSubscription", () => {
  it("asks for the status enabled and adds no default, so that another default changes no resource", () => {
    expect(check({})).toEqual({ inputs: { ...declared, status: "enabled" }, failures: [] });
  });

  it("leaves the states as they are that ignoreChanges hands back from the last refresh", () => {
    const webhook = { address: "https://siem.example/events", status: "disabled" };
    const { inputs } = check({ status: "disabled", webhook });
    expect(inputs).toMatchObject({ status: "disabled", webhook });
  });

  it("writes every input in one spelling", () => {
    const { inputs, failures } = check({
      tenantId: "AAAAAAAA-2222-4333-8444-555555555555",
      clientId: "9C1F3C6A-7A0E-4D0C-8D4E-3F1B2A6C7D88",
      contentType: "dlp.all",
      cloud: "GCCHIGH",
      activityApiUrl: "https://proxy.example/",
    });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({
      tenantId: "aaaaaaaa-2222-4333-8444-555555555555",
      clientId: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
      contentType: "DLP.All",
      cloud: "gccHigh",
      activityApiUrl: "https://proxy.example",
    });
  });

  it.each([
    [
      "tenantId",
      { tenantId: "contoso.onmicrosoft.com" },
      ["contoso.onmicrosoft.com", "GUID", "Entra admin center"],
    ],
    ["tenantId", { tenantId: undefined }, ["tenantId is missing"]],
    ["clientId", { clientId: "poller" }, ["poller", "GUID", "Application (client) ID"]],
    ["contentType", { contentType: "Audit.Teams" }, ["Audit.Teams", "Audit.General", "DLP.All"]],
    ["cloud", { cloud: "china" }, ["china", "commercial", "gccHigh"]],
    ["publisherIdentifier", { publisherIdentifier: "contoso" }, ["contoso", "GUID", "tenant id"]],
    ["onDestroy", { onDestroy: "delete" }, ["delete", "keep", "stop"]],
    ["readyTimeoutMinutes", { readyTimeoutMinutes: -1 }, ["-1", "0", "1440"]],
    ["readyTimeoutMinutes", { readyTimeoutMinutes: "soon" }, ["soon", "minutes"]],
    ["credential", { credential: "password" }, ["password", "auto"]],
    ["activityApiUrl", { activityApiUrl: "http://manage.example" }, ["http://manage.example", "https"]],
    ["authorityUrl", { authorityUrl: "http://login.example" }, ["http://login.example", "https"]],
    [
      "webhook.address",
      { webhook: { address: "http://siem.example/?key=1" } },
      ["http://siem.example", "https", "AF20021"],
    ],
    ["webhook.address", { webhook: { address: "siem" } }, ["not a URL", "https"]],
    [
      "webhook.expiration",
      { webhook: { address: "https://siem.example", expiration: "2020-01-01T00:00:00Z" } },
      ["2020-01-01T00:00:00Z", "past", "AF20003", "later"],
    ],
    [
      "webhook.expiration",
      { webhook: { address: "https://siem.example", expiration: "next year" } },
      ["next year", "2027-06-30T00:00:00Z"],
    ],
    ["webhook.authId", { webhookAuthId: "two\r\nlines" }, ["header", "ASCII"]],
  ])("refuses %s %j with the value, what is allowed and what to do", (property, change, words) => {
    const { failures } = check(change);
    expect(failures).toHaveLength(1);
    expect(failures[0]!.property).toBe(property);
    for (const word of words) expect(failures[0]!.reason).toContain(word);
  });

  it("says everything that is wrong at once", () => {
    const { failures } = check({ tenantId: "a", clientId: "b", contentType: "c", cloud: "d" });
    expect(failures.map(({ property }) => property)).toEqual([
      "tenantId",
      "clientId",
      "contentType",
      "cloud",
    ]);
  });

  it("shows neither an authId nor the query of a webhook's address", () => {
    const { failures } = check({
      webhook: { address: "http://siem.example/in?code=hunter2" },
      webhookAuthId: "hunter2 ",
    });
    expect(failures).toHaveLength(2);
    expect(JSON.stringify(failures)).not.toContain("hunter2");
  });

  it.each([
    "tenantId",
    "clientId",
    "contentType",
    "cloud",
    "publisherIdentifier",
    "onDestroy",
    "readyTimeoutMinutes",
    "credential",
    "activityApiUrl",
    "authorityUrl",
    "webhookAuthId",
    "grantId",
  ])("lets a %s pass that is not known before another resource is created", property => {
    const { inputs, failures } = check({ [property]: UNKNOWN });
    expect(failures).toEqual([]);
    expect(inputs).toHaveProperty(property, UNKNOWN);
  });

  it("lets an unknown webhook address and expiration pass", () => {
    const { inputs, failures } = check({ webhook: { address: UNKNOWN, expiration: UNKNOWN } });
    expect(failures).toEqual([]);
    expect(inputs.webhook).toEqual({ address: UNKNOWN, expiration: UNKNOWN, status: "enabled" });
  });

  it("tolerates an expiration that passed since it was declared, which is drift to be shown", () => {
    const webhook = { address: "https://siem.example", expiration: "2020-01-01T00:00:00Z" };
    expect(check({ webhook }, { webhook: { ...webhook, status: "expired" } }).failures).toEqual([]);
  });
});
