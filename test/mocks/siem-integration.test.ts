import { describe, expect, it } from "vitest";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import type { SiemIntegrationArgs } from "../../components/integration/siemIntegrationArgs.ts";
import {
  CLIENT_ID,
  CONNECTION_STRING,
  DEPLOYER_OBJECT_ID,
  type Declared,
  declare,
  IDENTITY_CLIENT_ID,
  inventory,
  only,
  SUBSCRIPTION_ID,
  TENANT_ID,
} from "./declare.ts";

const APPLICATION_OBJECT_ID = "0d0d0d0d-0000-4000-8000-00000000000a";
const EXISTING_PRINCIPAL_ID = "0d0d0d0d-0000-4000-8000-00000000000b";
const SUBSCRIPTION = "pulumi-nodejs:dynamic/defender-siem:AuditSubscription";

const PREREQUISITES = "pulumi-nodejs:dynamic/defender-siem:DeployerPrerequisites";
const VAULT = "azure-native:keyvault:Vault";
const VAULT_CERTIFICATE = "pulumi-nodejs:dynamic/defender-siem:VaultCertificate";
const ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment";
const existingApplication = {
  clientId: CLIENT_ID,
  objectId: APPLICATION_OBJECT_ID,
  servicePrincipalObjectId: EXISTING_PRINCIPAL_ID,
};

function integrate(args: Partial<SiemIntegrationArgs> = {}) {
  return declare(
    () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope", ...args }),
  );
}

