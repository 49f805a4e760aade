import path from "node:path";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../poller/settings.ts";

const required = {
  SIEM_TENANT_ID: "11111111-2222-4333-8444-555555555555",
  SIEM_CLIENT_ID: "9C1F3C6A-7a0e-4d0c-8d4e-3f1b2a6c7d88",
  SIEM_STORE: "./siem",
};

describe("readSettings", () => {
  it("needs a tenant, a client and a store, and knows a default for the rest", () => {
    expect(readSettings(required)).toMatchObject({
      tenantId: "11111111-2222-4333-8444-555555555555",
      clientId: "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88",
      cloud: "commercial",
      contentTypes: ["Audit.General"],
      recordTypes: new Set([28, 41, 47, 64]),
      store: { kind: "folder", path: path.resolve("siem") },
      ledger: { kind: "folder", path: path.resolve("siem") },
      publisherIdentifier: "11111111-2222-4333-8444-555555555555",
      managedIdentityClientId: undefined,
      overlapMinutes: 60,
      sweepIntervalHours: 6,
      concurrency: 10,
      requestsPerMinute: 2000,
      attemptsPerBlob: 12,
      runSeconds: undefined,
    });
  });

  it("takes record types by name or number in any letter case, and content types once", () => {
    const settings = readSettings({
      ...required,
      SIEM_RECORD_TYPES: "threatintelligence, 64 ,ThreatIntelligenceUrl",
      SIEM_CONTENT_TYPES: "audit.general,Audit.General, DLP.all",
      SIEM_STORE: "https://siem.blob.core.windows.net/events/",
      SIEM_LEDGER: "https://siem.blob.core.windows.net/ledger",
    });
    expect(settings).toMatchObject({
      recordTypes: new Set([28, 64, 41]),
      contentTypes: ["Audit.General", "DLP.All"],
      store: { kind: "container", url: "https://siem.blob.core.windows.net/events" },
      ledger: { kind: "container", url: "https://siem.blob.core.windows.net/ledger" },
    });
  });

  it("takes all record types by one word, and an empty variable for none", () => {
    expect(readSettings({ ...required, SIEM_RECORD_TYPES: "All", SIEM_CLOUD: " " })).toMatchObject({
      recordTypes: "all",
      cloud: "commercial",
    });
  });

  it("names every wrong variable at once", () => {
    const wrong = {
      SIEM_TENANT_ID: "contoso.com",
      SIEM_STORE: "http://siem.blob.core.windows.net/events",
      SIEM_CLOUD: "azurecloud",
      SIEM_CONCURRENCY: "0",
    };
    const lines = messageOf(wrong).split("\n  ");
    expect(lines.map(line => line.split(" ")[0])).toEqual([
      "The",
      "SIEM_TENANT_ID:",
      "SIEM_CLIENT_ID",
      "SIEM_STORE:",
      "SIEM_CLOUD:",
      "SIEM_CONCURRENCY:",
    ]);
  });

  it.each([
    ["SIEM_CLIENT_ID", "", "SIEM_CLIENT_ID is not set."],
    [
      "SIEM_CONTENT_TYPES",
      "Audit.General,",
      'SIEM_CONTENT_TYPES: "Audit.General," has an empty item. Separate the items with one comma each.',
    ],
    [
      "SIEM_RECORD_TYPES",
      "all,28",
      'SIEM_RECORD_TYPES: "all,28" names all and others. Write all, or the others without it.',
    ],
    [
      "SIEM_OVERLAP_MINUTES",
      "1h",
      'SIEM_OVERLAP_MINUTES: "1h" is not a number of minutes. Use a whole number from 0 to 10000.',
    ],
    [
      "SIEM_STORE",
      "https://siem.blob.core.windows.net",
      'SIEM_STORE: "https://siem.blob.core.windows.net" names no container. Use a URL like https://ACCOUNT.blob.core.windows.net/CONTAINER.',
    ],
    [
      "SIEM_LEDGER",
      "s3://bucket",
      'SIEM_LEDGER: "s3://bucket" is not https. Use the URL of a blob container like https://ACCOUNT.blob.core.windows.net/CONTAINER, or a folder.',
    ],
  ])("says of %s=%s what to do", (name, value, message) => {
    expect(messageOf({ ...required, [name]: value })).toBe(
      `The poller's settings are not right.\n  ${message}`,
    );
  });

  it("does not print the key in the URL of a store", () => {
    const message = messageOf({
      ...required,
      SIEM_STORE: "https://siem.blob.core.windows.net/events?sig=secret",
    });
    expect(message).toContain("The URL of siem.blob.core.windows.net has a query or a password.");
    expect(message).not.toContain("secret");
  });
});

function messageOf(env: NodeJS.ProcessEnv): string {
  try {
    readSettings(env);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("The settings were taken.");
}
