import * as pulumi from "@pulumi/pulumi";
import * as exported from "../../components/index.ts";
import { CLIENT_ID, SUBSCRIPTION_ID } from "./declare.ts";

/** Wraps a value of an argument: as it is, as an output, as a secret, or not known yet. */
export type Give = <T>(value: T) => pulumi.Input<T>;

/** A component, and a set of arguments in which everything that may be an output is wrapped. */
export interface Example {
  title: string;
  create(name: string, give: Give, opts: pulumi.ComponentResourceOptions): pulumi.ComponentResource;
}

/** Every argument has to be there, if only as undefined: a new one cannot be forgotten here. */
type All<Args> = { [Name in keyof Required<Args>]: Args[Name] };

type Construct<Args> = new (
  name: string,
  args: Args,
  opts?: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

const GROUP = `/subscriptions/${SUBSCRIPTION_ID}/resourceGroups/contoso-siem`;
/** None of those that Azure answers with. */
const TENANT_ID = "fabfabfa-0000-4000-8000-fabfabfabfab";
const GUID = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-${digit.repeat(12)}`;
const SUBNETS = `${GROUP}/providers/Microsoft.Network/virtualNetworks/spoke/subnets`;
const ENDPOINTS = (give: Give) => ({
  activityApiUrl: give("https://activity.contoso.example"),
  authorityUrl: give("https://login.contoso.example"),
  resourceManagerUrl: give("https://management.contoso.example"),
});

const identity = (give: Give) => ({
  id: give(`${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/contoso-poller`),
  clientId: give(GUID("1")),
  principalId: give(GUID("2")),
});
const place = (give: Give) => ({
  resourceGroupName: give("contoso-siem"),
  location: give("uksouth"),
  tags: give({ costCenter: give("soc-4711") }),
});
const ACCOUNT = `${GROUP}/providers/Microsoft.Storage/storageAccounts/contosoarchive`;
const account = (give: Give) => ({
  id: give(ACCOUNT),
  blobEndpoint: give("https://contosoarchive.blob.core.windows.net/"),
});
const workspace = (give: Give) => ({
  id: give(`${GROUP}/providers/Microsoft.OperationalInsights/workspaces/contoso`),
});
const network = (give: Give) => ({
  functionSubnetId: give(`${SUBNETS}/functions`),
  endpointSubnetId: give(`${SUBNETS}/endpoints`),
});
const zone = `${GROUP}/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net`;
const pipelines = (give: Give) => ({
  deployment: { issuer: give("https://ci.contoso.example"), subject: give("repo:contoso/siem") },
});
const names = (give: Give) => ({
  resourceGroup: give("rg-siem-prod"),
  identity: give("id-siem-prod"),
  eventStorage: give("stsiemeventsprod"),
  hostStorage: give("stsiemhostprod"),
  functionApp: give("func-siem-prod"),
  plan: give("plan-siem-prod"),
  virtualNetwork: give("vnet-siem-prod"),
  workspace: give("log-siem-prod"),
});
const sinks = (give: Give): Record<string, exported.SinkArgs> => ({
  hub: { kind: "eventHubs", hub: undefined, partitionCount: give(8) },
  sentinel: { kind: "logsIngestion", workspace: undefined, retentionDays: give(30) },
  splunk: {
    kind: "splunkHec",
    url: give("https://splunk.contoso.example:8088"),
    index: give("defender-index"),
    sourcetype: give("defender:events"),
    tokenSecret: undefined,
  },
});
const existingSinks = (give: Give): Record<string, exported.SinkArgs> => ({
  hub: {
    kind: "eventHubs",
    hub: {
      id: give(`${GROUP}/providers/Microsoft.EventHub/namespaces/contoso/eventhubs/defender`),
      endpoint: give("https://hubs.contoso.example"),
    },
    partitionCount: undefined,
  },
  sentinel: {
    kind: "logsIngestion",
    workspace: { ...workspace(give), location: give("ukwest") },
    retentionDays: undefined,
  },
  splunk: {
    kind: "splunkHec",
    url: give("https://splunk.contoso.example:8088"),
    index: undefined,
    sourcetype: undefined,
    tokenSecret: {
      uri: give("https://contoso.vault.azure.net/secrets/splunk"),
      id: give(`${GROUP}/providers/Microsoft.KeyVault/vaults/contoso`),
    },
  },
});
const sinkTokens = (give: Give) => give({ splunk: give("8f1c8d9e-0000-4000-8000-0123456789ab") });
const store = (give: Give) => ({
  eventsUrl: give("https://contosoarchive.blob.core.windows.net/events"),
  eventsContainerId: give(`${ACCOUNT}/blobServices/default/containers/events`),
  ledgerUrl: give("https://contosoarchive.blob.core.windows.net/ledger"),
  ledgerContainerId: give(`${ACCOUNT}/blobServices/default/containers/ledger`),
});
/** Plain, since their list decides which resources there are. */
const customers = {
  contoso: { tenantId: GUID("a") },
  fabrikam: { tenantId: GUID("b"), cloud: exported.Cloud.gcc, contentTypes: ["Audit.General"] },
};
const polling = (give: Give) => ({
  recordTypes: give([give("ComplianceDLPExchange"), give(47)]),
  pollIntervalMinutes: give(10),
  selfHeal: give(true),
  publisherIdentifier: give(GUID("3")),
});

const classes = new Map<string, unknown>(Object.entries(exported));

/** Each component with all that it can declare, and where that excludes something, once more with the other. */
export const EXAMPLES: Example[] = [
  example<exported.SiemIntegrationArgs>("SiemIntegration", "with everything", give => ({
    ...polling(give),
    ...ENDPOINTS(give),
    tenantId: give(TENANT_ID),
    location: give("uksouth"),
    cloud: give(exported.Cloud.commercial),
    contentTypes: ["Audit.General", "DLP.All"],
    retentionDays: give(180),
    pollerCredential: "certificate",
    adminConsent: "grant",
    roleAssignments: "grant",
    owners: give([give(GUID("4"))]),
    application: undefined,
    trustedPipelines: pipelines(give),
    monitoring: {
      enabled: true,
      alertEmails: [give("soc@contoso.example")],
      stalledAfterMinutes: give(60),
      lagMinutes: give(240),
      workspace: undefined,
    },
    onDestroy: "keep",
    readyTimeoutMinutes: give(30),
    displayName: give("Defender feed"),
    network: "private",
    virtualNetwork: undefined,
    resourceGroup: undefined,
    eventStorage: undefined,
    identity: undefined,
    names: names(give),
    sinks: sinks(give),
    sinkTokens: sinkTokens(give),
    tags: give({ costCenter: give("soc-4711") }),
  })),
  example<exported.SiemIntegrationArgs>("SiemIntegration", "with what was there before", give => ({
    ...polling(give),
    ...ENDPOINTS(give),
    tenantId: give(TENANT_ID),
    location: give("uksouth"),
    cloud: give(exported.Cloud.gccHigh),
    contentTypes: undefined,
    retentionDays: undefined,
    pollerCredential: "federatedApp",
    adminConsent: "manual",
    roleAssignments: "manual",
    owners: undefined,
    application: {
      clientId: give(CLIENT_ID),
      objectId: give(GUID("5")),
      servicePrincipalObjectId: give(GUID("6")),
    },
    trustedPipelines: pipelines(give),
    monitoring: {
      enabled: true,
      alertEmails: undefined,
      stalledAfterMinutes: undefined,
      lagMinutes: undefined,
      workspace: workspace(give),
    },
    onDestroy: "stop",
    readyTimeoutMinutes: undefined,
    displayName: undefined,
    network: "private",
    virtualNetwork: { ...network(give), privateDnsZoneIds: { blob: give(zone) } },
    resourceGroup: { name: give("contoso-siem"), location: give("ukwest") },
    eventStorage: account(give),
    identity: identity(give),
    names: undefined,
    sinks: existingSinks(give),
    sinkTokens: undefined,
    tags: undefined,
  })),
  example<exported.AppRegistrationArgs>("AppRegistration", "of its own", give => ({
    tenantId: give(TENANT_ID),
    cloud: give(exported.Cloud.dod),
    displayName: give("Defender feed"),
    signInAudience: undefined,
    roles: ["ActivityFeed.Read", "ActivityFeed.ReadDlp"],
    adminConsent: "manual",
    trustedIdentities: { poller: give(GUID("7")) },
    trustedPipelines: pipelines(give),
    certificates: { poller: { certificate: give("MIIBsiem"), notAfter: give("2027-11-21T00:00:00Z") } },
    owners: give([give(GUID("4"))]),
    application: undefined,
    authorityUrl: give("https://login.contoso.example"),
  })),
  example<exported.IdentityAccessArgs>("IdentityAccess", "of an identity", give => ({
    identity: identity(give),
    cloud: give(exported.Cloud.gccHigh),
    roles: ["ActivityFeed.Read"],
    adminConsent: "grant",
  })),
  example<exported.ApplicationKeyArgs>("ApplicationKey", "of an application", give => ({
    ...place(give),
    tenantId: give(TENANT_ID),
    signers: { poller: give(GUID("7")) },
    roleAssignments: "manual",
    cloud: give(exported.Cloud.gccHigh),
    authorityUrl: give("https://login.contoso.example"),
  })),
  example<exported.AuditSubscriptionsArgs>("AuditSubscriptions", "of two content types", give => ({
    tenantId: give(TENANT_ID),
    clientId: give(CLIENT_ID),
    contentTypes: ["Audit.General", "Audit.Exchange"],
    cloud: give(exported.Cloud.gcc),
    publisherIdentifier: give(GUID("3")),
    onDestroy: give(exported.OnDestroy.stop),
    onFailure: give(exported.OnFailure.record),
    readyTimeoutMinutes: give(30),
    credential: give("auto" as const),
    grantId: give("grant-4711"),
    activityApiUrl: give("https://activity.contoso.example"),
    authorityUrl: give("https://login.contoso.example"),
  })),
  example<exported.EventStoreArgs>("EventStore", "of its own", give => ({
    ...place(give),
    retentionDays: give(180),
    eventStorage: undefined,
    privateNetwork: { ...network(give), blobDnsZoneId: give(zone) },
    names: names(give),
  })),
  example<exported.EventStoreArgs>("EventStore", "in an account that was there before", give => ({
    ...place(give),
    retentionDays: undefined,
    eventStorage: account(give),
    privateNetwork: undefined,
    names: undefined,
  })),
  example<exported.PrivateNetworkArgs>("PrivateNetwork", "of its own", give => ({
    ...place(give),
    cloud: give(exported.Cloud.gccHigh),
    virtualNetwork: undefined,
    names: names(give),
  })),
  example<exported.MonitoringArgs>("Monitoring", "of a poller", give => ({
    ...place(give),
    pollerPrincipalObjectId: give(GUID("2")),
    eventStoreAccountId: give(ACCOUNT),
    workspace: workspace(give),
    eventsTable: give("DefenderEvents_CL"),
    hasSinks: true,
    tenantNames: ["contoso", "fabrikam"],
    alertEmails: [give("soc@contoso.example")],
    pollIntervalMinutes: give(10),
    stalledAfterMinutes: give(60),
    lagMinutes: give(240),
  })),
  example<exported.PollerArgs>("Poller", "with every sink", give => ({
    ...place(give),
    ...polling(give),
    ...ENDPOINTS(give),
    tenantId: give(TENANT_ID),
    clientId: give(CLIENT_ID),
    tenants: undefined,
    sharedSinks: give({ SIEM_SINK_SHARED: give("the setting of a shared sink") }),
    key: { keyId: give("https://contoso.vault.azure.net/keys/application/01"), thumbprint: give("AB01") },
    store: store(give),
    cloud: give(exported.Cloud.gccHigh),
    contentTypes: give([give("Audit.General"), give("Audit.Exchange")]),
    identity: undefined,
    roleAssignments: "grant",
    privateNetwork: { ...network(give), blobDnsZoneId: give(zone) },
    names: names(give),
    telemetryConnectionString: give("InstrumentationKey=22222222-3333-4444-8555-666666666666"),
    sinks: sinks(give),
    sinkTokens: sinkTokens(give),
    workspace: workspace(give),
  })),
  example<exported.ManagedTenantsArgs>("ManagedTenants", "with a platform of its own", give => ({
    ...polling(give),
    ...ENDPOINTS(give),
    tenantId: give(TENANT_ID),
    location: give("uksouth"),
    tenants: customers,
    platform: undefined,
    cloud: "commercial",
    contentTypes: ["Audit.General", "Audit.Exchange"],
    retentionDays: give(180),
    trustedPipelines: pipelines(give),
    owners: give([give(GUID("4"))]),
    displayName: give("Defender feed"),
    onDestroy: give(exported.OnDestroy.stop),
    readyTimeoutMinutes: give(30),
    roleAssignments: "manual",
    monitoring: { enabled: true, alertEmails: [give("soc@contoso.example")], lagMinutes: give(240) },
    resourceGroup: undefined,
    names: names(give),
    sinks: sinks(give),
    sinkTokens: sinkTokens(give),
    tags: give({ costCenter: give("soc-4711") }),
  })),
  example<exported.ManagedTenantsArgs>("ManagedTenants", "on the platform of another stack", give => ({
    ...polling(give),
    ...ENDPOINTS(give),
    tenantId: give(TENANT_ID),
    location: give("uksouth"),
    tenants: customers,
    platform: give({
      clientId: give(CLIENT_ID),
      identity: identity(give),
      store: store(give),
      sinkSettings: give({ SIEM_SINK_SHARED: give("the setting of a shared sink") }),
    }),
    cloud: undefined,
    contentTypes: undefined,
    retentionDays: undefined,
    trustedPipelines: undefined,
    owners: undefined,
    displayName: undefined,
    onDestroy: undefined,
    readyTimeoutMinutes: undefined,
    roleAssignments: undefined,
    monitoring: undefined,
    resourceGroup: { name: give("contoso-siem") },
    names: undefined,
    sinks: undefined,
    sinkTokens: undefined,
    tags: undefined,
  })),
];

/** The components that may be constructed: whoever adds one finds out here that it has habits to keep. */
export const COMPONENTS: string[] = Object.entries(exported)
  .filter(([, value]) => typeof value === "function" && value.prototype instanceof pulumi.ComponentResource)
  .map(([name]) => name);

/** The resources that are no components, each with the arguments that it needs. */
export const CUSTOM_RESOURCES: [
  string,
  (name: string, opts: pulumi.CustomResourceOptions) => pulumi.CustomResource,
][] = [
  [
    "AuditSubscription",
    (name, opts) =>
      new exported.AuditSubscription(
        name,
        { tenantId: TENANT_ID, clientId: CLIENT_ID, contentType: "Audit.General" },
        opts,
      ),
  ],
  [
    "DeployerPrerequisites",
    (name, opts) =>
      new exported.DeployerPrerequisites(
        name,
        { tenantId: TENANT_ID, registersApplication: true, grantsConsent: true, assignsRoles: true },
        opts,
      ),
  ],
  [
    "FunctionPackage",
    (name, opts) =>
      new exported.FunctionPackage(
        name,
        {
          functionAppId: `${GROUP}/providers/Microsoft.Web/sites/contoso`,
          scmHostName: "contoso.scm.azurewebsites.net",
          packagePath: "dist/poller.zip",
          contentHash: "0".repeat(64),
          tenantId: TENANT_ID,
        },
        opts,
      ),
  ],
  [
    "VaultCertificate",
    (name, opts) =>
      new exported.VaultCertificate(
        name,
        { vaultUri: "https://contoso.vault.azure.net/", certificateName: "reader", tenantId: TENANT_ID },
        opts,
      ),
  ],
];

function example<Args>(
  component: keyof typeof exported,
  title: string,
  args: (give: Give) => All<Args>,
): Example {
  const Component = classes.get(component) as unknown as Construct<All<Args>>;
  return {
    title: `${component} ${title}`,
    create: (name, give, opts) => new Component(name, args(give), opts),
  };
}
