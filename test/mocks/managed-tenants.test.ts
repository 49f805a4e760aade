import { describe, expect, it } from "vitest";
import { ManagedTenants, type ManagedTenantsArgs } from "../../components/index.ts";
import {
  CLIENT_ID,
  type Declared,
  declare,
  IDENTITY_CLIENT_ID,
  inventory,
  only,
  TENANT_ID,
} from "./declare.ts";

const CONTOSO = "aaaaaaaa-2222-4333-8444-555555555555";
const FABRIKAM = "bbbbbbbb-2222-4333-8444-555555555555";
const APPLICATION = "azuread:index/application:Application";
const SUBSCRIPTION = "pulumi-nodejs:dynamic/defender-siem:AuditSubscription";
const GRANT = "azure-native:authorization:RoleAssignment";
const RULE = "azure-native:monitor:ScheduledQueryRule";

const tenants = {
  contoso: { tenantId: CONTOSO },
  fabrikam: { tenantId: FABRIKAM, cloud: "gcc", contentTypes: ["Audit.General", "audit.exchange"] },
} as const;

const platform = {
  clientId: CLIENT_ID,
  identity: { id: "/identity", clientId: IDENTITY_CLIENT_ID, principalId: "its-object-id" },
  store: {
    eventsUrl: "https://platform.blob.core.windows.net/events",
    eventsContainerId: "/events",
    ledgerUrl: "https://platform.blob.core.windows.net/ledger",
    ledgerContainerId: "/ledger",
  },
  sinkSettings: { SIEM_SINK_HUB: '{"kind":"eventHubs"}' },
};

function manage(args: Partial<ManagedTenantsArgs> = {}) {
  const all = { tenantId: TENANT_ID, location: "westeurope", tenants, ...args } as ManagedTenantsArgs;
  return declare(() => new ManagedTenants("soc", all));
}

function settingsOf(resources: Declared[]): Record<string, string> {
  const { siteConfig } = only(resources, "azure-native:web:WebApp").inputs;
  const { appSettings } = siteConfig as { appSettings: { name: string; value: string }[] };
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]));
}

