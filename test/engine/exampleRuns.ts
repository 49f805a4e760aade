import { expect } from "vitest";
import type { Properties } from "../../local/azure/properties.ts";
import type { PulumiStack } from "../../local/engine/stack.ts";
import { INGESTION_TIME } from "../../local/logAnalytics/kqlExpressions.ts";
import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import type { Row } from "../../local/logAnalytics/kqlValues.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";
import { landedEvents } from "../../local/story/threats.ts";
import type { LocalTenant } from "../../local/tenant.ts";
import { makeInAzure, registerTrustingApplication } from "./existingParts.ts";
import { collectAsOthersDo } from "./otherCollector.ts";

/** How an example is run, and what its user gets. */
export interface ExampleRun {
  /** The tenant that it is for: one of the public cloud unless given. */
  cloud?: "gccHigh";
  /** What its user sets besides the tenant and the pipeline; makes what has to be there before. Defaults to nothing. */
  settings?(tenant: LocalTenant): Promise<Settings> | Settings;
  /** What it is for, as the end of a sentence that begins with its name. */
  promise: string;
  keepsPromise(deployed: DeployedExample): Promise<void>;
}

export interface Settings {
  config?: Properties;
  secrets?: Record<string, string>;
}

/** An example that is deployed, with what its poller has had to collect since. */
export interface DeployedExample {
  tenant: LocalTenant;
  stack: PulumiStack;
  outputs: Properties;
  /** The published events of Defender for Office 365, as JSON texts. */
  threats: string[];
}

/** By the folder in `examples/`. */
export const EXAMPLE_RUNS: Readonly<Record<string, ExampleRun>> = {
  simple: {
    promise: "brings every threat into a storage account, byte for byte",
    keepsPromise: expectAllInStore,
  },
  "bring-your-own": {
    settings: makeWhatIsThere,
    promise: "brings every threat into the account that was there, by the application that was there",
    async keepsPromise(deployed) {
      await expectAllInStore(deployed);
      const { tenant, outputs } = deployed;
      const archive = tenant.storage.locate(String(outputs.eventsUrl));
      expect(archive).toEqual({ account: "contosoarchive", container: "events" });
      expect(outputs.manualSteps).toEqual([
        expect.stringContaining("/appRoleAssignments"),
        expect.stringContaining("az ad app federated-credential create"),
      ]);
    },
  },
  sentinel: {
    promise: "brings every threat into the workspace, where the rule finds those that got through",
    keepsPromise: expectAlertsInSentinel,
  },
  splunk: {
    settings: allowInSplunk,
    promise: "brings every threat into Splunk's index, and shows the token nowhere",
    async keepsPromise({ tenant, stack, outputs, threats }) {
      const { indexed } = tenant.splunk.splunk;
      expect(new Set(indexed.map(({ index }) => index))).toEqual(new Set(["defender"]));
      expect(indexed.map(({ raw }) => raw).toSorted()).toEqual(threats.toSorted());
      expect(JSON.stringify([outputs, await stack.exportState()])).not.toContain(SPLUNK_TOKEN);
    },
  },
  "government-cloud": {
    cloud: "gccHigh",
    promise: "collects in GCC High, with nothing of the public Azure",
    keepsPromise: expectGovernmentCloud,
  },
  "subscription-only": {
    promise: "lets a collector of somebody else read every threat, and runs no poller",
    async keepsPromise({ tenant, stack, outputs, threats }) {
      expect(outputs.subscriptions).toEqual({ "Audit.General": "enabled" });
      const [tenantId, clientId] = [String(outputs.tenantId), String(outputs.clientId)];
      const { objectId } = tenant.directory.findApplicationByClientId(clientId)!;
      const clientSecret = tenant.directory.addPassword(objectId).secretText;
      const read = await collectAsOthersDo(tenant, { tenantId, clientId, clientSecret });
      expect(read).toEqual(expect.arrayContaining(threats.map(line => JSON.parse(line).Id)));
      expect(await typesIn(stack)).not.toContainEqual(expect.stringMatching(/^azure-native:/));
    },
  },
};

