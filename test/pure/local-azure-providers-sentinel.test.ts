import { beforeEach, describe, expect, it } from "vitest";
import { type DeclaredParts, declare, declaredParts } from "./localSubscriptionFixture.ts";

const IN_WORKSPACE = { resourceGroupName: "siem-rg", workspaceName: "soc-logs" };
const ONBOARDING = "azure-native:securityinsights:SentinelOnboardingState";
const ALERT_RULE = "azure-native:securityinsights:ScheduledAlertRule";

const onboarding = { ...IN_WORKSPACE, sentinelOnboardingStateName: "default" };
const alertRule = {
  ...IN_WORKSPACE,
  ruleId: "threats",
  kind: "Scheduled",
  displayName: "Threats",
  severity: "High",
  enabled: true,
  query: "DefenderEvents_CL | where RecordType == 28",
  queryFrequency: "PT1H",
  queryPeriod: "P7D",
  triggerOperator: "GreaterThan",
  triggerThreshold: 0,
  suppressionEnabled: false,
  suppressionDuration: "PT1H",
};

let provider: DeclaredParts["provider"];

beforeEach(async () => {
  ({ provider } = await declaredParts());
  await declare(provider, "azure-native:operationalinsights:Workspace", IN_WORKSPACE);
});

async function declareTable(): Promise<void> {
  await declare(provider, "azure-native:operationalinsights:Table", {
    ...IN_WORKSPACE,
    tableName: "DefenderEvents_CL",
    schema: { name: "DefenderEvents_CL", columns: [{ name: "TimeGenerated", type: "dateTime" }] },
  });
}

describe("Microsoft Sentinel", () => {
  it("is turned on for a workspace by one name only", async () => {
    const other = { ...onboarding, sentinelOnboardingStateName: "soc" };
    await expect(declare(provider, ONBOARDING, other)).rejects.toThrow(
      "The onboarding state 'soc' is invalid: its name has to be 'default'.",
    );
    await declare(provider, ONBOARDING, onboarding);
  });

  it("takes rules only in a workspace for which it is turned on", async () => {
    await declareTable();
    await expect(declare(provider, ALERT_RULE, alertRule)).rejects.toThrow(
      "is not onboarded to Microsoft Sentinel",
    );
    await declare(provider, ONBOARDING, onboarding);
    await declare(provider, ALERT_RULE, alertRule);
  });

  it("takes no rule on a table that is not there", async () => {
    await declare(provider, ONBOARDING, onboarding);
    await expect(declare(provider, ALERT_RULE, alertRule)).rejects.toThrow(
      "the table 'DefenderEvents_CL' does not exist",
    );
  });

  it.each([
    [{ queryPeriod: "PT30M" }, "'queryPeriod' is shorter than 'queryFrequency'."],
    [{ queryFrequency: "PT5M" }, "A rule that looks back two days or more may run once an hour at most."],
    [{ queryPeriod: "P30D" }, "The duration 'P30D' is not between PT5M and P14D."],
  ])("takes no rule with %j", async (changes, message) => {
    await declareTable();
    await declare(provider, ONBOARDING, onboarding);
    await expect(declare(provider, ALERT_RULE, { ...alertRule, ...changes })).rejects.toThrow(message);
  });
});
