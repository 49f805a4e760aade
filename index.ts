import * as pulumi from "@pulumi/pulumi";
import {
  type AdminConsent,
  type Cloud,
  type ExistingApplication,
  type ExistingResourceGroup,
  type ExistingStorageAccount,
  type ExistingVirtualNetwork,
  type IntegrationMonitoring,
  type ManagedIdentity,
  type NetworkMode,
  type OnDestroy,
  type PollerCredential,
  type ResourceNames,
  type RoleAssignments,
  SiemIntegration,
  type SinkArgs,
  type TrustedPipeline,
} from "./components/index.ts";

const config = new pulumi.Config();

const integration = new SiemIntegration("defender", {
  tenantId: config.require("tenantId"),
  location: config.require("location"),
  cloud: config.get<Cloud>("cloud"),
  contentTypes: config.getObject<string[]>("contentTypes"),
  recordTypes: config.getObject<string[]>("recordTypes"),
  pollIntervalMinutes: config.getNumber("pollIntervalMinutes"),
  selfHeal: config.getBoolean("selfHeal"),
  retentionDays: config.getNumber("retentionDays"),
  pollerCredential: config.get<PollerCredential>("pollerCredential"),
  adminConsent: config.get<AdminConsent>("adminConsent"),
  roleAssignments: config.get<RoleAssignments>("roleAssignments"),
  owners: config.getObject<string[]>("owners"),
  application: given(config.getObject<ExistingApplication>("application")),
  trustedPipelines: config.getObject<Record<string, TrustedPipeline>>("trustedPipelines"),
  monitoring: config.getObject<IntegrationMonitoring>("monitoring"),
  onDestroy: config.get<OnDestroy>("onDestroy"),
  readyTimeoutMinutes: config.getNumber("readyTimeoutMinutes"),
  publisherIdentifier: config.get("publisherIdentifier") || undefined,
  displayName: config.get("displayName") || undefined,
  network: config.get<NetworkMode>("network"),
  virtualNetwork: config.getObject<ExistingVirtualNetwork>("virtualNetwork"),
  resourceGroup: config.getObject<ExistingResourceGroup>("resourceGroup"),
  eventStorage: config.getObject<ExistingStorageAccount>("eventStorage"),
  identity: config.getObject<ManagedIdentity>("identity"),
  names: config.getObject<ResourceNames>("names"),
  sinks: config.getObject<Record<string, SinkArgs>>("sinks"),
  sinkTokens: config.getSecretObject<Record<string, string>>("sinkTokens"),
  tags: config.getObject<Record<string, string>>("tags"),
  activityApiUrl: config.get("activityApiUrl") || undefined,
  authorityUrl: config.get("authorityUrl") || undefined,
});

export const {
  resourceGroupName,
  clientId,
  grantedRoles,
  consentUrl,
  manualSteps,
  subscriptions,
  eventsUrl,
  eventsContainerId,
  functionAppName,
  pollerPrincipalObjectId,
  sinks,
} = integration;

/** Pulumi.yaml gives every key a default: of what names one existing resource, an empty object is none. */
function given<Existing extends object>(value: Existing | undefined): Existing | undefined {
  return value !== undefined && Object.keys(value).length > 0 ? value : undefined;
}
