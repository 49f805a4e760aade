import { describe, expect, it } from "vitest";
import { readSettings } from "../../poller/settings.ts";

const required = {
  SIEM_TENANT_ID: "11111111-2222-4333-8444-555555555555",
  SIEM_CLIENT_ID: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
  SIEM_STORE: "./siem",
};
const splunk = { kind: "splunkHec", url: "https://splunk.contoso.com:8088/", index: "defender" };
const token = "0a1b2c3d-token-of-splunk";

describe("The settings of sinks", () => {
  it("are none without a variable, and empty ones count as none", () => {
    expect(readSettings({ ...required, SIEM_SINK_SPLUNK: " ", SIEM_SINK_SPLUNK_TOKEN: "" }).sinks).toEqual(
      [],
    );
  });

  it("name each sink after its variable, in lower case, with its token beside it", () => {
    const { sinks } = readSettings({
      ...required,
      SIEM_SINK_SPLUNK: JSON.stringify(splunk),
      SIEM_SINK_SPLUNK_TOKEN: ` ${token} `,
      SIEM_SINK_LAB2: JSON.stringify({ ...splunk, index: "lab", sourcetype: "mail" }),
      SIEM_SINK_LAB2_TOKEN: "other",
    });
    expect(sinks).toEqual([
      {
        name: "lab2",
        kind: "splunkHec",
        properties: { url: "https://splunk.contoso.com:8088", index: "lab", sourcetype: "mail" },
        token: "other",
      },
      {
        name: "splunk",
        kind: "splunkHec",
        properties: { url: "https://splunk.contoso.com:8088", index: "defender" },
        token,
      },
    ]);
  });

  it("of Azure's kinds name no secret", () => {
    const eventHubs = {
      kind: "eventHubs",
      namespace: "Contoso.servicebus.windows.net",
      hub: "defender",
    };
    const logsIngestion = {
      kind: "logsIngestion",
      endpoint: "https://siem.westeurope-1.ingest.monitor.azure.com/",
      ruleId: "dcr-0123456789abcdef0123456789abcdef",
      stream: "Custom-DefenderEvents",
    };
    const { sinks } = readSettings({
      ...required,
      SIEM_SINK_HUB: JSON.stringify(eventHubs),
      SIEM_SINK_SENTINEL: JSON.stringify(logsIngestion),
    });
    expect(sinks).toEqual([
      {
        name: "hub",
        kind: "eventHubs",
        properties: { namespace: "contoso.servicebus.windows.net", hub: "defender" },
      },
      {
        name: "sentinel",
        kind: "logsIngestion",
        properties: {
          endpoint: "https://siem.westeurope-1.ingest.monitor.azure.com",
          ruleId: "dcr-0123456789abcdef0123456789abcdef",
          stream: "Custom-DefenderEvents",
        },
      },
    ]);
  });

  it("of Azure's kinds are told when they name something else that looks right", () => {
    const hub = { kind: "eventHubs", namespace: "sb://contoso.servicebus.windows.net/", hub: "defender" };
    const rule = {
      kind: "logsIngestion",
      endpoint: "https://siem.ingest.monitor.azure.com",
      ruleId: "/subscriptions/1/dataCollectionRules/siem",
      stream: "DefenderEvents_CL",
    };
    const lines = messageOf({
      SIEM_SINK_HUB: JSON.stringify(hub),
      SIEM_SINK_OTHER: JSON.stringify({ ...hub, namespace: "contoso.servicebus.windows.net" }),
      SIEM_SINK_OTHER_TOKEN: token,
      SIEM_SINK_SENTINEL: JSON.stringify(rule),
    }).split("\n  ");
    expect(lines.slice(1)).toEqual([
      'SIEM_SINK_HUB: "namespace" is "sb://contoso.servicebus.windows.net/", which is no host name. Write it like ' +
        "contoso.servicebus.windows.net.",
      "SIEM_SINK_OTHER_TOKEN: a sink of kind eventHubs has no token. Remove it.",
      'SIEM_SINK_SENTINEL: "ruleId" is "/subscriptions/1/dataCollectionRules/siem", which is no immutable id of a data ' +
        "collection rule. Write dcr- and 32 digits, which the rule's JSON view shows as immutableId. " +
        '"stream" is "DefenderEvents_CL", which is no stream for rows of others. Write it like Custom-DefenderEvents.',
    ]);
  });

  it("are told with everything that is wrong at once", () => {
    const lines = messageOf({
      SIEM_SINK_A: "splunk",
      SIEM_SINK_B: JSON.stringify({ kind: "syslog" }),
      SIEM_SINK_MY_SPLUNK: JSON.stringify(splunk),
      SIEM_SINK_C: JSON.stringify({ ...splunk, url: "http://splunk:8088", index: 7, port: 8088 }),
      SIEM_SINK_OLD_TOKEN: token,
    }).split("\n  ");
    expect(lines.slice(1)).toEqual([
      "SIEM_SINK_OLD_TOKEN: there is no SIEM_SINK_OLD. Add it, or remove this.",
      'SIEM_SINK_A: it is not JSON. Write an object like {"kind":"…"}.',
      expect.stringMatching(/^SIEM_SINK_B: "syslog" is not a kind of sink\. Use .*"splunkHec"/),
      'SIEM_SINK_C: "port" is not a property of this kind. Use "kind", "url", "index", "sourcetype". ' +
        '"url" "http://splunk:8088" is not https. Tokens go there: use https (http is for loopback only). ' +
        '"index" is 7. Write some text, in quotation marks.',
      "SIEM_SINK_MY_SPLUNK: a sink's name has only capital letters and digits. Rename the variable.",
    ]);
  });

  it("need a token where the kind has one", () => {
    expect(messageOf({ SIEM_SINK_A: JSON.stringify(splunk) })).toContain("SIEM_SINK_A_TOKEN is not set.");
  });

  it("say of a Key Vault reference that Azure could not resolve where to look", () => {
    const reference = "@Microsoft.KeyVault(SecretUri=https://siem.vault.azure.net/secrets/hec)";
    const message = messageOf({ SIEM_SINK_A: JSON.stringify(splunk), SIEM_SINK_A_TOKEN: reference });
    expect(message).toContain("SIEM_SINK_A_TOKEN: Azure could not resolve the Key Vault reference.");
  });

  it.each([
    ["a property", JSON.stringify({ ...splunk, token })],
    ["broken JSON", `{"kind":"splunkHec","token":"${token}"`],
    ["the URL", JSON.stringify({ ...splunk, url: `https://x:${token}@splunk.contoso.com` })],
  ])("do not print a token that was put into %s", (_, value) => {
    const message = messageOf({ SIEM_SINK_A: value, SIEM_SINK_A_TOKEN: token });
    expect(message).toContain("SIEM_SINK_A: ");
    expect(message).not.toContain(token);
  });
});

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    readSettings({ ...required, ...env });
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("The settings were taken.");
}
