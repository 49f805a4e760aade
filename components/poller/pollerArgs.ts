import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import type { ResourceNames } from "../azure/resourceNames.ts";
import type { RoleAssignments } from "../azure/roleAssignments.ts";
import type { ExistingWorkspace } from "../monitoring/workspace.ts";
import type { PrivateNetworkParts } from "../network/privateNetwork.ts";
import type { SinkArgs } from "../sinks/sinks.ts";
import type { ManagedIdentity } from "./flexFunctionApp.ts";
import type { ManagedTenant } from "./managedTenantList.ts";

/** Where the poller puts events and its ledger: what `EventStore` gives. */
export interface PollerStore {
  /** URL of the container of events. */
  eventsUrl: pulumi.Input<string>;
  /** Resource id of the container of events. */
  eventsContainerId: pulumi.Input<string>;
  /** URL of the container of the ledger. */
  ledgerUrl: pulumi.Input<string>;
  /** Resource id of the container of the ledger. */
  ledgerContainerId: pulumi.Input<string>;
  /** Whether the identity may write to both already, as whoever keeps them has granted. Plain, since it decides which resources there are. Defaults to false: the roles are assigned here. */
  isGranted?: boolean;
}

/** A key in a vault that signs for the application: what `ApplicationKey` gives. */
export interface PollerKey {
  /** Id of the key, with its version; the poller's identity may sign with it. */
  keyId: pulumi.Input<string>;
  /** SHA-256 of the key's certificate, which the application knows, in hexadecimal digits. */
  thumbprint: pulumi.Input<string>;
}

export interface PollerArgs {
  /** Resource group that holds the function app. */
  resourceGroupName: pulumi.Input<string>;
  /** Azure region. Defaults to the region of the resource group. */
  location?: pulumi.Input<string>;
  /** Tenant id (a GUID) whose events are collected; with tenants, of the tenant that the application and the function app are in, which is collected only when it is listed too. */
  tenantId: pulumi.Input<string>;
  /** Tenants to collect in place of tenantId, by a name for each of up to 24 lower-case letters and digits; each has a timer of its own. Plain, since it decides which functions there are. Defaults to tenantId alone. */
  tenants?: Record<string, ManagedTenant>;
  /** Client id of the application that has ActivityFeed.Read and trusts the poller's identity, or of an identity that has it itself. */
  clientId: pulumi.Input<string>;
  /** What the application is proved with. Defaults to the token of the poller's identity, which the application trusts, or which is the client itself. */
  key?: PollerKey;
  /** Where events and the ledger are kept. */
  store: PollerStore;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Content types to collect; each needs an enabled subscription. Defaults to Audit.General. */
  contentTypes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Names or numbers of the record types to keep, or `all`. Defaults to the four of Defender for Office 365: 28, 41, 47 and 64. */
  recordTypes?: pulumi.Input<pulumi.Input<string | number>[]>;
  /** Minutes between two runs, from 1 to 60. Defaults to 5. */
  pollIntervalMinutes?: pulumi.Input<number>;
  /** Whether the poller enables a wanted subscription at once that it finds not enabled, under the same rules as the resource. Defaults to false: it reports it, and `pulumi up --refresh` heals it. */
  selfHeal?: pulumi.Input<boolean>;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** Identity that the function runs as; it must be trusted by the application, or be the client itself. Defaults to a new one. */
  identity?: ManagedIdentity;
  /** `grant` assigns the Azure roles that the identity needs; `manual` leaves them to another person, see the output manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  roleAssignments?: RoleAssignments;
  /** Network that the function runs in, and from which alone its own storage is reached: a `PrivateNetwork`. Defaults to none. */
  privateNetwork?: PrivateNetworkParts;
  /** Names to give instead of derived ones. Defaults to none. */
  names?: ResourceNames;
  /** Where telemetry goes, which the identity must be allowed to publish: the `connectionString` of `Monitoring`. Defaults to nowhere. */
  telemetryConnectionString?: pulumi.Input<string>;
  /** Further destinations of events, by a name for each of up to 24 lower-case letters and digits. Defaults to none. */
  sinks?: Record<string, SinkArgs>;
  /** Splunk HEC tokens by the name of their sink; kept as secrets. Defaults to none. */
  sinkTokens?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Sinks that another stack keeps and has let the identity in: the output `sinkSettings` of its poller. Defaults to none. */
  sharedSinks?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Log Analytics workspace for sinks of kind logsIngestion that name none. Defaults to none. */
  workspace?: ExistingWorkspace;
  /** Tags of the Azure resources. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
  /** Azure Resource Manager instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: pulumi.Input<string>;
}

/** A tenant among many, as far as who watches the poller needs to know it. */
export interface PolledTenant {
  /** Tenant id. */
  tenantId: string;
  /** Content types that are collected of it. */
  contentTypes: string[];
}