async function expectAllInStore({ tenant, outputs, threats }: DeployedExample): Promise<void> {
  expect(outputs.subscriptions).toEqual({ "Audit.General": "enabled" });
  const { lines } = await landedEvents(tenant, String(outputs.eventsUrl));
  expect(lines.toSorted()).toEqual(threats.toSorted());
}

async function makeWhatIsThere(tenant: LocalTenant): Promise<Settings> {
  for (const resourceGroupName of ["contoso-siem", "contoso-archive", "contoso-identities"])
    await makeInAzure(tenant, "resources:ResourceGroup", { resourceGroupName });
  const storageAccount = { resourceGroupName: "contoso-archive", accountName: "contosoarchive" };
  const identity = { resourceGroupName: "contoso-identities", resourceName: "siem-poller" };
  await makeInAzure(tenant, "storage:StorageAccount", {
    ...storageAccount,
    kind: "StorageV2",
    sku: { name: "Standard_ZRS" },
  });
  const made = await makeInAzure(tenant, "managedidentity:UserAssignedIdentity", identity);
  const application = registerTrustingApplication(tenant, made);
  return { config: { resourceGroupName: "contoso-siem", storageAccount, identity, application } };
}

const SPLUNK_TOKEN = "8f1c8d9e-0000-4000-8000-0123456789ab";

function allowInSplunk({ splunk }: LocalTenant): Settings {
  splunk.splunk.setToken({ value: SPLUNK_TOKEN, indexes: ["defender"], hasAcknowledgement: true });
  return { config: { splunkUrl: splunk.url }, secrets: { splunkToken: SPLUNK_TOKEN } };
}

async function expectAlertsInSentinel({ tenant, outputs, threats }: DeployedExample): Promise<void> {
  const { resourceManager, logsIngestion } = tenant;
  expect(outputs.sinks).toMatchObject({ sentinel: { workspaceId: outputs.workspaceId } });
  const [rule] = resourceManager.list("azure-native:monitor:DataCollectionRule");
  const rows = logsIngestion.rows(String(rule!.outputs.immutableId), "Custom-DefenderEvents");
  expect(rows.map(({ EventId }) => EventId).toSorted()).toEqual(
    threats.map(line => JSON.parse(line).Id).toSorted(),
  );
  const now = new Date();
  const arrived = rows.map(row => ({ ...row, [INGESTION_TIME]: now }) as Row);
  const [alertRule] = resourceManager.list("azure-native:securityinsights:ScheduledAlertRule");
  const alerts = runKql(
    String(alertRule!.properties.query),
    { schemas: WORKSPACE_TABLES, rows: { DefenderEvents_CL: arrived } },
    now,
  );
  const gotThrough = threats.filter(line => /"DeliveryAction":"Delivered"|"UrlClickAction":[45]/.test(line));
  expect(gotThrough.length).toBeGreaterThan(1);
  expect(alerts.map(({ EventId }) => EventId).toSorted()).toEqual(
    gotThrough.map(line => JSON.parse(line).Id).toSorted(),
  );
}

async function expectGovernmentCloud(deployed: DeployedExample): Promise<void> {
  // The tenant knows no resource of another cloud: a wrong audience anywhere would have kept the events away.
  await expectAllInStore(deployed);
  const { tenant, stack } = deployed;
  const { deployment } = await stack.exportState();
  const providers = (deployment.resources as { type: string; inputs: Properties }[]).filter(({ type }) =>
    /^pulumi:providers:azure/.test(type),
  );
  expect(providers.map(({ inputs }) => inputs.environment)).toEqual(["usgovernment", "usgovernment"]);
  const [application] = [...tenant.directory.applications.values()].filter(
    ({ displayName }) => displayName === "defender",
  );
  expect(application!.federatedCredentials.flatMap(({ audiences }) => audiences)).toEqual([
    "api://AzureADTokenExchangeUSGov",
    "api://AzureADTokenExchangeUSGov",
  ]);
  expect(
    new Set(tenant.resourceManager.list().map(({ outputs }) => outputs.location ?? "usgovvirginia")),
  ).toEqual(new Set(["usgovvirginia"]));
}

async function typesIn(stack: PulumiStack): Promise<string[]> {
  const { deployment } = await stack.exportState();
  return (deployment.resources as { type: string }[]).map(({ type }) => type);
}
