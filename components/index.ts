/**
 * What a user may construct.
 *
 * The components import Azure's and Entra's classes from files of their own: the index of a namespace loads hundreds of
 * modules, which every preview would wait for.
 */
export { Cloud } from "../activity-api/clouds.ts";
export { ContentType } from "../activity-api/contentTypes.ts";
export { CredentialKind } from "../activity-api/credentialKind.ts";
export { CheckState, type PrerequisiteCheck } from "../activity-api/prerequisites/check.ts";
export { ActivityFeedRole, AdminConsent } from "./application/activityFeedGrants.ts";
export { ApplicationKey, type ApplicationKeyArgs } from "./application/applicationKey.ts";
export {
  AppRegistration,
  type AppRegistrationArgs,
  type ExistingApplication,
  type KnownCertificate,
  SignInAudience,
  type TrustedPipeline,
} from "./application/appRegistration.ts";
export { IdentityAccess, type IdentityAccessArgs } from "./application/identityAccess.ts";
export { PollerCredential } from "./application/pollerCredential.ts";
export type {
  ExistingDnsZones,
  ExistingResourceGroup,
  ExistingStorageAccount,
  ExistingVirtualNetwork,
} from "./azure/existingResources.ts";
export type { ResourceNames } from "./azure/resourceNames.ts";
export { RoleAssignments } from "./azure/roleAssignments.ts";
export { DeployerPrerequisites, type DeployerPrerequisitesArgs } from "./deployer/deployerPrerequisites.ts";
export type { PlannedDeployment } from "./deployer/needs.ts";
export { FunctionPackage, type FunctionPackageArgs } from "./functionPackage/functionPackage.ts";
export type { IntegrationMonitoring } from "./integration/integrationMonitoring.ts";
export { SiemIntegration } from "./integration/siemIntegration.ts";
export type { SiemIntegrationArgs } from "./integration/siemIntegrationArgs.ts";
export { type LogAnalyticsWorkspace, Monitoring, type MonitoringArgs } from "./monitoring/monitoring.ts";
export type { ExistingWorkspace } from "./monitoring/workspace.ts";
export {
  NetworkMode,
  PrivateNetwork,
  type PrivateNetworkArgs,
  type PrivateNetworkParts,
} from "./network/privateNetwork.ts";
export type { ManagedIdentity } from "./poller/flexFunctionApp.ts";
export type { ManagedTenant } from "./poller/managedTenantList.ts";
export { Poller } from "./poller/poller.ts";
export type { PolledTenant, PollerArgs, PollerKey, PollerStore } from "./poller/pollerArgs.ts";
export type { EventHubsSinkArgs, ExistingEventHub } from "./sinks/eventHubsSink.ts";
export type { LogsIngestionSinkArgs } from "./sinks/logsIngestionSink.ts";
export type { SinkArgs } from "./sinks/sinks.ts";
export type { ExistingSecret, SplunkHecSinkArgs } from "./sinks/splunkHecSink.ts";
export { EventStore, type EventStoreArgs } from "./storage/eventStore.ts";
export {
  type ActivityFeedPrerequisitesArgs,
  activityFeedPrerequisites,
  type CheckedTenant,
} from "./subscription/activityFeedPrerequisites.ts";
export {
  AuditSubscription,
  type AuditSubscriptionArgs,
  OnDestroy,
  OnFailure,
  type SubscriptionWebhook,
  type SubscriptionWebhookArgs,
} from "./subscription/auditSubscription.ts";
export { AuditSubscriptions, type AuditSubscriptionsArgs } from "./subscription/auditSubscriptions.ts";
export { ManagedTenants } from "./tenants/managedTenants.ts";
export type { ManagedTenantsArgs } from "./tenants/managedTenantsArgs.ts";
export type { TenantsPlatform } from "./tenants/tenantsPlatform.ts";
export { VaultCertificate, type VaultCertificateArgs } from "./vault/vaultCertificate.ts";
