/** The settings of a poller of many tenants, and how their runs share a process. */
import { describe, expect, it } from "vitest";
import { managedTenantNames, pollTimers } from "../../poller/managedTenants.ts";
import { emptySummary } from "../../poller/reports/summary.ts";
import { readSettings } from "../../poller/settings.ts";
import { metricsOf } from "../../poller/telemetry/runMetrics.ts";
import { Turns } from "../../poller/turns.ts";

const CONTOSO = "11111111-2222-4333-8444-555555555555";
const FABRIKAM = "66666666-7777-4888-8999-000000000000";
const shared = {
  SIEM_CLIENT_ID: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
  SIEM_STORE: "https://siem.blob.core.windows.net/events",
  SIEM_PUBLISHER_ID: CONTOSO,
  SIEM_SINK_HUB: '{"kind":"eventHubs","namespace":"a.servicebus.windows.net","hub":"defender"}',
  SIEM_SINK_SPLUNK: '{"kind":"splunkHec","url":"https://splunk.contoso.com:8088","index":"defender"}',
  SIEM_SINK_SPLUNK_TOKEN: "token",
};
const many = {
  ...shared,
  SIEM_MANAGED_TENANT_FABRIKAM: JSON.stringify({
    tenantId: FABRIKAM,
    cloud: "gcc",
    contentTypes: ["Audit.General", "Audit.Exchange"],
    recordTypes: ["all"],
    requestsPerMinute: 500,
    sinks: ["splunk"],
  }),
  SIEM_MANAGED_TENANT_CONTOSO: JSON.stringify({ tenantId: CONTOSO }),
};