describe("ManagedTenants", () => {
  it("declares one application, one store and one poller for all, and the subscriptions of each", async () => {
    const { resources } = await manage({ monitoring: { enabled: false } });
    expect(inventory(resources)).toEqual([
      `${GRANT} soc-owns-host-storage`,
      `${GRANT} soc-writes-events`,
      `${GRANT} soc-writes-ledger`,
      "azure-native:managedidentity:UserAssignedIdentity soc-identity",
      "azure-native:resources:ResourceGroup soc",
      "azure-native:storage:BlobContainer soc-events",
      "azure-native:storage:BlobContainer soc-ledger",
      "azure-native:storage:BlobContainer soc-packages",
      "azure-native:storage:BlobServiceProperties soc-blobs",
      "azure-native:storage:BlobServiceProperties soc-host-blobs",
      "azure-native:storage:ManagementPolicy soc-lifecycle",
      "azure-native:storage:StorageAccount soc",
      "azure-native:storage:StorageAccount soc-host",
      "azure-native:web:AppServicePlan soc-plan",
      "azure-native:web:WebApp soc",
      "azure-native:web:WebAppFtpAllowed soc-ftp",
      "azure-native:web:WebAppScmAllowed soc-scm",
      `${APPLICATION} soc`,
      "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential soc-trusts-poller",
      "azuread:index/servicePrincipal:ServicePrincipal soc-principal",
      `${SUBSCRIPTION} soc-contoso-Audit.General`,
      `${SUBSCRIPTION} soc-fabrikam-Audit.Exchange`,
      `${SUBSCRIPTION} soc-fabrikam-Audit.General`,
      "pulumi-nodejs:dynamic/defender-siem:DeployerPrerequisites soc",
      "pulumi-nodejs:dynamic/defender-siem:FunctionPackage soc-code",
    ]);
  });

  it("asks every tenant for one role of one application, and takes none in its own tenant", async () => {
    const { resources, exposed } = await manage();
    expect(only(resources, APPLICATION).inputs).toMatchObject({ signInAudience: "AzureADMultipleOrgs" });
    expect(resources.filter(({ type }) => type.includes("AppRoleAssignment"))).toEqual([]);
    expect(exposed.manualSteps).toEqual([]);
    const url = (tenantId: string) =>
      `https://login.microsoftonline.com/${tenantId}/adminconsent?client_id=${CLIENT_ID}`;
    expect(exposed.consentUrls).toEqual({ contoso: url(CONTOSO), fabrikam: url(FABRIKAM) });
  });

  it("lets each subscription fail alone, with the provider's own quota in every tenant", async () => {
    const { resources, exposed } = await manage();
    const shared = { clientId: CLIENT_ID, publisherIdentifier: TENANT_ID, onFailure: "record" };
    expect(only(resources, SUBSCRIPTION, "soc-contoso-Audit.General").inputs).toMatchObject({
      ...shared,
      tenantId: CONTOSO,
      cloud: "commercial",
    });
    expect(only(resources, SUBSCRIPTION, "soc-fabrikam-Audit.Exchange").inputs).toMatchObject({
      ...shared,
      tenantId: FABRIKAM,
      cloud: "gcc",
    });
    expect(exposed.subscriptions).toEqual({
      contoso: { "Audit.General": "enabled" },
      fabrikam: { "Audit.General": "enabled", "Audit.Exchange": "enabled" },
    });
    expect(exposed.failedTenants).toEqual({});
  });

  it("gives the poller a function, a schedule and settings for each tenant, and no tenant of its own", async () => {
    const { resources } = await manage({ pollIntervalMinutes: 10 });
    const settings = settingsOf(resources);
    expect(settings).not.toHaveProperty("SIEM_TENANT_ID");
    expect(settings).not.toHaveProperty("SIEM_POLL_SCHEDULE");
    expect(settings.SIEM_PUBLISHER_ID).toBe(TENANT_ID);
    expect(JSON.parse(settings.SIEM_MANAGED_TENANT_FABRIKAM!)).toEqual({
      tenantId: FABRIKAM,
      cloud: "gcc",
      contentTypes: ["Audit.General", "Audit.Exchange"],
    });
    const schedules = ["CONTOSO", "FABRIKAM"].map(name => settings[`SIEM_POLL_SCHEDULE_${name}`]);
    for (const schedule of schedules) expect(schedule).toMatch(/^\d{1,2} \d-59\/10 \* \* \* \*$/);
    expect(new Set(schedules).size).toBe(2);
    expect(only(resources, "pulumi-nodejs:dynamic/defender-siem:FunctionPackage").inputs.functions).toEqual([
      "poll-contoso",
      "poll-fabrikam",
    ]);
  });

  it("lets the app have an instance for each tenant, where there are more than regions ask for at least", async () => {
    const id = (index: number) => `aaaaaaaa-2222-4333-8444-${String(index).padStart(12, "0")}`;
    const many = Array.from({ length: 60 }, (_, index) => [`customer${index}`, { tenantId: id(index) }]);
    const { resources } = await manage({ tenants: Object.fromEntries(many) });
    expect(only(resources, "azure-native:web:WebApp").inputs.functionAppConfig).toMatchObject({
      scaleAndConcurrency: { maximumInstanceCount: 60 },
    });
  });

  it("does not change the settings of the others when a tenant comes", async () => {
    const before = settingsOf((await manage()).resources);
    const woodgrove = { tenantId: "cccccccc-2222-4333-8444-555555555555" };
    const after = settingsOf((await manage({ tenants: { ...tenants, woodgrove } as never })).resources);
    const { SIEM_MANAGED_TENANT_WOODGROVE: _, SIEM_POLL_SCHEDULE_WOODGROVE: __, ...others } = after;
    expect(others).toEqual(before);
  });

  it("has alerts that name the tenant", async () => {
    const { resources } = await manage();
    const { criteria } = only(resources, RULE, "soc-stalled").inputs;
    const [condition] = (criteria as { allOf: { query: string; dimensions: object[] }[] }).allOf;
    expect(condition!.query).toContain('["contoso","fabrikam"]');
    expect(condition!.dimensions).toEqual([{ name: "tenant", operator: "Include", values: ["*"] }]);
  });

  it("is the platform of other stacks, also before the first tenant has come", async () => {
    const { resources, exposed } = await manage({ tenants: {}, sinks: { hub: { kind: "eventHubs" } } });
    expect(resources.filter(({ type }) => type === SUBSCRIPTION)).toEqual([]);
    expect(exposed.platform).toEqual({
      clientId: CLIENT_ID,
      identity: {
        id: "/mock/soc-identity",
        clientId: IDENTITY_CLIENT_ID,
        principalId: "object-id-of-identity",
      },
      store: {
        eventsUrl: exposed.eventsUrl,
        eventsContainerId: "/mock/soc-events",
        ledgerUrl: exposed.eventsUrl.replace("/events", "/ledger"),
        ledgerContainerId: "/mock/soc-ledger",
      },
      sinkSettings: { SIEM_SINK_HUB: expect.stringContaining('"kind":"eventHubs"') },
    });
  });

  it("on a platform declares a poller and subscriptions, and grants nothing that the platform has granted", async () => {
    const { resources, exposed } = await manage({ platform });
    for (const type of [APPLICATION, "azure-native:managedidentity:UserAssignedIdentity"])
      expect(resources.filter(resource => resource.type === type)).toEqual([]);
    expect(resources.filter(({ type }) => type === GRANT).map(({ name }) => name)).toEqual([
      "soc-publishes-telemetry",
      "soc-owns-host-storage",
    ]);
    expect(settingsOf(resources)).toMatchObject({
      SIEM_STORE: platform.store.eventsUrl,
      SIEM_SINK_HUB: platform.sinkSettings.SIEM_SINK_HUB,
      SIEM_MANAGED_TENANT_CONTOSO: expect.stringContaining(CONTOSO),
    });
    expect(exposed.platform).toEqual(platform);
  });

  it("registers as outputs exactly what it exposes", async () => {
    const { exposed, registered } = await manage();
    expect(registered).toEqual(exposed);
  });
});

