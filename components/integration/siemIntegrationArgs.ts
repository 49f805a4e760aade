import type * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../activity-api/clouds.ts";
import type { AdminConsent } from "../application/activityFeedGrants.ts";
import type { ExistingApplication, TrustedPipeline } from "../application/appRegistration.ts";
import type { PollerCredential } from "../application/pollerCredential.ts";
import type {
  ExistingResourceGroup,
  ExistingStorageAccount,
  ExistingVirtualNetwork,
} from "../azure/existingResources.ts";
import type { ResourceNames } from "../azure/resourceNames.ts";
import type { RoleAssignments } from "../azure/roleAssignments.ts";
import type { NetworkMode } from "../network/privateNetwork.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import type { SinkArgs } from "../sinks/sinks.ts";
import type { OnDestroy } from "../subscription/auditSubscription.ts";
import type { IntegrationMonitoring } from "./integrationMonitoring.ts";

/**
 * What an integration is made of. An object or a record in it is plain, since what it names decides which resources there
 * are; each of its values may be an output, as of another resource or a StackReference.
 */
export interface SiemIntegrationArgs {
  /** Tenant id (a GUID) of the tenant whose Defender for Office 365 events are wanted. */
  tenantId: pulumi.Input<string>;
  /** Azure region of every resource, such as westeurope. */
  location: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Content types to subscribe to and collect. Plain, since each has a subscription of its own. Defaults to Audit.General, which carries Defender for Office 365. */
  contentTypes?: string[];
  /** Names or numbers of the record types to keep, or `all`. Defaults to the four of Defender for Office 365: 28, 41, 47 and 64. */
  recordTypes?: pulumi.Input<pulumi.Input<string | number>[]>;
  /** Minutes between two runs of the poller, from 1 to 60. Defaults to 5. */
  pollIntervalMinutes?: pulumi.Input<number>;
  /** Whether the poller enables a wanted subscription at once that it finds not enabled, under the same rules as the resource. Defaults to false: it reports it, and `pulumi up --refresh` heals it. */
  selfHeal?: pulumi.Input<boolean>;
  /** How many days events are kept, from 8 to 3650. Defaults to 365. */
  retentionDays?: pulumi.Input<number>;
  /**
   * What the poller proves to Entra with. `federatedApp`: an application that trusts its managed identity.
   * `managedIdentity`: the identity itself, without an application; then the poller starts its subscriptions and keeps them
   * enabled, and none is declared. `certificate`: an application with a certificate, whose key stays in a key vault that
   * signs for the managed identity; without trustedPipelines the poller keeps the subscriptions here too. Plain, since it
   * decides which resources there are. Defaults to federatedApp.
   */
  pollerCredential?: PollerCredential;
  /** `grant` consents as code; `manual` leaves it to an administrator, see the outputs consentUrl and manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  adminConsent?: AdminConsent;
  /** `grant` assigns the Azure roles that the poller needs; `manual` leaves them to another person, see the output manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  roleAssignments?: RoleAssignments;
  /** Object ids of owners of the application besides the deployer. Defaults to none. */
  owners?: pulumi.Input<pulumi.Input<string>[]>;
  /** An existing application, which is never changed or deleted; see the output manualSteps for what it has to trust. Defaults to a new one. */
  application?: ExistingApplication;
  /** Pipelines that may act as the application, by a name for each; the one that runs this program must be among them. Defaults to none. */
  trustedPipelines?: Record<string, TrustedPipeline>;
  /** Telemetry, alerts and a workbook. Defaults to all of them, with nobody told by mail. */
  monitoring?: IntegrationMonitoring;
  /** What a destroy does to the subscriptions: `keep` or `stop`, which loses content that was not collected. Plain, since `stop` is refused before anything is created where nothing here could stop them. Defaults to keep. */
  onDestroy?: OnDestroy;
  /** Minutes that a new subscription may take until the service shows it as enabled. Defaults to 20. */
  readyTimeoutMinutes?: pulumi.Input<number>;
  /** Tenant id (a GUID) of the company that wrote the client, which gives its own request quota. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** Name of the application in Entra. Defaults to the name of the component. */
  displayName?: pulumi.Input<string>;
  /** `public`: storage is open to Entra identities from any network; `private`: to one virtual network only, which the function runs in. Plain, since it decides which resources there are. Defaults to public. */
  network?: NetworkMode;
  /** Existing subnets, and private DNS zones, for the private network. Defaults to a virtual network of its own. */
  virtualNetwork?: ExistingVirtualNetwork;
  /** Existing resource group; what is declared goes into it. Defaults to a new one. */
  resourceGroup?: ExistingResourceGroup;
  /** Existing storage account for events and ledger: two containers are declared in it, and nothing else is touched. Defaults to a new one. */
  eventStorage?: ExistingStorageAccount;
  /** Existing user-assigned managed identity that the poller runs as. Defaults to a new one. */
  identity?: ManagedIdentity;
  /** Names of resources, in place of derived and generated ones. Defaults to none. */
  names?: ResourceNames;
  /** Further destinations of events beside the event store, by a name for each of up to 24 lower-case letters and digits. Defaults to none. */
  sinks?: Record<string, SinkArgs>;
  /** Splunk HEC tokens by the name of their sink; kept as secrets. Defaults to none. */
  sinkTokens?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Tags of every Azure resource. Defaults to none. */
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
  /** Azure Resource Manager for the look at the deployer's rights instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  resourceManagerUrl?: pulumi.Input<string>;
}
