import type { ResourceType } from "../resourceType.ts";
import { actionGroup, metricAlert, scheduledQueryRule } from "./alerts.ts";
import { component, workbook } from "./applicationInsights.ts";
import { appServicePlan } from "./appServicePlan.ts";
import { webAppFtpAllowed, webAppScmAllowed } from "./basicPublishing.ts";
import { dataCollectionEndpoint, dataCollectionRule } from "./dataCollection.ts";
import { diagnosticSetting } from "./diagnosticSetting.ts";
import { eventHub, eventHubConsumerGroup, eventHubsNamespace } from "./eventHubs.ts";
import { secret, vault } from "./keyVault.ts";
import { table, workspace } from "./logAnalytics.ts";
import { userAssignedIdentity } from "./managedIdentity.ts";
import { managementLockByScope } from "./managementLock.ts";
import { privateZone, virtualNetworkLink } from "./privateDns.ts";
import { privateDnsZoneGroup, privateEndpoint } from "./privateLink.ts";
import { resourceGroup } from "./resourceGroup.ts";
import { roleAssignment } from "./roleAssignment.ts";
import { scheduledAlertRule, sentinelOnboardingState } from "./sentinel.ts";
import { blobContainer, blobServiceProperties, managementPolicy, storageAccount } from "./storage.ts";
import { subnet, virtualNetwork } from "./virtualNetwork.ts";
import { webApp } from "./webApp.ts";

/** Every type of resource that the local subscription has. A type that is not here is refused, never ignored. */
export const RESOURCE_TYPES: readonly ResourceType[] = [
  resourceGroup,
  storageAccount,
  blobContainer,
  blobServiceProperties,
  managementPolicy,
  virtualNetwork,
  subnet,
  privateEndpoint,
  privateDnsZoneGroup,
  privateZone,
  virtualNetworkLink,
  userAssignedIdentity,
  roleAssignment,
  managementLockByScope,
  appServicePlan,
  webApp,
  webAppScmAllowed,
  webAppFtpAllowed,
  workspace,
  table,
  sentinelOnboardingState,
  scheduledAlertRule,
  component,
  workbook,
  actionGroup,
  scheduledQueryRule,
  metricAlert,
  diagnosticSetting,
  dataCollectionEndpoint,
  dataCollectionRule,
  eventHubsNamespace,
  eventHub,
  eventHubConsumerGroup,
  vault,
  secret,
];

/** @throws Error when the local subscription does not have the type */
export function resourceTypeOf(token: string): ResourceType {
  const type = RESOURCE_TYPES.find(candidate => candidate.token === token);
  if (type !== undefined) return type;
  throw new Error(
    `The local tenant has no ${token}. It has ${RESOURCE_TYPES.map(known => known.token.slice("azure-native:".length)).join(", ")}. ` +
      "Add the type to local/azure/resourceTypes with the rules that Azure has for it.",
  );
}
