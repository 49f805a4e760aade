import { beforeEach, describe, expect, it } from "vitest";
import { merged, type Properties } from "../../local/azure/properties.ts";
import { type DeclaredParts, declare, declaredParts } from "./localSubscriptionFixture.ts";

const IN_GROUP = { resourceGroupName: "siem-rg" };
const WORKSPACE = "azure-native:operationalinsights:Workspace";
const TABLE = "azure-native:operationalinsights:Table";
const COMPONENT = "azure-native:applicationinsights:Component";
const WORKBOOK = "azure-native:applicationinsights:Workbook";
const ACTION_GROUP = "azure-native:monitor:ActionGroup";
const QUERY_RULE = "azure-native:monitor:ScheduledQueryRule";
const DIAGNOSTIC_SETTING = "azure-native:monitor:DiagnosticSetting";
const ENDPOINT = "azure-native:monitor:DataCollectionEndpoint";
const RULE = "azure-native:monitor:DataCollectionRule";

let parts: DeclaredParts;
let workspaceId: string;

beforeEach(async () => {
  parts = await declaredParts({ ingestionUrl: "https://127.0.0.1:4318/" });
  const workspace = { ...IN_GROUP, workspaceName: "siem-logs", sku: { name: "PerGB2018" } };
  workspaceId = (await declare(parts.provider, WORKSPACE, workspace)).id;
});

describe("a workspace", () => {
  it("is refused with a retention that its price has not", async () => {
    await expect(
      declare(parts.provider, WORKSPACE, { ...IN_GROUP, workspaceName: "other", retentionInDays: 7 }),
    ).rejects.toThrow(
      "'RetentionInDays' property doesn't match the SKU limits: 7 is not between 30 and 730.",
    );
  });
});

describe("an Application Insights component", () => {
  const component = { ...IN_GROUP, resourceName: "siem", kind: "web", applicationType: "web" };

  it("gives a connection string that leads to the local tenant, never to Azure", async () => {
    const { outputs } = await declare(parts.provider, COMPONENT, {
      ...component,
      workspaceResourceId: workspaceId,
    });

    expect(outputs.connectionString).toBe(
      `InstrumentationKey=${outputs.instrumentationKey};IngestionEndpoint=https://127.0.0.1:4318/;` +
        `LiveEndpoint=https://127.0.0.1:4318/;ApplicationId=${outputs.appId}`,
    );
  });

  it("is refused without a workspace, or with one that does not exist", async () => {
    await expect(declare(parts.provider, COMPONENT, component)).rejects.toThrow(
      "Classic Application Insights resources can no longer be created. Give 'workspaceResourceId'.",
    );
    await expect(
      declare(parts.provider, COMPONENT, { ...component, workspaceResourceId: `${workspaceId}2` }),
    ).rejects.toThrow(`The Log Analytics workspace '${workspaceId}2' of the component was not found.`);
  });
});

describe("a workbook", () => {
  it.each([
    [{ resourceName: "feed" }, "The workbook's resource name 'feed' is not a GUID."],
    [{ serializedData: "{" }, "The serializedData of the workbook 'Feed' is not JSON."],
    [{ sourceId: "/subscriptions/x" }, "The sourceId '/subscriptions/x' of the workbook was not found."],
  ])("is refused with %j", async (changes, message) => {
    const workbook = {
      ...IN_GROUP,
      resourceName: "0e7f3a4c-0000-4000-8000-000000000000",
      displayName: "Feed",
      serializedData: "{}",
      sourceId: workspaceId,
    };

    await expect(declare(parts.provider, WORKBOOK, { ...workbook, ...changes })).rejects.toThrow(message);
  });
});

describe("an alert", () => {
  async function declareAlert(changes: Properties) {
    const actionGroup = await declare(parts.provider, ACTION_GROUP, {
      ...IN_GROUP,
      actionGroupName: "soc",
      groupShortName: "soc",
      location: "Global",
      enabled: true,
    });
    const alert = {
      ...IN_GROUP,
      ruleName: "stalled",
      scopes: [workspaceId],
      severity: 1,
      evaluationFrequency: "PT15M",
      windowSize: "PT30M",
      criteria: {
        allOf: [
          {
            query: "AppTraces | summarize n=count()",
            metricMeasureColumn: "n",
            timeAggregation: "Total",
            operator: "LessThan",
            threshold: 1,
          },
        ],
      },
      actions: { actionGroups: [actionGroup.id] },
    };
    return await declare(parts.provider, QUERY_RULE, merged(alert, changes));
  }

  it("is accepted with a query, a scope and an action group that exist", async () => {
    await expect(declareAlert({})).resolves.toMatchObject({ outputs: { name: "stalled" } });
  });

  it.each([
    [{ scopes: ["/subscriptions/x"] }, "The scope '/subscriptions/x' of the alert rule was not found."],
    [{ actions: { actionGroups: ["/soc"] } }, "The action group '/soc' was not found."],
    [{ severity: 5 }, "The severity '5' is not a whole number from 0 to 4."],
    [{ evaluationFrequency: "PT7M" }, "The evaluationFrequency 'PT7M' is invalid. Use one of PT1M, PT5M"],
    [{ windowSize: "30m" }, "The windowSize '30m' is invalid. Use one of PT1M, PT5M"],
    [{ criteria: { allOf: [] } }, "The alert rule has no condition: 'criteria.allOf' is empty."],
    [
      { criteria: { allOf: [{ query: "T", operator: "Below", timeAggregation: "Count" }] } },
      "The operator 'Below' is invalid.",
    ],
    [
      { criteria: { allOf: [{ query: "T", operator: "LessThan", timeAggregation: "Total" }] } },
      "The time aggregation 'Total' needs 'metricMeasureColumn', the column that it aggregates.",
    ],
  ])("is refused with %j", async (changes, message) => {
    await expect(declareAlert(changes)).rejects.toThrow(message);
  });

  it("is refused when its action group's short name is longer than twelve characters", async () => {
    const group = { ...IN_GROUP, actionGroupName: "soc", location: "Global", enabled: true };

    await expect(
      declare(parts.provider, ACTION_GROUP, { ...group, groupShortName: "security-team" }),
    ).rejects.toThrow("'groupShortName' is too long (13): at most 12 characters allowed");
  });
});

