import { readFileSync } from "node:fs";
import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import { ResourceGroup } from "@pulumi/azure-native/resources/resourceGroup.js";
import { ScheduledAlertRule } from "@pulumi/azure-native/securityinsights/scheduledAlertRule.js";
import { SentinelOnboardingState } from "@pulumi/azure-native/securityinsights/sentinelOnboardingState.js";
import * as pulumi from "@pulumi/pulumi";
import { SiemIntegration, type TrustedPipeline } from "defender-siem";

const config = new pulumi.Config();
const location = config.require("location");

// A workspace for security alone: Sentinel charges for everything in it, so the poller's telemetry has another one.
const group = new ResourceGroup("soc", { location });
const workspace = new Workspace("soc", {
  resourceGroupName: group.name,
  location,
  sku: { name: "PerGB2018" },
  retentionInDays: 90,
  // Entra identities only: no key opens it.
  features: { disableLocalAuth: true },
});
const sentinel = new SentinelOnboardingState("soc", {
  resourceGroupName: group.name,
  workspaceName: workspace.name,
  // Azure knows no other name for it.
  sentinelOnboardingStateName: "default",
});

const integration = new SiemIntegration("defender", {
  tenantId: config.require("tenantId"),
  location,
  trustedPipelines: config.requireObject<Record<string, TrustedPipeline>>("trustedPipelines"),
  sinks: { sentinel: { kind: "logsIngestion", workspace: { id: workspace.id } } },
});

new ScheduledAlertRule(
  "threats-that-got-through",
  {
    resourceGroupName: group.name,
    workspaceName: workspace.name,
    kind: "Scheduled",
    displayName: "Defender for Office 365: a threat got through",
    description:
      "Phish or malware was delivered to a mailbox, or somebody went on to a link in spite of the warning.",
    severity: "High",
    enabled: true,
    query: readFileSync(new URL("threats-that-got-through.kql", import.meta.url), "utf8"),
    // Microsoft may serve an event days late: each hour looks at what has arrived in it, however old that is.
    queryFrequency: "PT1H",
    queryPeriod: "P7D",
    triggerOperator: "GreaterThan",
    triggerThreshold: 0,
    suppressionEnabled: false,
    suppressionDuration: "PT1H",
    eventGroupingSettings: { aggregationKind: "AlertPerResult" },
    entityMappings: [
      { entityType: "Account", fieldMappings: [{ identifier: "FullName", columnName: "Account" }] },
    ],
    alertDetailsOverride: { alertDisplayNameFormat: "{{Threat}}: {{Account}}" },
    customDetails: { Explorer: "Explorer" },
    tactics: ["InitialAccess"],
    techniques: ["T1566"],
  },
  // Azure checks the query against the table, which the integration makes, and takes rules in an onboarded workspace only.
  { dependsOn: [sentinel, integration] },
);

export const workspaceId = workspace.id;
export const { eventsUrl, subscriptions, sinks } = integration;