describe("A list of tenants", () => {
  const contoso = tenants.contoso;

  it.each([
    [
      "a name that is none",
      { "contoso-eu": contoso },
      'tenants: "contoso-eu" is not a name for a tenant. Use up to 24 lower-case letters and digits, a letter first',
    ],
    [
      "a tenant id that is none",
      { contoso: { tenantId: "contoso.com" } },
      'tenants.contoso.tenantId: The tenant id "contoso.com" is a domain name',
    ],
    [
      "no tenant id",
      { contoso: {} },
      "tenants.contoso: there is no tenantId. Write the tenant's id, a GUID.",
    ],
    [
      "a property that is none",
      { contoso: { ...contoso, contentType: "Audit.General" } },
      'tenants.contoso: "contentType" is not a property of a tenant. Use tenantId, cloud, contentTypes, recordTypes, requestsPerMinute, sinks.',
    ],
    [
      "a tenant of another login host",
      { agency: { ...contoso, cloud: "gccHigh" } },
      "tenants.agency.cloud: A tenant of gccHigh logs in at login.microsoftonline.us, and the application of this list, " +
        "which is in commercial, at login.microsoftonline.com: neither knows the other's. Declare such tenants in a " +
        "ManagedTenants of their own, with a tenantId and a cloud there and with providers for that Azure.",
    ],
    [
      "one tenant twice",
      { contoso, other: { tenantId: CONTOSO.toUpperCase() } },
      `tenants: contoso and other are the same tenant, ${CONTOSO}. Keep one of them.`,
    ],
    [
      "a content type that is none",
      { contoso: { ...contoso, contentTypes: ["Audit.Genral"] } },
      'tenants.contoso.contentTypes[0]: "Audit.Genral" is not a content type',
    ],
    [
      "a record type that is none",
      { contoso: { ...contoso, recordTypes: ["ThreatInteligence"] } },
      'tenants.contoso.recordTypes[0]: "ThreatInteligence" is not an audit record type',
    ],
    [
      "a quota that is none",
      { contoso: { ...contoso, requestsPerMinute: 0 } },
      "tenants.contoso.requestsPerMinute: 0 is not a whole number of requests from 10 to 1000000.",
    ],
    [
      "a sink that is not there",
      { contoso: { ...contoso, sinks: ["hub"] } },
      'tenants.contoso.sinks: There is no sink "hub". There is none.',
    ],
  ])("with %s is refused, and told what to do", async (_what, list, message) => {
    await expect(manage({ tenants: list as never })).rejects.toThrow(message);
  });

  it("may be of gccHigh and dod together, where the provider is there too", async () => {
    const { resources } = await manage({
      cloud: "gccHigh",
      tenants: { contoso, agency: { tenantId: FABRIKAM, cloud: "dod" } },
    });
    expect(only(resources, SUBSCRIPTION, "soc-contoso-Audit.General").inputs.cloud).toBe("gccHigh");
    expect(only(resources, SUBSCRIPTION, "soc-agency-Audit.General").inputs.cloud).toBe("dod");
  });

  it("with settings that are the platform's is refused", async () => {
    await expect(manage({ platform, retentionDays: 30 })).rejects.toThrow(
      "retentionDays: The application and the event store are the platform's. Set it there, and leave it out here.",
    );
  });
});
