import * as applicationinsights from "@pulumi/azure-native/applicationinsights/index.js";
import * as authorization from "@pulumi/azure-native/authorization/index.js";
import * as managedidentity from "@pulumi/azure-native/managedidentity/index.js";
import * as operationalinsights from "@pulumi/azure-native/operationalinsights/index.js";
import * as resources from "@pulumi/azure-native/resources/index.js";
import * as storage from "@pulumi/azure-native/storage/index.js";
import * as web from "@pulumi/azure-native/web/index.js";
import * as azuread from "@pulumi/azuread";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const keepSdkDefaults = config.getBoolean("keepSdkDefaults") ?? false;
const instanceMemoryMB = config.getNumber("instanceMemoryMB") ?? 512;
const enterpriseTag = config.get("tag") ?? "security";
const greeting = config.getSecret("greeting") ?? pulumi.secret("a secret greeting");

const MANAGEMENT_APIS = "c5393580-f805-4401-95e8-94b7a6ef2fc2";
const ACTIVITY_FEED_READ = "594c1fb6-4f81-4475-ae41-0c394909246c";
const BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";

const azure = authorization.getClientConfigOutput();
const deployer = azuread.getClientConfigOutput();
const tags = { department: enterpriseTag };

const group = new resources.ResourceGroup("siem", { location: "West Europe", tags });
const resourceGroupName = group.name;
const account = new storage.StorageAccount("siemhost", {
  resourceGroupName,
  kind: "StorageV2",
  sku: { name: "Standard_ZRS" },
  allowSharedKeyAccess: false,
  minimumTlsVersion: "TLS1_2",
  tags,
});
new storage.BlobServiceProperties("blobs", {
  resourceGroupName,
  accountName: account.name,
  blobServicesName: "default",
  deleteRetentionPolicy: { enabled: true, days: 14 },
});
const packages = new storage.BlobContainer("packages", { resourceGroupName, accountName: account.name });
const identity = new managedidentity.UserAssignedIdentity("poller", { resourceGroupName, tags });
const owner = new authorization.RoleAssignment("poller-owns-packages", {
  scope: account.id,
  principalId: identity.principalId,
  principalType: "ServicePrincipal",
  roleDefinitionId: pulumi.interpolate`/subscriptions/${azure.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${BLOB_DATA_OWNER}`,
});
const workspace = new operationalinsights.Workspace("logs", {
  resourceGroupName,
  sku: { name: "PerGB2018" },
  retentionInDays: 90,
});
const insights = new applicationinsights.Component("insights", {
  resourceGroupName,
  kind: "web",
  applicationType: "web",
  workspaceResourceId: workspace.id,
});
const plan = new web.AppServicePlan("plan", {
  resourceGroupName,
  kind: "functionapp",
  reserved: true,
  sku: { name: "FC1", tier: "FlexConsumption" },
});
const app = new web.WebApp(
  "poller-app",
  {
    resourceGroupName,
    kind: "functionapp,linux",
    serverFarmId: plan.id,
    reserved: true,
    identity: { type: "UserAssigned", userAssignedIdentities: [identity.id] },
    functionAppConfig: {
      deployment: {
        storage: {
          type: "blobContainer",
          value: pulumi.interpolate`${account.primaryEndpoints.blob}${packages.name}`,
          authentication: {
            type: "UserAssignedIdentity",
            userAssignedIdentityResourceId: identity.id,
          },
        },
      },
      runtime: { name: "node", version: "24" },
      scaleAndConcurrency: { instanceMemoryMB, maximumInstanceCount: 40 },
    },
    siteConfig: {
      minTlsVersion: "1.2",
      appSettings: [
        { name: "AzureWebJobsStorage__accountName", value: account.name },
        { name: "AzureWebJobsStorage__credential", value: "managedidentity" },
        { name: "AzureWebJobsStorage__clientId", value: identity.clientId },
        { name: "APPLICATIONINSIGHTS_CONNECTION_STRING", value: insights.connectionString },
        { name: "GREETING", value: greeting },
      ],
    },
  },
  { dependsOn: [owner], transformations: keepSdkDefaults ? [] : [dropFlexIncompatibleDefaults] },
);
new web.WebAppScmAllowed("scm", { resourceGroupName, name: app.name, allow: false });
new web.WebAppFtpAllowed("ftp", { resourceGroupName, name: app.name, allow: false });

const managementApis = azuread.getServicePrincipalOutput({ clientId: MANAGEMENT_APIS });
const application = new azuread.Application("reader", {
  displayName: "Audit reader",
  owners: [deployer.objectId],
  requiredResourceAccesses: [
    { resourceAppId: MANAGEMENT_APIS, resourceAccesses: [{ id: ACTIVITY_FEED_READ, type: "Role" }] },
  ],
});
const principal = new azuread.ServicePrincipal("reader", { clientId: application.clientId });
new azuread.AppRoleAssignment("reader-reads-activity", {
  appRoleId: ACTIVITY_FEED_READ,
  principalObjectId: principal.objectId,
  resourceObjectId: managementApis.objectId,
});
new azuread.ApplicationFederatedIdentityCredential("reader-trusts-poller", {
  applicationId: application.id,
  displayName: "poller",
  audiences: ["api://AzureADTokenExchange"],
  issuer: pulumi.interpolate`https://login.microsoftonline.com/${azure.tenantId}/v2.0`,
  subject: identity.principalId,
});

/** The SDK adds netFrameworkVersion to every siteConfig, which Flex Consumption refuses. */
function dropFlexIncompatibleDefaults({
  type,
  props,
  opts,
}: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult | undefined {
  if (type !== "azure-native:web:WebApp") return undefined;
  const siteConfig = pulumi
    .output(props.siteConfig)
    .apply(({ netFrameworkVersion: _, ...rest }: Record<string, unknown>) => rest);
  return { opts, props: { ...props, siteConfig } };
}

export const accountName = account.name;
export const appId = app.id;
export const blobEndpoint = account.primaryEndpoints.blob;
export const clientId = application.clientId;
export const groupId = group.id;
export const scmHostName = app.hostNameSslStates.apply(
  states => states?.find(({ hostType }) => hostType === "Repository")?.name,
);