describe("SiemIntegration", () => {
  it("declares exactly these resources for one tenant", async () => {
    const { resources } = await integrate();
    expect(inventory(resources)).toEqual([
      "azure-native:applicationinsights:Component defender",
      "azure-native:applicationinsights:Workbook defender-workbook",
      "azure-native:authorization:RoleAssignment defender-owns-host-storage",
      "azure-native:authorization:RoleAssignment defender-publishes-telemetry",
      "azure-native:authorization:RoleAssignment defender-writes-events",
      "azure-native:authorization:RoleAssignment defender-writes-ledger",
      "azure-native:managedidentity:UserAssignedIdentity defender-identity",
      "azure-native:monitor:DiagnosticSetting defender-access",
      "azure-native:monitor:ScheduledQueryRule defender-behind",
      "azure-native:monitor:ScheduledQueryRule defender-content-given-up",
      "azure-native:monitor:ScheduledQueryRule defender-failing",
      "azure-native:monitor:ScheduledQueryRule defender-lag",
      "azure-native:monitor:ScheduledQueryRule defender-old-code",
      "azure-native:monitor:ScheduledQueryRule defender-stalled",
      "azure-native:monitor:ScheduledQueryRule defender-subscription-disabled",
      "azure-native:monitor:ScheduledQueryRule defender-throttled",
      "azure-native:operationalinsights:Workspace defender-logs",
      "azure-native:resources:ResourceGroup defender",
      "azure-native:storage:BlobContainer defender-events",
      "azure-native:storage:BlobContainer defender-ledger",
      "azure-native:storage:BlobContainer defender-packages",
      "azure-native:storage:BlobServiceProperties defender-blobs",
      "azure-native:storage:BlobServiceProperties defender-host-blobs",
      "azure-native:storage:ManagementPolicy defender-lifecycle",
      "azure-native:storage:StorageAccount defender",
      "azure-native:storage:StorageAccount defender-host",
      "azure-native:web:AppServicePlan defender-plan",
      "azure-native:web:WebApp defender",
      "azure-native:web:WebAppFtpAllowed defender-ftp",
      "azure-native:web:WebAppScmAllowed defender-scm",
      "azuread:index/appRoleAssignment:AppRoleAssignment defender-ActivityFeed.Read",
      "azuread:index/application:Application defender",
      "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential defender-trusts-poller",
      "azuread:index/servicePrincipal:ServicePrincipal defender-principal",
      `${SUBSCRIPTION} defender-Audit.General`,
      `${PREREQUISITES} defender`,
      "pulumi-nodejs:dynamic/defender-siem:FunctionPackage defender-code",
    ]);
  });

  it("lets one client id start the subscription and read it, since subscriptions belong to their application", async () => {
    const { resources } = await integrate();
    const { appSettings } = only(resources, "azure-native:web:WebApp").inputs.siteConfig as {
      appSettings: { name: string; value: string }[];
    };
    expect(only(resources, SUBSCRIPTION).inputs.clientId).toBe(CLIENT_ID);
    expect(appSettings).toContainEqual({ name: "SIEM_CLIENT_ID", value: CLIENT_ID });
  });

  it("subscribes to each content type once, in Microsoft's spelling", async () => {
    const { resources } = await integrate({
      contentTypes: ["audit.general", "Audit.Exchange", "Audit.General"],
    });
    const subscriptions = resources.filter(({ type }) => type === SUBSCRIPTION);
    expect(subscriptions.map(({ inputs }) => inputs.contentType)).toEqual([
      "Audit.General",
      "Audit.Exchange",
    ]);
  });

  it("asks for the DLP role only when it collects DLP.All", async () => {
    const { resources } = await integrate({ contentTypes: ["Audit.General", "DLP.All"] });
    const grants = resources
      .filter(({ type }) => type.endsWith(":AppRoleAssignment"))
      .map(({ name }) => name);
    expect(grants).toEqual(["defender-ActivityFeed.Read", "defender-ActivityFeed.ReadDlp"]);
  });

  it("hands endpoint overrides to everything that talks to Microsoft", async () => {
    const { resources } = await integrate({
      activityApiUrl: "https://127.0.0.1:8443",
      authorityUrl: "https://127.0.0.1:9443",
    });
    expect(only(resources, SUBSCRIPTION).inputs).toMatchObject({
      activityApiUrl: "https://127.0.0.1:8443",
      authorityUrl: "https://127.0.0.1:9443",
    });
    const { siteConfig } = only(resources, "azure-native:web:WebApp").inputs as {
      siteConfig: { appSettings: unknown[] };
    };
    expect(siteConfig.appSettings).toEqual(
      expect.arrayContaining([
        { name: "SIEM_ACTIVITY_API_URL", value: "https://127.0.0.1:8443" },
        { name: "SIEM_AUTHORITY_URL", value: "https://127.0.0.1:9443" },
      ]),
    );
  });

  it("stops no subscription on destroy unless told to", async () => {
    const kept = await integrate();
    const stopped = await integrate({ onDestroy: "stop" });
    expect(only(kept.resources, SUBSCRIPTION).inputs.onDestroy).not.toBe("stop");
    expect(only(stopped.resources, SUBSCRIPTION).inputs.onDestroy).toBe("stop");
  });

  it("tells the subscriptions of a grant of its own, which may take minutes to spread, and of no other's", async () => {
    const granted = await integrate();
    const manual = await integrate({ adminConsent: "manual" });
    expect(only(granted.resources, SUBSCRIPTION).inputs.grantId).toBe("/mock/defender-ActivityFeed.Read");
    expect(only(manual.resources, SUBSCRIPTION).inputs.grantId).toBeUndefined();
  });

  it("declares nothing that watches, and sends no telemetry, with monitoring turned off", async () => {
    const { resources } = await integrate({ monitoring: { enabled: false } });
    const types = inventory(resources).join("\n");
    expect(types).not.toMatch(/monitor|insights|Insights/);
    const { siteConfig } = only(resources, "azure-native:web:WebApp").inputs as {
      siteConfig: { appSettings: { name: string }[] };
    };
    expect(siteConfig.appSettings.map(({ name }) => name).join()).not.toContain("APPLICATIONINSIGHTS");
  });

  it("has the function send its telemetry with a token of the poller's identity", async () => {
    const { resources } = await integrate();
    const { siteConfig } = only(resources, "azure-native:web:WebApp").inputs as {
      siteConfig: { appSettings: unknown[] };
    };
    expect(siteConfig.appSettings).toEqual(
      expect.arrayContaining([
        { name: "APPLICATIONINSIGHTS_CONNECTION_STRING", value: CONNECTION_STRING },
        {
          name: "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
          value: `ClientId=${IDENTITY_CLIENT_ID};Authorization=AAD`,
        },
      ]),
    );
  });

  it("exposes the subscriptions by content type, and registers exactly what it exposes", async () => {
    const { exposed, registered } = await integrate();
    expect(exposed.subscriptions).toEqual({ "Audit.General": "enabled" });
    expect(registered).toEqual(exposed);
  });

  describe("with the managed identity as credential", () => {
    it("declares nothing of an application and no subscription, and grants the role to the identity", async () => {
      const federated = inventory((await integrate()).resources);
      const { resources } = await integrate({ pollerCredential: "managedIdentity" });
      expect(inventory(resources)).toEqual(
        federated.filter(
          line => !/:(Application|ServicePrincipal|ApplicationFederated\w+|AuditSubscription) /.test(line),
        ),
      );
      expect(only(resources, "azuread:index/appRoleAssignment:AppRoleAssignment").inputs).toMatchObject({
        appRoleId: "594c1fb6-4f81-4475-ae41-0c394909246c",
        principalObjectId: "object-id-of-identity",
      });
    });

    it("makes the identity the client, and the poller start its subscriptions whatever selfHeal says", async () => {
      const { resources, exposed } = await integrate({
        pollerCredential: "managedIdentity",
        selfHeal: false,
      });
      expect(appSettings(resources)).toMatchObject({
        SIEM_CLIENT_ID: IDENTITY_CLIENT_ID,
        SIEM_MANAGED_IDENTITY_CLIENT_ID: IDENTITY_CLIENT_ID,
        SIEM_SELF_HEAL: "true",
      });
      expect(exposed).toMatchObject({
        clientId: IDENTITY_CLIENT_ID,
        subscriptions: {},
        consentUrl: "",
        manualSteps: [],
      });
    });

    it("asks for the DLP role only when it collects DLP.All", async () => {
      const { exposed } = await integrate({
        pollerCredential: "managedIdentity",
        contentTypes: ["Audit.General", "DLP.All"],
      });
      expect(exposed.grantedRoles).toEqual(["ActivityFeed.Read", "ActivityFeed.ReadDlp"]);
    });

    it("leaves a consent that is manual as the request that grants it, since an identity has no consent URL", async () => {
      const { resources, exposed } = await integrate({
        pollerCredential: "managedIdentity",
        adminConsent: "manual",
      });
      expect(resources.filter(({ type }) => type.endsWith(":AppRoleAssignment"))).toEqual([]);
      expect(exposed.consentUrl).toBe("");
      expect(exposed.manualSteps).toEqual([
        "az rest --method POST --url https://graph.microsoft.com/v1.0/servicePrincipals/object-id-of-identity/appRoleAssignments " +
          '--headers Content-Type=application/json --body "{\\"principalId\\":\\"object-id-of-identity\\",' +
          '\\"resourceId\\":\\"$(az ad sp show --id c5393580-f805-4401-95e8-94b7a6ef2fc2 --query id --output tsv)\\",' +
          '\\"appRoleId\\":\\"594c1fb6-4f81-4475-ae41-0c394909246c\\"}"',
      ]);
    });

    it.each([
      ["trustedPipelines", { trustedPipelines: { main: { issuer: "https://ci.example", subject: "job" } } }],
      ["application", { application: existingApplication }],
      ["owners", { owners: ["0d0d0d0d-0000-4000-8000-00000000000f"] }],
      ["displayName", { displayName: "Reader" }],
      ["onDestroy", { onDestroy: "stop" as const }],
    ])("refuses %s, which needs an application", async (argument, args) => {
      const refused = integrate({ pollerCredential: "managedIdentity", ...args });
      await expect(refused).rejects.toThrow(
        new RegExp(`^${argument}: .* Leave it out, or set pollerCredential to federatedApp\\.`),
      );
    });
  });

  describe("with a key in a vault as credential", () => {
    const certificate = { pollerCredential: "certificate" as const };

    it("declares vault, certificate and two roles on the vault, and neither federated credential nor subscription", async () => {
      const federated = inventory((await integrate()).resources);
      const { resources, exposed, registered } = await integrate(certificate);
      const added = [
        "azure-native:authorization:RoleAssignment defender-deployer-makes-certificate",
        "azure-native:authorization:RoleAssignment defender-poller-signs",
        "azuread:index/applicationCertificate:ApplicationCertificate defender-certificate-of-poller",
        `${VAULT_CERTIFICATE} defender-certificate`,
      ];
      const declared = inventory(resources);
      expect(declared.filter(line => !line.startsWith(VAULT))).toEqual(
        [
          ...federated.filter(line => !/:(ApplicationFederated\w+|AuditSubscription) /.test(line)),
          ...added,
        ].sort(),
      );
      expect(declared.filter(line => line.startsWith(VAULT))).toHaveLength(1);
      expect(exposed).toMatchObject({ clientId: CLIENT_ID, subscriptions: {}, manualSteps: [] });
      expect(registered).toEqual(exposed);
    });

    it("hardens the vault as far as the deployer, who has the certificate made, can still reach it", async () => {
      const { resources } = await integrate({ ...certificate, network: "private", tags: { owner: "soc" } });
      const { properties, tags } = only(resources, VAULT).inputs;
      expect(tags).toEqual({ owner: "soc" });
      expect(properties).toEqual({
        tenantId: TENANT_ID,
        sku: { family: "A", name: "standard" },
        enableRbacAuthorization: true,
        enablePurgeProtection: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enabledForDeployment: false,
        enabledForDiskEncryption: false,
        enabledForTemplateDeployment: false,
        publicNetworkAccess: "Enabled",
        networkAcls: { defaultAction: "Allow", bypass: "AzureServices" },
      });
    });

    it("lets the poller sign and the deployer have certificates made, and neither do what the other does", async () => {
      const { resources } = await integrate(certificate);
      const vaultId = `/mock/${only(resources, VAULT).name}`;
      const onVault = resources.filter(
        ({ type, inputs }) => type === ROLE_ASSIGNMENT && inputs.scope === vaultId,
      );
      expect(
        onVault
          .map(({ inputs: { principalId, principalType, roleDefinitionId } }) => [
            principalId,
            principalType,
            String(roleDefinitionId).split("/").at(-1),
          ])
          .toSorted(),
      ).toEqual([
        [DEPLOYER_OBJECT_ID, "ServicePrincipal", "a4417e6f-fecd-4de8-b567-7b0420556985"],
        ["object-id-of-identity", "ServicePrincipal", "12338af0-0e69-4776-bea7-57ae8d297424"],
      ]);
    });

    it("gives the application the certificate, and the poller the very version of its key", async () => {
      const { resources } = await integrate(certificate);
      expect(only(resources, VAULT_CERTIFICATE).inputs).toMatchObject({
        vaultUri: "https://vault.vault.azure.net/",
        certificateName: "application",
        subject: "CN=defender",
        tenantId: TENANT_ID,
      });
      const { inputs } = only(resources, "azuread:index/applicationCertificate:ApplicationCertificate");
      expect(inputs).toMatchObject({
        applicationId: "/mock/defender",
        type: "AsymmetricX509Cert",
        encoding: "base64",
        endDate: "2027-11-21T00:00:00Z",
      });
      expect(JSON.stringify(inputs.value)).toContain("MIIB");
      expect(appSettings(resources)).toMatchObject({
        SIEM_CLIENT_ID: CLIENT_ID,
        SIEM_MANAGED_IDENTITY_CLIENT_ID: IDENTITY_CLIENT_ID,
        SIEM_CLIENT_CERTIFICATE_KEY_ID: "https://vault.vault.azure.net/keys/application/0123456789abcdef",
        SIEM_CLIENT_CERTIFICATE_THUMBPRINT: "AB".repeat(32),
        SIEM_SELF_HEAL: "true",
      });
    });

    it("tells no other poller of a key", async () => {
      const { resources } = await integrate();
      expect(Object.keys(appSettings(resources)).join()).not.toContain("CERTIFICATE");
    });

    it("declares the subscriptions where a pipeline may act as the application", async () => {
      const trustedPipelines = { main: { issuer: "https://ci.example", subject: "job" } };
      const { resources } = await integrate({ ...certificate, trustedPipelines, onDestroy: "stop" });
      expect(only(resources, SUBSCRIPTION).inputs.onDestroy).toBe("stop");
      expect(appSettings(resources).SIEM_SELF_HEAL).toBe("false");
    });

    it("refuses to stop subscriptions that only the poller can stop", async () => {
      await expect(integrate({ ...certificate, onDestroy: "stop" })).rejects.toThrow(
        /^onDestroy: Nobody but the poller can act as the application, .* name this pipeline in trustedPipelines\./,
      );
    });

    it("leaves the certificate of an existing application, and both roles when they are manual, to another person", async () => {
      const { resources, exposed } = await integrate({
        ...certificate,
        application: existingApplication,
        roleAssignments: "manual",
      });
      expect(resources.filter(({ type }) => type.endsWith(":ApplicationCertificate"))).toEqual([]);
      expect(exposed.manualSteps).toContain(
        `az ad app credential reset --id ${APPLICATION_OBJECT_ID} --append --cert "MIIB"`,
      );
      expect(exposed.manualSteps.filter(step => /12338af0|a4417e6f/.test(step))).toHaveLength(2);
    });

    it("needs the resource provider of key vaults, once", async () => {
      const sinks = { splunk: { kind: "splunkHec" as const, url: "https://splunk.contoso.com:8088" } };
      const { resources } = await integrate({ ...certificate, sinks, sinkTokens: { splunk: "t" } });
      const { azure, resourceProviders } = only(resources, PREREQUISITES).inputs.needs as {
        azure: { action: string }[];
        resourceProviders: string[];
      };
      expect(resourceProviders).toContain("Microsoft.KeyVault");
      expect(azure.filter(({ action }) => action === "Microsoft.KeyVault/vaults/write")).toHaveLength(1);
    });
  });

  describe("with role assignments by another person", () => {
    it("assigns no role, and says which ones by the names that it would use itself", async () => {
      const granted = await integrate();
      const { resources, exposed } = await integrate({ roleAssignments: "manual" });
      expect(resources.filter(({ type }) => type === ROLE_ASSIGNMENT)).toEqual([]);
      expect(granted.exposed.manualSteps).toEqual([]);
      const expected = granted.resources
        .filter(({ type }) => type === ROLE_ASSIGNMENT)
        .map(
          ({ inputs }) =>
            `az role assignment create --name ${inputs.roleAssignmentName} ` +
            "--assignee-object-id object-id-of-identity --assignee-principal-type ServicePrincipal " +
            `--role ${String(inputs.roleDefinitionId).split("/").at(-1)} --scope ${inputs.scope}`,
        );
      expect(expected).toHaveLength(4);
      expect(exposed.manualSteps.toSorted()).toEqual(expected.toSorted());
    });

    it("differs in nothing else", async () => {
      const granted = inventory((await integrate()).resources);
      const { resources } = await integrate({ roleAssignments: "manual" });
      expect(inventory(resources)).toEqual(granted.filter(line => !line.startsWith(ROLE_ASSIGNMENT)));
    });
  });

  describe("with an existing application", () => {
    it("declares nothing of it but the grant, and leaves to its owner whom it is to trust", async () => {
      const { resources, exposed } = await integrate({
        application: existingApplication,
        trustedPipelines: { main: { issuer: "https://ci.example", subject: "repo:contoso/siem:$ref" } },
      });
      expect(resources.filter(({ type }) => type.startsWith("azuread:")).map(({ inputs }) => inputs)).toEqual(
        [expect.objectContaining({ principalObjectId: EXISTING_PRINCIPAL_ID })],
      );
      expect(exposed.clientId).toBe(CLIENT_ID);
      expect(exposed.manualSteps).toEqual([
        `az ad app federated-credential create --id ${APPLICATION_OBJECT_ID} --parameters ` +
          `"{\\"name\\":\\"defender-trusts-poller\\",\\"issuer\\":\\"https://login.microsoftonline.com/${TENANT_ID}/v2.0\\",` +
          '\\"subject\\":\\"object-id-of-identity\\",\\"audiences\\":[\\"api://AzureADTokenExchange\\"]}"',
        `az ad app federated-credential create --id ${APPLICATION_OBJECT_ID} --parameters ` +
          '"{\\"name\\":\\"defender-trusts-main\\",\\"issuer\\":\\"https://ci.example\\",' +
          '\\"subject\\":\\"repo:contoso/siem:\\$ref\\",\\"audiences\\":[\\"api://AzureADTokenExchange\\"]}"',
      ]);
    });

    it("writes nothing in Entra at all when the consent is manual too", async () => {
      const { resources, exposed } = await integrate({
        application: existingApplication,
        adminConsent: "manual",
      });
      expect(resources.filter(({ type }) => type.startsWith("azuread:"))).toEqual([]);
      expect(exposed.manualSteps).toHaveLength(2);
    });

    it.each([
      [
        "owners",
        { owners: ["0d0d0d0d-0000-4000-8000-00000000000f"] },
        "which is never changed. Leave owners out.",
      ],
      ["displayName", { displayName: "Reader" }, "which is never changed. Leave displayName out."],
      ["application.clientId", { application: { ...existingApplication, clientId: "reader" } }, '"reader"'],
      [
        "application.objectId",
        { application: { ...existingApplication, objectId: "reader" } },
        "is not an object id",
      ],
    ])("refuses a %s that cannot be meant", async (argument, args, message) => {
      const refused = integrate({ application: existingApplication, ...args });
      await expect(refused).rejects.toThrow(new RegExp(`^${argument}: .*`));
      await expect(refused).rejects.toThrow(message);
    });
  });

  describe("looks at the deployer's rights first", () => {
    it("and declares nothing before it has", async () => {
      const { resources } = await integrate();
      expect(resources[0]).toMatchObject({
        type: PREREQUISITES,
        inputs: { tenantId: TENANT_ID, subscriptionId: SUBSCRIPTION_ID },
      });
    });

    it.each([
      ["all of them", {}, ["OwnedBy", "consent", "lookup", "roles"]],
      [
        "a managed identity",
        { pollerCredential: "managedIdentity" as const },
        ["consent", "lookup", "roles"],
      ],
      ["an existing application", { application: existingApplication }, ["consent", "lookup", "roles"]],
      ["manual consent", { adminConsent: "manual" as const }, ["OwnedBy", "roles"]],
      ["manual roles", { roleAssignments: "manual" as const }, ["OwnedBy", "consent", "lookup"]],
    ])("with no more than it takes: %s", async (_what, args, expected) => {
      const { resources } = await integrate(args);
      const { graph, azure } = only(resources, PREREQUISITES).inputs.needs as {
        graph: { permissions: string[] }[];
        azure: { action: string }[];
      };
      const words: Record<string, string> = {
        "Application.ReadWrite.OwnedBy": "OwnedBy",
        "AppRoleAssignment.ReadWrite.All": "consent",
        "Application.Read.All": "lookup",
        "Microsoft.Authorization/roleAssignments/write": "roles",
      };
      const asked = [
        ...graph.map(({ permissions }) => permissions[0]!),
        ...azure.map(({ action }) => action),
      ];
      expect(asked.flatMap(name => words[name] ?? [])).toEqual(expected);
    });

    it.each([
      ["nothing else", { monitoring: { enabled: false } }, []],
      ["monitoring", {}, ["Insights", "OperationalInsights", "AlertsManagement"]],
      ["a private network", { monitoring: { enabled: false }, network: "private" as const }, ["Network"]],
      [
        "an event hub",
        { monitoring: { enabled: false }, sinks: { hub: { kind: "eventHubs" as const } } },
        ["EventHub"],
      ],
    ])("and at the resource providers of what is declared: %s", async (_what, args, expected) => {
      const { resources } = await integrate(args);
      const { resourceProviders } = only(resources, PREREQUISITES).inputs.needs as {
        resourceProviders: string[];
      };
      const always = ["Web", "App", "Storage", "ManagedIdentity"];
      expect(resourceProviders).toEqual([...always, ...expected].map(name => `Microsoft.${name}`));
    });

    it("and not at a right to create a resource group that exists", async () => {
      const { resources } = await integrate({ resourceGroup: { name: "shared", location: "westeurope" } });
      const { resourceGroupName, needs } = only(resources, PREREQUISITES).inputs;
      expect(resourceGroupName).toBe("shared");
      expect(JSON.stringify(needs)).not.toContain("resourceGroups/write");
    });
  });

  it("is owned by further owners too, application and principal alike", async () => {
    const other = "0d0d0d0d-0000-4000-8000-00000000000f";
    const { resources } = await integrate({ owners: [other] });
    const owned = resources.filter(({ type }) => /:(Application|ServicePrincipal)$/.test(type));
    expect(owned.map(({ inputs }) => inputs.owners)).toEqual([
      [DEPLOYER_OBJECT_ID, other],
      [DEPLOYER_OBJECT_ID, other],
    ]);
  });

  it.each([
    [
      "pollerCredential",
      { pollerCredential: "secret" as never },
      '"secret" is not a credential of the poller.',
    ],
    ["roleAssignments", { roleAssignments: "none" as never }, '"none" is not a way to assign roles.'],
    ["contentTypes[0]", { contentTypes: ["Audit.Defender"] }, '"Audit.Defender" is not a content type'],
    ["tenantId", { tenantId: "contoso.onmicrosoft.com" }, "is a domain name"],
    ["cloud", { cloud: "china" as never }, "Microsoft documents no Management Activity API for 21Vianet"],
    ["retentionDays", { retentionDays: 3 }, "3 is not a whole number of days from 8 to 3650."],
    [
      "monitoring",
      { monitoring: { alertEmail: "soc@contoso.com" } as never },
      '"alertEmail" is not a setting',
    ],
    ["recordTypes[0]", { recordTypes: ["Phish"] }, '"Phish" is not an audit record type.'],
  ])("refuses a wrong %s, and says what to do", async (argument, args, message) => {
    await expect(integrate(args)).rejects.toThrow(
      expect.objectContaining({ message: expect.stringMatching(`^${argument.replace(/[[\]]/g, "\\$&")}: `) }),
    );
    await expect(integrate(args)).rejects.toThrow(message);
  });
});

function appSettings(resources: Declared[]): Record<string, string> {
  const { appSettings } = only(resources, "azure-native:web:WebApp").inputs.siteConfig as {
    appSettings: { name: string; value: string }[];
  };
  return Object.fromEntries(appSettings.map(({ name, value }) => [name, value]));
}
