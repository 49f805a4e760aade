/** What watches the poller, as it is declared. That the queries mean what they say is proven in test/pure/alerts.test.ts. */
import { describe, expect, it } from "vitest";
import { Monitoring, type MonitoringArgs } from "../../components/monitoring/monitoring.ts";
import type { WorkbookDocument } from "../../components/monitoring/workbookItems.ts";
import { CONNECTION_STRING, declare, inventory, only, SUBSCRIPTION_ID, workspaceId } from "./declare.ts";

const SHARED_WORKSPACE =
  "/subscriptions/0a0a0a0a-0000-4000-8000-000000000003/resourceGroups/shared/providers/Microsoft.OperationalInsights/workspaces/logs";
const COMPONENT = "azure-native:applicationinsights:Component";
const WORKBOOK = "azure-native:applicationinsights:Workbook";
const ACTION_GROUP = "azure-native:monitor:ActionGroup";
const RULE = "azure-native:monitor:ScheduledQueryRule";

function watch(args: Partial<MonitoringArgs> = {}, name = "defender") {
  return declare(
    () =>
      new Monitoring(name, {
        resourceGroupName: "siem",
        location: "westeurope",
        pollerPrincipalObjectId: "object-id-of-identity",
        ...args,
      }),
  );
}

describe("Monitoring", () => {
  it("declares exactly these resources by itself", async () => {
    const { resources } = await watch();
    expect(inventory(resources)).toEqual([
      `${COMPONENT} defender`,
      `${WORKBOOK} defender-workbook`,
      "azure-native:authorization:RoleAssignment defender-publishes-telemetry",
      `${RULE} defender-behind`,
      `${RULE} defender-content-given-up`,
      `${RULE} defender-failing`,
      `${RULE} defender-lag`,
      `${RULE} defender-old-code`,
      `${RULE} defender-stalled`,
      `${RULE} defender-subscription-disabled`,
      `${RULE} defender-throttled`,
      "azure-native:operationalinsights:Workspace defender-logs",
    ]);
  });

  it("takes telemetry by Entra identity only, and of the poller's only", async () => {
    const { resources } = await watch();
    expect(only(resources, COMPONENT).inputs).toMatchObject({
      disableLocalAuth: true,
      ingestionMode: "LogAnalytics",
      workspaceResourceId: workspaceId("defender-logs"),
    });
    expect(only(resources, "azure-native:authorization:RoleAssignment").inputs).toMatchObject({
      scope: "/mock/defender",
      principalId: "object-id-of-identity",
      principalType: "ServicePrincipal",
      roleDefinitionId: `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/3913510d-42f4-4e42-8a64-420c390055eb`,
    });
  });

  it("writes to a workspace that it is given, and declares none", async () => {
    const { resources, exposed } = await watch({ workspace: { id: SHARED_WORKSPACE } });
    expect(inventory(resources).join()).not.toContain("operationalinsights");
    expect(only(resources, COMPONENT).inputs.workspaceResourceId).toBe(SHARED_WORKSPACE);
    expect(only(resources, RULE, "defender-stalled").inputs.scopes).toEqual([SHARED_WORKSPACE]);
    expect(exposed.workspaceId).toBe(SHARED_WORKSPACE);
  });

  it("declares a dead man's alert that fires when no run has completed within the time", async () => {
    const { resources } = await watch({ stalledAfterMinutes: 40 });
    const { inputs } = only(resources, RULE, "defender-stalled");
    expect(inputs).toMatchObject({
      enabled: true,
      severity: 1,
      windowSize: "PT45M",
      evaluationFrequency: "PT5M",
      autoMitigate: true,
      criteria: {
        allOf: [
          {
            metricMeasureColumn: "completed",
            timeAggregation: "Maximum",
            operator: "LessThan",
            threshold: 1,
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
          },
        ],
      },
    });
    const [{ query }] = (inputs.criteria as { allOf: [{ query: string }] }).allOf;
    expect(query).toContain("ago(40m)");
    expect(query).toContain('_ResourceId =~ "/mock/defender"');
  });

  it("waits for three runs where they are further apart", async () => {
    const { resources } = await watch({ pollIntervalMinutes: 60 });
    expect(only(resources, RULE, "defender-stalled").inputs.windowSize).toBe("PT3H");
  });

  it("watches sinks when there are some", async () => {
    const { resources } = await watch({ hasSinks: true });
    const names = resources.filter(({ type }) => type === RULE).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["defender-sink-failing", "defender-sink-behind", "defender-events-refused"]),
    );
  });

  it("tells people by mail, and has no action group when there is nobody to tell", async () => {
    const told = await watch({ alertEmails: ["soc@contoso.com"] }, "defender-for-contoso");
    const group = only(told.resources, ACTION_GROUP);
    expect(group.inputs).toMatchObject({
      enabled: true,
      location: "Global",
      groupShortName: "defenderforc",
      emailReceivers: [
        { name: "soc@contoso.com", emailAddress: "soc@contoso.com", useCommonAlertSchema: true },
      ],
    });
    const rules = told.resources.filter(({ type }) => type === RULE);
    for (const { inputs } of rules)
      expect(inputs.actions).toEqual({ actionGroups: ["/mock/defender-for-contoso-people"] });
    const { resources } = await watch();
    expect(inventory(resources).join()).not.toContain(ACTION_GROUP);
    expect(only(resources, RULE, "defender-stalled").inputs.actions).toBeUndefined();
  });

  it("names the workbook by a GUID that is the same in every run and another in every component", async () => {
    const nameOf = async (name: string) =>
      only((await watch({}, name)).resources, WORKBOOK).inputs.resourceName as string;
    const name = await nameOf("defender");
    expect(name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await nameOf("defender")).toBe(name);
    expect(await nameOf("fabrikam")).not.toBe(name);
  });

  it("fills the workbook with queries on its own workspace", async () => {
    const { resources } = await watch();
    const { serializedData, sourceId } = only(resources, WORKBOOK).inputs;
    const { items, fallbackResourceIds } = JSON.parse(serializedData as string) as WorkbookDocument;
    expect(sourceId).toBe(workspaceId("defender-logs"));
    expect(fallbackResourceIds).toEqual([workspaceId("defender-logs")]);
    for (const item of items.filter(({ type }) => type === 3))
      expect(item.content).toMatchObject({ crossComponentResources: [workspaceId("defender-logs")] });
  });

  it("has readers and writers of the event store recorded", async () => {
    const { resources } = await watch({ eventStoreAccountId: "/events/account" });
    expect(only(resources, "azure-native:monitor:DiagnosticSetting").inputs).toMatchObject({
      resourceUri: "/events/account/blobServices/default",
      workspaceId: workspaceId("defender-logs"),
      logs: [{ categoryGroup: "audit", enabled: true }],
    });
  });

  it("registers exactly what it exposes", async () => {
    const { exposed, registered } = await watch();
    expect(exposed).toEqual({
      workspaceId: workspaceId("defender-logs"),
      applicationInsightsId: "/mock/defender",
      connectionString: CONNECTION_STRING,
      workbookId: "/mock/defender-workbook",
    });
    expect(registered).toEqual(exposed);
  });

  it.each([
    [
      { alertEmails: ["soc"] },
      'alertEmails[0]: "soc" is no e-mail address. Write one such as soc@contoso.com.',
    ],
    [
      { workspace: { id: "logs" } },
      'workspace.id: "logs" is not the resource id of a Microsoft.OperationalInsights/workspaces. Use one like ' +
        "/subscriptions/<id>/resourceGroups/<name>/providers/Microsoft.OperationalInsights/workspaces/<name>.",
    ],
    [
      { stalledAfterMinutes: 5 },
      "stalledAfterMinutes: 5 is not a whole number of minutes from 10 to 2880. Two runs must fit in, or an ordinary " +
        "pause would be an alert, and no alert looks back more than two days.",
    ],
    [
      { lagMinutes: 60 },
      "lagMinutes: 60 is not a whole number of minutes from 120 to 10080. Content is usually 60 to 90 minutes late, and " +
        "can be listed for seven days.",
    ],
  ])("refuses %o, and says what to do", async (args, message) => {
    await expect(watch(args)).rejects.toThrow(message);
  });
});