describe("a diagnostic setting", () => {
  function declareSetting(changes: Properties) {
    const setting = {
      resourceUri: `${parts.accountId}/blobServices/default`,
      name: "audit",
      workspaceId,
      logs: [{ categoryGroup: "audit", enabled: true }],
    };
    return declare(parts.provider, DIAGNOSTIC_SETTING, merged(setting, changes));
  }

  it("is accepted on the blob service of an account, which needs no declaration", async () => {
    await expect(declareSetting({})).resolves.toMatchObject({ outputs: { name: "audit" } });
  });

  it.each([
    [{ workspaceId: undefined }, "At least one data sink needs to be specified."],
    [{ workspaceId: "/w" }, "The resource '/w' that workspaceId names was not found."],
    [{ logs: [] }, "At least one log or metric category must be given."],
    [{ logs: [{ category: "StorageRead", categoryGroup: "audit" }] }, "exclude each other"],
    [
      { logs: [{ categoryGroup: "audit", retentionPolicy: { enabled: true, days: 7 } }] },
      "Diagnostic settings does not support retention for new diagnostic settings.",
    ],
  ])("is refused with %j", async (changes, message) => {
    await expect(declareSetting(changes)).rejects.toThrow(message);
  });
});

describe("the way of events into a custom table", () => {
  const table = {
    ...IN_GROUP,
    workspaceName: "siem-logs",
    tableName: "MdoEvents_CL",
    plan: "Analytics",
    schema: {
      name: "MdoEvents_CL",
      columns: [
        { name: "TimeGenerated", type: "dateTime" },
        { name: "Raw", type: "dynamic" },
      ],
    },
  };

  async function declareRule(changes: Properties) {
    const endpoint = await declare(parts.provider, ENDPOINT, {
      ...IN_GROUP,
      dataCollectionEndpointName: "dce",
    });
    const rule = {
      ...IN_GROUP,
      dataCollectionRuleName: "dcr",
      dataCollectionEndpointId: endpoint.id,
      streamDeclarations: { "Custom-Mdo": { columns: [{ name: "TimeGenerated", type: "datetime" }] } },
      destinations: { logAnalytics: [{ name: "law", workspaceResourceId: workspaceId }] },
      dataFlows: [{ streams: ["Custom-Mdo"], destinations: ["law"], outputStream: "Custom-MdoEvents_CL" }],
    };
    return await declare(parts.provider, RULE, merged(rule, changes));
  }

  it("is accepted with endpoint, rule and table in one region", async () => {
    await declare(parts.provider, TABLE, table);

    const { outputs } = await declareRule({});
    expect(outputs.immutableId).toMatch(/^dcr-[0-9a-f]{32}$/);
  });

  it.each([
    [{ tableName: "MdoEvents" }, "The table name 'MdoEvents' is invalid"],
    [{ schema: { name: "Other_CL" } }, "The schema name 'Other_CL' is not the table name 'MdoEvents_CL'."],
    [{ schema: { columns: [{ name: "Raw", type: "dynamic" }] } }, "has no column 'TimeGenerated'"],
    [{ schema: { columns: [{ name: "TimeGenerated", type: "datetime" }] } }, "has the type 'datetime'"],
    [{ plan: "Auxiliary" }, "The plan 'Auxiliary' is invalid. Use 'Analytics' or 'Basic'."],
  ])("is refused with the table %j", async (changes, message) => {
    await expect(declare(parts.provider, TABLE, merged(table, changes))).rejects.toThrow(message);
  });

  it.each([
    [{ dataCollectionEndpointId: "/dce2" }, "The data collection endpoint '/dce2' was not found."],
    [{ streamDeclarations: { Mdo: { columns: [] } } }, "The stream 'Mdo' is not named 'Custom-...'."],
    [
      { streamDeclarations: { "Custom-Mdo": { columns: [{ name: "TimeGenerated", type: "dateTime" }] } } },
      "Column 'TimeGenerated' of stream 'Custom-Mdo' has the type 'dateTime'.",
    ],
    [
      { destinations: { logAnalytics: [{ name: "law", workspaceResourceId: "/w" }] } },
      "The workspace '/w' of destination 'law' was not found.",
    ],
    [{ dataFlows: [{ streams: ["Custom-Other"] }] }, "stream 'Custom-Other', which is not declared"],
    [
      { dataFlows: [{ streams: ["Custom-Mdo"], destinations: ["adx"] }] },
      "destination 'adx', which is not declared",
    ],
    [
      {},
      "InvalidOutputTable: Table for output stream 'Custom-MdoEvents_CL' is not available for destination 'law'.",
    ],
  ])("is refused with the rule %j and no table", async (changes, message) => {
    await expect(declareRule(changes)).rejects.toThrow(message);
  });
});
