import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import type { IntegrationMonitoring } from "../integration/integrationMonitoring.ts";
import type { SiemIntegrationArgs } from "../integration/siemIntegrationArgs.ts";
import type { ManagedTenant } from "../poller/managedTenantList.ts";
import type { OnDestroy } from "../subscription/auditSubscription.ts";
import type { TenantsPlatform } from "./tenantsPlatform.ts";

/** What is the same for many tenants as for one. */
type SharedArgs = Pick<
  SiemIntegrationArgs,
  | "location"
  | "pollIntervalMinutes"
  | "selfHeal"
  | "retentionDays"
  | "trustedPipelines"
  | "owners"
  | "readyTimeoutMinutes"
  | "roleAssignments"
  | "resourceGroup"
  | "names"
  | "sinks"
  | "sinkTokens"
  | "tags"
  | "activityApiUrl"
  | "authorityUrl"
  | "resourceManagerUrl"
>;

export interface ManagedTenantsArgs extends SharedArgs {
  /** Tenant id (a GUID) of the provider's own tenant, in which the application is registered and everything of Azure is. It is collected only when it is among the tenants too. */
  tenantId: pulumi.Input<string>;
  /** Tenants of customers, by a name for each of up to 24 lower-case letters and digits. Plain, since it decides which resources there are. */
  tenants: Record<string, ManagedTenant>;
  /** What a platform stack shares, its output `platform`: application, identity, event store and sinks are then not declared here. Defaults to all of it being declared here. */
  platform?: pulumi.Input<TenantsPlatform>;
  /** Microsoft cloud of the provider's tenant, and of each tenant that names none: commercial, gcc, gccHigh or dod. Plain, since the list is checked against it. Defaults to commercial. */
  cloud?: Cloud;
  /** Content types to subscribe to and collect, for tenants that name none. Plain, since each has a subscription of its own. Defaults to Audit.General, which carries Defender for Office 365. */
  contentTypes?: string[];
  /** Names or numbers of the record types to keep, or `all`, for tenants that name none. Defaults to the four of Defender for Office 365: 28, 41, 47 and 64. */
  recordTypes?: pulumi.Input<pulumi.Input<string | number>[]>;
  /** Name of the application in Entra, which customers read when they consent. Defaults to the name of the component. */
  displayName?: pulumi.Input<string>;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota in every tenant. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** What a destroy, or the end of a customer, does to the subscriptions: `keep` or `stop`, which loses content that was not collected. Defaults to keep. */
  onDestroy?: pulumi.Input<OnDestroy>;
  /** Telemetry, alerts and a workbook, which name the tenant. Defaults to all of them, with nobody told by mail. */
  monitoring?: IntegrationMonitoring;
}
