/**
 * What a user may construct.
 *
 * The components import Azure's and Entra's classes from files of their own: the index of a namespace loads hundreds of
 * modules, which every preview would wait for.
 */
export { Cloud } from "../activity-api/clouds.ts";
export { ContentType } from "../activity-api/contentTypes.ts";
export { ActivityFeedRole, AdminConsent } from "./activityFeedGrants.ts";
export {
  type ActivityFeedPrerequisitesArgs,
  activityFeedPrerequisites,
  type CheckedTenant,
} from "./activityFeedPrerequisites.ts";
export { ApplicationKey, type ApplicationKeyArgs } from "./applicationKey.ts";
export {
  AppRegistration,
  type AppRegistrationArgs,
  type ExistingApplication,
  type KnownCertificate,
  type TrustedPipeline,
} from "./appRegistration.ts";
export {
  AuditSubscription,
  type AuditSubscriptionArgs,
  OnDestroy,
  type SubscriptionWebhook,
  type SubscriptionWebhookArgs,
} from "./auditSubscription.ts";
export { AuditSubscriptions, type AuditSubscriptionsArgs } from "./auditSubscriptions.ts";
export type { PlannedDeployment } from "./deployer/needs.ts";
export { DeployerPrerequisites, type DeployerPrerequisitesArgs } from "./deployerPrerequisites.ts";
export type { EventHubsSinkArgs, ExistingEventHub } from "./eventHubsSink.ts";
export { EventStore, type EventStoreArgs } from "./eventStore.ts";
export type {
  ExistingDnsZones,
  ExistingResourceGroup,
  ExistingStorageAccount,
  ExistingVirtualNetwork,
} from "./existingResources.ts";
export type { ManagedIdentity } from "./flexFunctionApp.ts";
export { FunctionPackage, type FunctionPackageArgs } from "./functionPackage.ts";
export { IdentityAccess, type IdentityAccessArgs } from "./identityAccess.ts";
export type { IntegrationMonitoring } from "./integrationMonitoring.ts";
export type { LogsIngestionSinkArgs } from "./logsIngestionSink.ts";
export { type LogAnalyticsWorkspace, Monitoring, type MonitoringArgs } from "./monitoring.ts";
export { Poller, type PollerArgs, type PollerKey, type PollerStore } from "./poller.ts";
export { PollerCredential } from "./pollerCredential.ts";
export {
  NetworkMode,
  PrivateNetwork,
  type PrivateNetworkArgs,
  type PrivateNetworkParts,
} from "./privateNetwork.ts";
export type { ResourceNames } from "./resourceNames.ts";
export { RoleAssignments } from "./roleAssignments.ts";
export { SiemIntegration, type SiemIntegrationArgs } from "./siemIntegration.ts";
export type { SinkArgs } from "./sinks.ts";
export type { ExistingSecret, SplunkHecSinkArgs } from "./splunkHecSink.ts";
export { VaultCertificate, type VaultCertificateArgs } from "./vaultCertificate.ts";
export type { ExistingWorkspace } from "./workspace.ts";
