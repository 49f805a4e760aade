import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import type { SiemIntegrationArgs } from "../../components/integration/siemIntegrationArgs.ts";
import { Poller } from "../../components/poller/poller.ts";
import type { PollerArgs } from "../../components/poller/pollerArgs.ts";
import type { SinkArgs } from "../../components/sinks/sinks.ts";
import { LOGS_INGESTION_COLUMNS } from "../../poller/sinks/logsIngestionTable.ts";
import { CLIENT_ID, type Declared, declare, inventory, only, SUBSCRIPTION_ID, TENANT_ID } from "./declare.ts";

const GRANT = "azure-native:authorization:RoleAssignment";
const NAMESPACE = "azure-native:eventhub:Namespace";
const HUB = "azure-native:eventhub:EventHub";
const CONSUMER_GROUP = "azure-native:eventhub:ConsumerGroup";
const WORKSPACE = "azure-native:operationalinsights:Workspace";
const TABLE = "azure-native:operationalinsights:Table";
const ENDPOINT = "azure-native:monitor:DataCollectionEndpoint";
const RULE = "azure-native:monitor:DataCollectionRule";
const VAULT = "azure-native:keyvault:Vault";
const SECRET = "azure-native:keyvault:Secret";

const TOKEN = "8f1c8d9e-0000-4000-8000-0123456789ab";
const COLLECTOR = "https://splunk.contoso.com:8088";
const GROUP_ID = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/shared`;
const HUB_ID = `${GROUP_ID}/providers/Microsoft.EventHub/namespaces/contoso/eventhubs/defender`;
const WORKSPACE_ID = `${GROUP_ID}/providers/Microsoft.OperationalInsights/workspaces/soc`;
const VAULT_ID = `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/contoso`;

const store = {
  eventsUrl: "https://archive.blob.core.windows.net/events",
  eventsContainerId: "/events-container",
  ledgerUrl: "https://archive.blob.core.windows.net/ledger",
  ledgerContainerId: "/ledger-container",
};

function poll(sinks: Record<string, SinkArgs>, args: Partial<PollerArgs> = {}) {
  return declare(
    () =>
      new Poller("collector", {
        resourceGroupName: "group",
        location: "westeurope",
        tenantId: TENANT_ID,
        clientId: CLIENT_ID,
        store,
        sinks,
        ...args,
      }),
  );
}

function integrate(args: Partial<SiemIntegrationArgs>) {
  return declare(
    () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope", ...args }),
  );
}

/** What the sinks add to a poller without any. */
async function added(sinks: Record<string, SinkArgs>, args: Partial<PollerArgs> = {}) {
  const [without, withSinks] = [await poll({}), await poll(sinks, args)];
  const before = new Set(inventory(without.resources));
  return inventory(withSinks.resources).filter(line => !before.has(line));
}

function settingsOf(resources: Declared[]): Record<string, string> {
  const { appSettings } = only(resources, "azure-native:web:WebApp").inputs.siteConfig as {
    appSettings: { name: string; value: string }[];
  };
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]));
}

function grantOf(resources: Declared[], name: string): unknown {
  const { scope, roleDefinitionId, principalId, principalType } = only(resources, GRANT, name).inputs;
  return { scope, role: String(roleDefinitionId).split("/").at(-1), principalId, principalType };
}

const toThePoller = { principalId: "object-id-of-identity", principalType: "ServicePrincipal" };

describe("a poller without sinks", () => {
  it("declares nothing for any", async () => {
    const { resources, exposed } = await poll({});
    const types = resources.map(({ type }) => type);
    for (const type of [NAMESPACE, HUB, CONSUMER_GROUP, WORKSPACE, TABLE, ENDPOINT, RULE, VAULT, SECRET]) {
      expect(types).not.toContain(type);
    }
    expect(Object.keys(settingsOf(resources)).filter(name => name.startsWith("SIEM_SINK"))).toEqual([]);
    expect(exposed.sinks).toEqual({});
  });
});

describe("a sink of kind eventHubs", () => {
  const sinks = { hub: { kind: "eventHubs" } } as const;

  it("adds a namespace, a hub, a consumer group and one right, and nothing else", async () => {
    expect(await added(sinks)).toEqual([
      `${GRANT} collector-sends-to-hub`,
      `${CONSUMER_GROUP} collector-hub-siem`,
      `${HUB} collector-hub`,
      `${NAMESPACE} collector-hub`,
    ]);
  });

  it("lets in nobody but Entra identities over TLS 1.2, and has no authorization rule", async () => {
    const { resources } = await poll(sinks);
    const { namespaceName, ...properties } = only(resources, NAMESPACE).inputs;
    expect(namespaceName).toMatch(/^collector-hub-[0-9a-f]{10}$/);
    expect(properties).toEqual({
      resourceGroupName: "group",
      location: "westeurope",
      sku: { name: "Standard", tier: "Standard", capacity: 1 },
      isAutoInflateEnabled: true,
      maximumThroughputUnits: 2,
      disableLocalAuth: true,
      minimumTlsVersion: "1.2",
      publicNetworkAccess: "Enabled",
      zoneRedundant: true,
    });
    expect(resources.filter(({ type }) => /AuthorizationRule/.test(type))).toEqual([]);
  });

  it("keeps events for a week, with retention given in one way only", async () => {
    const { resources } = await poll(sinks);
    const { namespaceName } = only(resources, NAMESPACE).inputs;
    expect(only(resources, HUB).inputs).toEqual({
      resourceGroupName: "group",
      namespaceName,
      eventHubName: "defender",
      partitionCount: 4,
      retentionDescription: { cleanupPolicy: "Delete", retentionTimeInHours: 168 },
    });
    expect(only(resources, CONSUMER_GROUP).inputs).toEqual({
      resourceGroupName: "group",
      namespaceName,
      eventHubName: "defender",
      consumerGroupName: "siem",
    });
  });

  it("may be sent to by the poller's identity, and not read by it", async () => {
    const { resources } = await poll(sinks);
    expect(grantOf(resources, "collector-sends-to-hub")).toEqual({
      scope: "/mock/collector-hub",
      role: "2b629674-e913-4c01-ae53-ef4638d8f975",
      ...toThePoller,
    });
  });

  it("tells the poller where to send, and the SIEM where to read", async () => {
    const { resources, exposed } = await poll(sinks);
    const { namespaceName } = only(resources, NAMESPACE).inputs;
    const namespace = `${namespaceName}.servicebus.windows.net`;
    expect(JSON.parse(settingsOf(resources).SIEM_SINK_HUB!)).toEqual({
      kind: "eventHubs",
      namespace,
      hub: "defender",
    });
    expect(exposed.sinks).toEqual({
      hub: {
        kind: "eventHubs",
        namespace,
        hub: "defender",
        hubId: "/mock/collector-hub",
        consumerGroup: "siem",
      },
    });
  });

  it("adds to a hub that exists nothing but the right to send", async () => {
    const existing = { hub: { kind: "eventHubs", hub: { id: HUB_ID } } } as const;
    expect(await added(existing)).toEqual([`${GRANT} collector-sends-to-hub`]);
    const { resources, exposed } = await poll(existing);
    expect(grantOf(resources, "collector-sends-to-hub")).toMatchObject({ scope: HUB_ID });
    expect(JSON.parse(settingsOf(resources).SIEM_SINK_HUB!)).toEqual({
      kind: "eventHubs",
      namespace: "contoso.servicebus.windows.net",
      hub: "defender",
    });
    expect(exposed.sinks.hub).not.toHaveProperty("consumerGroup");
  });

  it("finds a hub that exists in Azure Government, and at an address of its own", async () => {
    const inGovernment = await poll(
      { hub: { kind: "eventHubs", hub: { id: HUB_ID } } },
      { cloud: "gccHigh" },
    );
    expect(JSON.parse(settingsOf(inGovernment.resources).SIEM_SINK_HUB!)).toMatchObject({
      namespace: "contoso.servicebus.usgovcloudapi.net",
    });
    const elsewhere = await poll({
      hub: { kind: "eventHubs", hub: { id: HUB_ID, endpoint: "https://127.0.0.1:5671" } },
    });
    expect(JSON.parse(settingsOf(elsewhere.resources).SIEM_SINK_HUB!)).toMatchObject({
      namespace: "contoso.servicebus.windows.net",
      endpoint: "https://127.0.0.1:5671",
    });
  });
});

describe("a sink of kind logsIngestion", () => {
  const sinks = { logs: { kind: "logsIngestion" } } as const;
  const workspace = { id: WORKSPACE_ID, location: "northeurope" };

  it("adds a table, an endpoint, a rule and one right, and nothing else", async () => {
    expect(await added(sinks, { workspace })).toEqual([
      `${GRANT} collector-sends-to-logs`,
      `${ENDPOINT} collector-logs`,
      `${RULE} collector-logs`,
      `${TABLE} collector-logs`,
    ]);
  });

  it("shares the integration's workspace with its telemetry, and has it alone where monitoring is off", async () => {
    for (const monitoring of [{}, { enabled: false }]) {
      const { resources } = await integrate({ sinks, monitoring });
      expect(only(resources, WORKSPACE).name).toBe("defender-logs");
      expect(only(resources, TABLE).inputs.workspaceName).toBe("defender-logs");
    }
    const { resources } = await integrate({ monitoring: { enabled: false } });
    expect(inventory(resources).filter(line => line.startsWith(WORKSPACE))).toEqual([]);
  });

  it("goes into the workspace that monitoring was given, where it names none", async () => {
    const { resources } = await integrate({ sinks, monitoring: { workspace: { id: WORKSPACE_ID } } });
    expect(only(resources, TABLE).inputs.workspaceName).toBe("soc");
    expect(resources.filter(({ type }) => type === WORKSPACE)).toEqual([]);
  });

  it("puts the table where the workspace is, with the columns that the poller sends", async () => {
    const { resources } = await poll(sinks, { workspace });
    const { schema, ...properties } = only(resources, TABLE).inputs;
    expect(properties).toEqual({
      resourceGroupName: "shared",
      workspaceName: "soc",
      tableName: "DefenderEvents_CL",
      plan: "Analytics",
      retentionInDays: 90,
      totalRetentionInDays: 90,
    });
    const { name, columns } = schema as { name: string; columns: { name: string; type: string }[] };
    expect(name).toBe("DefenderEvents_CL");
    expect(columns.map(column => column.name)).toEqual(LOGS_INGESTION_COLUMNS.map(column => column.name));
    expect(columns).toContainEqual(expect.objectContaining({ name: "TimeGenerated", type: "dateTime" }));
  });

  it("has endpoint and rule in the workspace's region, and the stream leads to the table", async () => {
    const { resources } = await poll(sinks, { workspace });
    expect(only(resources, ENDPOINT).inputs).toEqual({
      resourceGroupName: "group",
      location: "northeurope",
      networkAcls: { publicNetworkAccess: "Enabled" },
    });
    const { streamDeclarations, ...properties } = only(resources, RULE).inputs;
    expect(properties).toEqual({
      resourceGroupName: "group",
      location: "northeurope",
      dataCollectionEndpointId: "/mock/collector-logs",
      destinations: { logAnalytics: [{ name: "workspace", workspaceResourceId: WORKSPACE_ID }] },
      dataFlows: [
        {
          streams: ["Custom-DefenderEvents"],
          destinations: ["workspace"],
          transformKql: "source",
          outputStream: "Custom-DefenderEvents_CL",
        },
      ],
    });
    const { columns } = (streamDeclarations as Record<string, { columns: unknown[] }>)[
      "Custom-DefenderEvents"
    ]!;
    expect(columns).toEqual(LOGS_INGESTION_COLUMNS.map(({ name, type }) => ({ name, type })));
  });

  it("may be sent to through its rule, and tells the poller which", async () => {
    const { resources, exposed } = await poll(sinks, { workspace });
    expect(grantOf(resources, "collector-sends-to-logs")).toEqual({
      scope: "/mock/collector-logs",
      role: "3913510d-42f4-4e42-8a64-420c390055eb",
      ...toThePoller,
    });
    expect(JSON.parse(settingsOf(resources).SIEM_SINK_LOGS!)).toEqual({
      kind: "logsIngestion",
      endpoint: "https://collector-logs.northeurope-1.ingest.monitor.azure.com",
      ruleId: "dcr-of-collector-logs",
      stream: "Custom-DefenderEvents",
    });
    expect(exposed.sinks).toEqual({
      logs: { kind: "logsIngestion", workspaceId: WORKSPACE_ID, table: "DefenderEvents_CL" },
    });
  });
});

describe("a sink of kind splunkHec", () => {
  const sinks = { splunk: { kind: "splunkHec", url: COLLECTOR, index: "defender" } } as const;
  const withToken = { sinkTokens: { splunk: TOKEN } };

  it("adds a key vault, a secret and one right, and nothing else", async () => {
    const lines = await added(sinks, withToken);
    expect(lines.map(line => line.replace(/-[0-9a-f]{6}$/, "-<hash>"))).toEqual([
      `${GRANT} collector-reads-token-of-splunk`,
      `${SECRET} collector-splunk-token`,
      `${VAULT} collector-<hash>`,
    ]);
  });

  it("has a vault to which only roles give access, and from which nothing can be purged", async () => {
    const { resources } = await poll(sinks, withToken);
    expect(only(resources, VAULT).inputs).toEqual({
      resourceGroupName: "group",
      location: "westeurope",
      properties: {
        tenantId: TENANT_ID,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enablePurgeProtection: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: "Enabled",
        networkAcls: { defaultAction: "Allow", bypass: "AzureServices" },
      },
    });
  });

  it("leaves the name of the vault to Azure's provider, since a deleted vault keeps its own", async () => {
    const { resources } = await poll(sinks, withToken);
    const { name, inputs } = only(resources, VAULT);
    expect(inputs).not.toHaveProperty("vaultName");
    expect(`${name}12345678`).toMatch(/^[a-z][a-z0-9-]{2,23}$/);
  });

  it("keeps the token in the secret, and out of every other resource and output", async () => {
    const { resources, exposed } = await poll(sinks, withToken);
    const holders = resources.filter(({ inputs }) => JSON.stringify(inputs).includes(TOKEN));
    expect(holders.map(({ type }) => type)).toEqual([SECRET]);
    expect(JSON.stringify(exposed)).not.toContain(TOKEN);
  });

  it("lets the poller's identity read that one secret, by reference and version", async () => {
    const { resources } = await poll(sinks, withToken);
    expect(grantOf(resources, "collector-reads-token-of-splunk")).toEqual({
      scope: "/mock/collector-splunk-token",
      role: "4633458b-17de-408a-b874-0445c86b69e6",
      ...toThePoller,
    });
    expect(settingsOf(resources)).toMatchObject({
      SIEM_SINK_SPLUNK: JSON.stringify({ kind: "splunkHec", url: COLLECTOR, index: "defender" }),
      SIEM_SINK_SPLUNK_TOKEN:
        "@Microsoft.KeyVault(SecretUri=https://vault.vault.azure.net/secrets/hec-token/0123456789abcdef)",
    });
  });

  it("adds to a secret that exists nothing but the right to read it", async () => {
    const tokenSecret = { uri: "https://contoso.vault.azure.net/secrets/splunk", id: VAULT_ID };
    const existing = { splunk: { ...sinks.splunk, tokenSecret } };
    expect(await added(existing)).toEqual([`${GRANT} collector-reads-token-of-splunk`]);
    const { resources } = await poll(existing);
    expect(grantOf(resources, "collector-reads-token-of-splunk")).toMatchObject({ scope: VAULT_ID });
    expect(settingsOf(resources).SIEM_SINK_SPLUNK_TOKEN).toBe(
      "@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/splunk)",
    );
  });
});

describe("several sinks", () => {
  it("are all told to the poller, each in a setting of its own", async () => {
    const { resources, exposed, registered } = await integrate({
      sinks: {
        hub: { kind: "eventHubs" },
        logs: { kind: "logsIngestion" },
        splunk: { kind: "splunkHec", url: COLLECTOR },
      },
      sinkTokens: pulumi.secret({ splunk: TOKEN }),
    });
    expect(Object.keys(settingsOf(resources)).filter(name => name.startsWith("SIEM_SINK"))).toEqual([
      "SIEM_SINK_HUB",
      "SIEM_SINK_LOGS",
      "SIEM_SINK_SPLUNK",
      "SIEM_SINK_SPLUNK_TOKEN",
    ]);
    expect(Object.keys(exposed.sinks)).toEqual(["hub", "logs", "splunk"]);
    expect(registered).toEqual(exposed);
  });

  it("of one kind get resources of their own", async () => {
    const { resources } = await poll({ first: { kind: "eventHubs" }, second: { kind: "eventHubs" } });
    const names = resources
      .filter(({ type }) => type === NAMESPACE)
      .map(({ inputs }) => inputs.namespaceName);
    expect(new Set(names).size).toBe(2);
  });
});

describe("a wrong sink is refused", () => {
  const hec = { kind: "splunkHec", url: COLLECTOR } as const;

  it.each<[string, Record<string, unknown>, string]>([
    [
      "for its name",
      { "my-hub": { kind: "eventHubs" } },
      'sinks.my-hub: "my-hub" is not a name for a sink. Use up to 24 lower-case letters and digits, a letter first: ' +
        "the name becomes part of an application setting.",
    ],
    [
      "for its kind",
      { hub: { kind: "eventHub" } },
      'sinks.hub.kind: "eventHub" is not a kind of sink. Use eventHubs, logsIngestion, splunkHec.',
    ],
    ["without a kind", { hub: {} }, "sinks.hub.kind: nothing is not a kind of sink."],
    [
      "for a property that it has not",
      { hub: { kind: "eventHubs", partitions: 2 } },
      'sinks.hub: "partitions" is not a property of such a sink. It has kind, hub, partitionCount.',
    ],
    [
      "for its partitions",
      { hub: { kind: "eventHubs", partitionCount: 64 } },
      "sinks.hub.partitionCount: 64 is not a whole number of partitions from 1 to 32.",
    ],
    [
      "for the id of its hub",
      { hub: { kind: "eventHubs", hub: { id: "contoso/defender" } } },
      'sinks.hub.hub.id: "contoso/defender" is not the resource id of a Microsoft.EventHub/namespaces/eventhubs. ' +
        "Use one like /subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.EventHub/namespaces/<name>/eventhubs/<name>.",
    ],
    [
      "for a hub's address",
      { hub: { kind: "eventHubs", hub: { id: HUB_ID, endpoint: "amqp://x" } } },
      "sinks.hub.hub.endpoint: The URL",
    ],
    [
      "without a workspace",
      { logs: { kind: "logsIngestion" } },
      "sinks.logs.workspace: is missing, and so is a workspace of the poller. Give one as { id }.",
    ],
    [
      "for its retention",
      { logs: { kind: "logsIngestion", retentionDays: 1, workspace: { id: WORKSPACE_ID } } },
      "sinks.logs.retentionDays: 1 is not a whole number of days from 4 to 730.",
    ],
    [
      "for its URL",
      { splunk: { kind: "splunkHec", url: "http://splunk.contoso.com:8088" } },
      'sinks.splunk.url: The URL "http://splunk.contoso.com:8088" is not https.',
    ],
    ["without a URL", { splunk: { kind: "splunkHec" } }, "sinks.splunk.url: is missing."],
    [
      "without a token",
      { splunk: hec },
      "sinkTokens.splunk: is missing, so that the sink splunk has no token to send with. " +
        "Set it with pulumi config set --secret --path sinkTokens.splunk, or give the sink a tokenSecret.",
    ],
    [
      "for the URI of its secret",
      { splunk: { ...hec, tokenSecret: { uri: "contoso/splunk", id: VAULT_ID } } },
      'sinks.splunk.tokenSecret.uri: "contoso/splunk" is not the URI of a secret.',
    ],
    [
      "for the id of its secret",
      {
        splunk: {
          ...hec,
          tokenSecret: { uri: "https://contoso.vault.azure.net/secrets/splunk", id: "contoso" },
        },
      },
      'sinks.splunk.tokenSecret.id: "contoso" is not the resource id of a secret or a vault.',
    ],
  ])("%s", async (_, sinks, message) => {
    await expect(poll(sinks as Record<string, SinkArgs>)).rejects.toThrow(message);
  });

  it("when another writes into the same table", async () => {
    const twice = integrate({ sinks: { one: { kind: "logsIngestion" }, two: { kind: "logsIngestion" } } });
    await expect(twice).rejects.toThrow(
      "sinks: one and two would write into one table of one workspace. Keep one of them, or give the others a workspace each.",
    );
  });
});
