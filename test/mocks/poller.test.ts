import { describe, expect, it } from "vitest";
import { Poller } from "../../components/poller/poller.ts";
import type { PollerArgs } from "../../components/poller/pollerArgs.ts";
import {
  CLIENT_ID,
  type Declared,
  declare,
  IDENTITY_CLIENT_ID,
  inventory,
  only,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from "./declare.ts";

const APP = "azure-native:web:WebApp";
const GRANT = "azure-native:authorization:RoleAssignment";
const IDENTITY = "azure-native:managedidentity:UserAssignedIdentity";
const ACCOUNT = "azure-native:storage:StorageAccount";
const PLAN = "azure-native:web:AppServicePlan";
const CODE = "pulumi-nodejs:dynamic/defender-siem:FunctionPackage";
const BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
const BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";

const store = {
  eventsUrl: "https://archive.blob.core.windows.net/events",
  eventsContainerId: "/events-container",
  ledgerUrl: "https://archive.blob.core.windows.net/ledger",
  ledgerContainerId: "/ledger-container",
};

function poll(args: Partial<PollerArgs> = {}) {
  return declare(
    () =>
      new Poller("collector", {
        resourceGroupName: "group",
        tenantId: TENANT_ID,
        clientId: CLIENT_ID,
        store,
        ...args,
      }),
  );
}

describe("Poller", () => {
  it("declares identity, rights, host storage, plan, app, closed doors and code, and nothing else", async () => {
    const { resources } = await poll();
    expect(inventory(resources)).toEqual([
      `${GRANT} collector-owns-host-storage`,
      `${GRANT} collector-writes-events`,
      `${GRANT} collector-writes-ledger`,
      `${IDENTITY} collector-identity`,
      "azure-native:storage:BlobContainer collector-packages",
      "azure-native:storage:BlobServiceProperties collector-host-blobs",
      `${ACCOUNT} collector-host`,
      `${PLAN} collector-plan`,
      `${APP} collector`,
      "azure-native:web:WebAppFtpAllowed collector-ftp",
      "azure-native:web:WebAppScmAllowed collector-scm",
      `${CODE} collector-code`,
    ]);
  });

  it("runs as an identity that it is given, without making another", async () => {
    const identity = { id: "/identity", clientId: "its-client-id", principalId: "its-object-id" };
    const { resources, exposed } = await poll({ identity });
    expect(resources.filter(({ type }) => type === IDENTITY)).toEqual([]);
    expect(only(resources, APP).inputs.identity).toEqual({
      type: "UserAssigned",
      userAssignedIdentities: ["/identity"],
    });
    expect(exposed.principalObjectId).toBe("its-object-id");
  });

  it("may own the host account and write the two containers, as a service principal, and nothing else", async () => {
    const { resources } = await poll();
    const grants = resources.filter(({ type }) => type === GRANT).map(({ inputs }) => inputs);
    const role = (id: string) =>
      `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/${id}`;
    const principal = { principalId: "object-id-of-identity", principalType: "ServicePrincipal" };
    const byScope = grants.sort((one, other) => String(one.scope).localeCompare(String(other.scope)));
    expect(byScope).toMatchObject([
      { ...principal, scope: "/events-container", roleDefinitionId: role(BLOB_DATA_CONTRIBUTOR) },
      { ...principal, scope: "/ledger-container", roleDefinitionId: role(BLOB_DATA_CONTRIBUTOR) },
      { ...principal, scope: "/mock/collector-host", roleDefinitionId: role(BLOB_DATA_OWNER) },
    ]);
  });

  it("has a host account without keys", async () => {
    const { resources } = await poll();
    expect(only(resources, ACCOUNT).inputs).toMatchObject({
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: "TLS1_2",
    });
  });

  it("is a Flex Consumption app on Node 24 that takes its code from the container by identity", async () => {
    const { resources, exposed } = await poll();
    expect(only(resources, PLAN).inputs).toMatchObject({
      kind: "functionapp",
      reserved: true,
      sku: { name: "FC1", tier: "FlexConsumption" },
    });
    const { inputs } = only(resources, APP);
    expect(inputs).toMatchObject({
      name: exposed.functionAppName,
      kind: "functionapp,linux",
      httpsOnly: true,
      clientAffinityEnabled: false,
    });
    expect(inputs.functionAppConfig).toEqual({
      deployment: {
        storage: {
          type: "blobContainer",
          value: `https://${only(resources, ACCOUNT).inputs.accountName}.blob.core.windows.net/packages`,
          authentication: {
            type: "UserAssignedIdentity",
            userAssignedIdentityResourceId: "/mock/collector-identity",
          },
        },
      },
      runtime: { name: "node", version: "24" },
      scaleAndConcurrency: { instanceMemoryMB: 512, maximumInstanceCount: 40 },
    });
  });

  it("has exactly these application settings, none of them a secret", async () => {
    const { resources } = await poll({
      contentTypes: ["audit.general", "DLP.All"],
      recordTypes: [28, "AirInvestigation"],
    });
    expect(settingsOf(resources)).toEqual({
      AzureWebJobsStorage__accountName: only(resources, ACCOUNT).inputs.accountName,
      AzureWebJobsStorage__credential: "managedidentity",
      AzureWebJobsStorage__clientId: IDENTITY_CLIENT_ID,
      MALLOC_ARENA_MAX: "1",
      NODE_OPTIONS: "--max-semi-space-size=2",
      SIEM_POLL_SCHEDULE: "0 */5 * * * *",
      SIEM_TENANT_ID: TENANT_ID,
      SIEM_CLIENT_ID: CLIENT_ID,
      SIEM_MANAGED_IDENTITY_CLIENT_ID: IDENTITY_CLIENT_ID,
      SIEM_CLOUD: "commercial",
      SIEM_CONTENT_TYPES: "Audit.General,DLP.All",
      SIEM_RECORD_TYPES: "ThreatIntelligence,AirInvestigation",
      SIEM_PUBLISHER_ID: TENANT_ID,
      SIEM_STORE: store.eventsUrl,
      SIEM_LEDGER: store.ledgerUrl,
      SIEM_SELF_HEAL: "false",
    });
  });

  it("enables subscriptions by itself when told to", async () => {
    const { resources } = await poll({ selfHeal: true });
    expect(settingsOf(resources).SIEM_SELF_HEAL).toBe("true");
  });

  it("keeps the four record types of Defender for Office 365 unless told otherwise", async () => {
    const { resources } = await poll();
    expect(settingsOf(resources).SIEM_RECORD_TYPES).toBe(
      "ThreatIntelligence,ThreatIntelligenceUrl,ThreatIntelligenceAtpContent,AirInvestigation",
    );
  });

  it.each([
    [1, "0 */1 * * * *"],
    [15, "0 */15 * * * *"],
    [60, "0 0 * * * *"],
  ])("polls every %i minutes when told to", async (pollIntervalMinutes, schedule) => {
    const { resources } = await poll({ pollIntervalMinutes });
    expect(settingsOf(resources).SIEM_POLL_SCHEDULE).toBe(schedule);
  });

  it("closes both ways of publishing by password", async () => {
    const { resources } = await poll();
    expect(only(resources, "azure-native:web:WebAppScmAllowed").inputs.allow).toBe(false);
    expect(only(resources, "azure-native:web:WebAppFtpAllowed").inputs.allow).toBe(false);
  });

  it("publishes to the app's own publishing host, and puts no package into storage itself", async () => {
    const { resources, exposed } = await poll();
    expect(only(resources, CODE).inputs.scmHostName).toBe(`${exposed.functionAppName}.scm.azurewebsites.net`);
    expect(resources.filter(({ type }) => type === "azure-native:storage:Blob")).toEqual([]);
  });

  it("says of many tenants what it collects of whom, and of none that it collects nothing", async () => {
    const customer = { tenantId: "aaaaaaaa-2222-4333-8444-555555555555", contentTypes: ["audit.exchange"] };
    const contoso = { tenantId: TENANT_ID };
    const { exposed } = await poll({ tenants: { customer, contoso } });
    expect(exposed.tenants).toEqual({
      customer: { ...customer, contentTypes: ["Audit.Exchange"] },
      contoso: { ...contoso, contentTypes: ["Audit.General"] },
    });
    expect(exposed.contentTypes).toEqual(["Audit.Exchange", "Audit.General"]);
    expect((await poll({ tenants: {} })).exposed).toMatchObject({ tenants: {}, contentTypes: [] });
    expect((await poll()).exposed).toMatchObject({ tenants: {}, contentTypes: ["Audit.General"] });
  });

  it("registers as outputs exactly what it exposes", async () => {
    const { exposed, registered } = await poll();
    expect(registered).toEqual(exposed);
  });

  it.each([
    [
      "contentTypes[1]",
      { contentTypes: ["Audit.General", "Audit.Genral"] },
      '"Audit.Genral" is not a content type',
    ],
    [
      "recordTypes[0]",
      { recordTypes: ["ThreatInteligence"] },
      '"ThreatInteligence" is not an audit record type. Did you mean ThreatIntelligence (28)',
    ],
    ["pollIntervalMinutes", { pollIntervalMinutes: 0 }, "0 is not a whole number of minutes from 1 to 60."],
    ["clientId", { clientId: "defender" }, 'The client id "defender" is not a GUID'],
    [
      "publisherIdentifier",
      { publisherIdentifier: "Contoso" },
      'The publisher identifier "Contoso" is not a GUID',
    ],
  ])("refuses a wrong %s, and says what to do", async (argument, args, message) => {
    await expect(poll(args)).rejects.toThrow(`${argument}: ${message}`);
  });
});

function settingsOf(resources: Declared[]): Record<string, unknown> {
  const { appSettings } = only(resources, APP).inputs.siteConfig as {
    appSettings: { name: string; value: unknown }[];
  };
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]));
}