function messageOf(env: NodeJS.ProcessEnv, tenant?: string): string {
  try {
    readSettings(env, tenant);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("It was accepted.");
}

describe("The settings of a tenant among many", () => {
  it("are what all share, with what its own JSON says", () => {
    expect(readSettings(many, "fabrikam")).toMatchObject({
      tenant: "fabrikam",
      tenantId: FABRIKAM,
      clientId: shared.SIEM_CLIENT_ID,
      cloud: "gcc",
      contentTypes: ["Audit.General", "Audit.Exchange"],
      recordTypes: "all",
      requestsPerMinute: 500,
      publisherIdentifier: CONTOSO,
      sinks: [{ name: "splunk", token: "token" }],
    });
    expect(readSettings(many, "contoso")).toMatchObject({
      tenantId: CONTOSO,
      cloud: "commercial",
      contentTypes: ["Audit.General"],
      requestsPerMinute: 2000,
      sinks: [{ name: "hub" }, { name: "splunk" }],
    });
  });

  it("have no sink when they name none", () => {
    const env = { ...many, SIEM_MANAGED_TENANT_CONTOSO: JSON.stringify({ tenantId: CONTOSO, sinks: [] }) };
    expect(readSettings(env, "contoso").sinks).toEqual([]);
  });

  it("are told by name, so that no tenant is polled for another", () => {
    expect(managedTenantNames(many)).toEqual(["contoso", "fabrikam"]);
    expect(messageOf(many)).toBe(
      "There are several tenants. Name one of them with --tenant: contoso, fabrikam.",
    );
    expect(messageOf(many, "woodgrove")).toBe('There is no tenant "woodgrove". Use contoso, fabrikam.');
    expect(messageOf({ ...shared, SIEM_TENANT_ID: CONTOSO }, "contoso")).toContain(
      "leave the name out, and the tenant of SIEM_TENANT_ID is meant",
    );
  });

  it.each([
    ["no JSON", "{", 'SIEM_MANAGED_TENANT_CONTOSO: it is not JSON. Write an object like {"tenantId":'],
    ["no object", "[]", "SIEM_MANAGED_TENANT_CONTOSO: it is JSON and not an object. Write one like {"],
    [
      "a property that is none",
      '{"tenantID":"x"}',
      'SIEM_MANAGED_TENANT_CONTOSO: "tenantID" is not a property of a tenant. Use tenantId, cloud, contentTypes, recordTypes, requestsPerMinute, sinks.',
    ],
    ["no tenant id", "{}", "SIEM_MANAGED_TENANT_CONTOSO.tenantId is not set."],
    [
      "a wrong cloud",
      `{"tenantId":"${CONTOSO}","cloud":"azurecloud"}`,
      'SIEM_MANAGED_TENANT_CONTOSO.cloud: "azurecloud" is not a cloud.',
    ],
    [
      "a value of another kind",
      `{"tenantId":"${CONTOSO}","contentTypes":{}}`,
      "SIEM_MANAGED_TENANT_CONTOSO: contentTypes is {}. Write a text, a number, or a list of them.",
    ],
    [
      "a sink that is not there",
      `{"tenantId":"${CONTOSO}","sinks":["logs"]}`,
      'SIEM_MANAGED_TENANT_CONTOSO: there is no sink "logs". Add SIEM_SINK_LOGS, or remove it.',
    ],
    [
      "sinks that are no list",
      `{"tenantId":"${CONTOSO}","sinks":"hub"}`,
      'SIEM_MANAGED_TENANT_CONTOSO: sinks is "hub". Write a list of names, or leave it out for all.',
    ],
  ])("are refused with %s, and those of the others are not", (_what, json, message) => {
    const env = { ...many, SIEM_MANAGED_TENANT_CONTOSO: json };
    expect(messageOf(env, "contoso")).toContain(message);
    expect(readSettings(env, "fabrikam").tenantId).toBe(FABRIKAM);
  });

  it("are refused beside a single tenant, of which nobody could tell whether it is polled", () => {
    expect(messageOf({ ...many, SIEM_TENANT_ID: CONTOSO }, "fabrikam")).toContain(
      "there are several tenants, each with its own. Remove the variable SIEM_TENANT_ID.",
    );
  });
});

describe("The timers", () => {
  it("are one for each tenant, with a schedule of its own", () => {
    expect(pollTimers(many)).toEqual([
      { name: "poll-contoso", tenant: "contoso", schedule: "%SIEM_POLL_SCHEDULE_CONTOSO%" },
      { name: "poll-fabrikam", tenant: "fabrikam", schedule: "%SIEM_POLL_SCHEDULE_FABRIKAM%" },
    ]);
  });

  it("are the one that it always was for a single tenant", () => {
    expect(pollTimers({ SIEM_POLL_SCHEDULE: "0 */5 * * * *" })).toEqual([
      { name: "poll", tenant: undefined, schedule: "%SIEM_POLL_SCHEDULE%" },
    ]);
  });

  it("are none where no tenant has come yet", () => {
    expect(pollTimers(shared)).toEqual([]);
  });
});

describe("The figures of a run", () => {
  const summary = {
    tenantId: CONTOSO,
    startedAt: "2026-11-21T07:00:00.000Z",
    durationSeconds: 1,
    isComplete: true,
    contentTypes: [emptySummary("Audit.General")],
    sinks: [],
  };

  it("each name the tenant where there are several, and are as they were for a single one", () => {
    const ofMany = metricsOf({ ...summary, tenant: "contoso" });
    expect(new Set(ofMany.map(({ properties }) => properties.tenant))).toEqual(new Set(["contoso"]));
    const ofOne = metricsOf(summary);
    expect(ofOne.every(({ properties }) => !("tenant" in properties))).toBe(true);
    expect(ofOne).toHaveLength(ofMany.length);
  });
});

describe("Turns", () => {
  it("are taken in the order in which they were asked for, so many at a time", async () => {
    const turns = new Turns(2);
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const task = (name: string) => () => {
      begun.push(name);
      return new Promise<string>(resolve => ends.push(() => resolve(name)));
    };
    const all = ["a", "b", "c", "d"].map(name => turns.run(task(name)));
    expect(begun).toEqual(["a", "b"]);
    ends[1]!();
    expect(await all[1]).toBe("b");
    expect(begun).toEqual(["a", "b", "c"]);
    ends[0]!();
    await all[0];
    expect(begun).toEqual(["a", "b", "c", "d"]);
    for (const end of ends.slice(2)) end();
    expect(await Promise.all(all)).toEqual(["a", "b", "c", "d"]);
  });

  it("go on after a task that fails, and are given up by whoever has no more patience", async () => {
    const turns = new Turns(1);
    await expect(turns.run(() => Promise.reject(new Error("no consent")))).rejects.toThrow("no consent");
    let end = () => {};
    const hanging = turns.run(() => new Promise<void>(resolve => (end = resolve)));
    await expect(turns.run(async () => "late", 1)).rejects.toThrow("no turn came in 0.001 s");
    const next = turns.run(async () => "next");
    end();
    await hanging;
    expect(await next).toBe("next");
  });
});
