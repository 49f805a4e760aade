import { AppServiceError, AzureError } from "../azureError.ts";
import { isObject, type Properties, valueAt } from "../properties.ts";
import { normalizedLocation } from "../propertyDiff.ts";
import type { FunctionApp, ManagedIdentity } from "../resourceManagerHooks.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { planOf } from "./appServicePlan.ts";
import {
  invalid,
  refuseAppSettings,
  refuseFunctionAppConfig,
  refuseHostStorage,
  refuseSiteConfig,
} from "./flexConsumption.ts";
import { managedIdentity, userAssignedIdentity } from "./managedIdentity.ts";
import { blobContainer, containerReference } from "./storage.ts";

const PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web/sites/{name}";

/** A function app on Flex Consumption, the only kind of site that the local tenant can run. */
export const webApp: ResourceType = {
  token: "azure-native:web:WebApp",
  apiVersion: "2025-05-01",
  path: PATH,
  createOnly: ["location", "kind"],
  location: "regional",
  parts: ["basicPublishingCredentialsPolicies/scm", "basicPublishingCredentialsPolicies/ftp"],
  // Azure shows application settings to nobody who may only read the site; drift in them goes unseen.
  writeOnly: ["siteConfig.appSettings", "siteConfig.connectionStrings"],
  outputs: [
    "availabilityState",
    "defaultHostName",
    "enabledHostNames",
    "hostNameSslStates",
    "hostNames",
    "lastModifiedTimeUtc",
    "outboundIpAddresses",
    "possibleOutboundIpAddresses",
    "repositorySiteName",
    "resourceGroup",
    "sku",
    "state",
    "usageState",
  ],
  refuse(app, azure, previous) {
    if (previous === undefined) refuseName(app, azure);
    refuseKind(app);
    refuseOtherRegion(app, planOf(app, azure));
    refuseSiteConfig(siteConfigOf(app));
    refuseAppSettings(appSettingsOf(app));
    refuseFunctionAppConfig(app.properties.functionAppConfig);
    const identities = identitiesOf(app, azure);
    deploymentOf(app, identities, azure);
    refuseHostStorage(appSettingsOf(app), identities);
    refuseKeyVaultIdentity(app, identities);
  },
  async created(app, azure) {
    const { defaultHostName, scmHostName } = await azure.hooks.functionAppCreated(functionApp(app, azure));
    return {
      ...siteState(app, azure),
      availabilityState: "Normal",
      defaultHostName,
      enabledHostNames: [defaultHostName, scmHostName],
      hostNames: [defaultHostName],
      hostNameSslStates: [
        { name: defaultHostName, hostType: "Standard", sslState: "Disabled" },
        { name: scmHostName, hostType: "Repository", sslState: "Disabled" },
      ],
      outboundIpAddresses: "127.0.0.1",
      possibleOutboundIpAddresses: "127.0.0.1",
      repositorySiteName: app.name,
      resourceGroup: app.properties.resourceGroupName,
      sku: "FlexConsumption",
      state: "Running",
      usageState: "Normal",
    };
  },
  async updated(app, azure) {
    await azure.hooks.functionAppUpdated(functionApp(app, azure));
    return siteState(app, azure);
  },
  async deleted(app, azure) {
    await azure.hooks.functionAppDeleted({ resourceId: app.id, name: app.name });
  },
};

function refuseName({ id, name }: ArmResource, azure: AzureView): void {
  if (!/^[A-Za-z0-9]([A-Za-z0-9-]{0,58}[A-Za-z0-9])$/.test(name)) {
    throw badRequest(
      `The parameter name has an invalid value: '${name}'. A site's name has 2 to 60 letters, digits and hyphens, and ` +
        "no hyphen at its ends.",
    );
  }
  const taken =
    azure.takenNames.includes(name) ||
    azure
      .list(webApp.token)
      .some(other => other.id !== id && other.name.toLowerCase() === name.toLowerCase());
  if (taken) {
    throw new AppServiceError(409, "Conflict", `Website with given name ${name} already exists.`);
  }
}

function refuseKind({ properties }: ArmResource): void {
  const kinds = String(properties.kind).split(",");
  if (kinds.includes("functionapp") && kinds.includes("linux") && properties.reserved !== false) return;
  throw badRequest(
    `The kind '${properties.kind}' does not fit a Flex Consumption plan. Use 'functionapp,linux' and 'reserved: true'.`,
  );
}

function refuseOtherRegion({ properties }: ArmResource, plan: ArmResource): void {
  const [own, planned] = [properties.location, plan.properties.location].map(location =>
    normalizedLocation(String(location)),
  );
  if (own === planned) return;
  throw badRequest(
    `The site's location '${own}' is not the location '${planned}' of its plan '${plan.name}'.`,
  );
}

function refuseKeyVaultIdentity({ properties }: ArmResource, identities: ManagedIdentity[]): void {
  const { keyVaultReferenceIdentity } = properties;
  if (keyVaultReferenceIdentity === undefined) return;
  if (identities.some(identity => isSameId(identity.resourceId, keyVaultReferenceIdentity))) return;
  throw invalid(
    "Site.KeyVaultReferenceIdentity",
    `The identity '${keyVaultReferenceIdentity}' is not assigned to the site.`,
  );
}

/** What the hooks are told. */
function functionApp(app: ArmResource, azure: AzureView): FunctionApp {
  const identities = identitiesOf(app, azure);
  return {
    resourceId: app.id,
    name: app.name,
    runtime: valueAt(app.properties, "functionAppConfig.runtime") as FunctionApp["runtime"],
    appSettings: appSettingsOf(app),
    identities,
    deployment: deploymentOf(app, identities, azure),
  };
}

function siteConfigOf({ properties }: ArmResource): Properties {
  return isObject(properties.siteConfig) ? properties.siteConfig : {};
}

function appSettingsOf(app: ArmResource): Record<string, string> {
  const settings = (siteConfigOf(app).appSettings ?? []) as { name: string; value?: string }[];
  return Object.fromEntries(settings.map(({ name, value }) => [name, String(value ?? "")]));
}

/** @throws AzureError when an identity does not exist, or is of a type that the local tenant does not have */
function identitiesOf(app: ArmResource, azure: AzureView): ManagedIdentity[] {
  const { type, userAssignedIdentities = [] } = identityOf(app);
  if (type !== undefined && type !== "None" && type !== "UserAssigned") {
    throw badRequest(
      `The identity type '${type}' is not available: function apps of the local tenant have user-assigned identities ` +
        "only. Use 'UserAssigned'.",
    );
  }
  return (userAssignedIdentities as string[]).map(id => {
    const identity = azure.find(id);
    if (identity?.type.token !== userAssignedIdentity.token) throw missingIdentity(app, id);
    return managedIdentity(identity);
  });
}

function identityOf({ properties }: ArmResource): Properties {
  return isObject(properties.identity) ? properties.identity : {};
}

function missingIdentity({ id }: ArmResource, identityId: string): AzureError {
  return new AzureError(
    400,
    "FailedIdentityOperation",
    `Identity operation for resource '${id}' failed with error 'Failed to perform resource identity operation. Status: ` +
      `'BadRequest'. Response: '{"error":{"code":"BadRequest","message":"Resource '${identityId}' was not found."}}'.'.`,
  );
}

/** @throws AzureError when the container does not exist, or the identity that shall use it is not the app's */
function deploymentOf(
  app: ArmResource,
  identities: ManagedIdentity[],
  azure: AzureView,
): FunctionApp["deployment"] {
  const storage = "Site.FunctionAppConfig.Deployment.Storage";
  const at = (path: string) => valueAt(app.properties, `functionAppConfig.deployment.storage.${path}`);
  if (at("type") !== "blobContainer") {
    throw invalid(`${storage}.Type`, `The value '${at("type")}' is not 'blobContainer'.`);
  }
  if (at("authentication.type") !== "UserAssignedIdentity") {
    throw invalid(
      `${storage}.Authentication.Type`,
      `The value '${at("authentication.type")}' is not available: storage of the local tenant knows no keys. Use ` +
        "'UserAssignedIdentity'.",
    );
  }
  const identityId = at("authentication.userAssignedIdentityResourceId");
  const identity = identities.find(({ resourceId }) => isSameId(resourceId, identityId));
  if (identity === undefined) {
    throw invalid(
      `${storage}.Authentication.UserAssignedIdentityResourceId`,
      `The identity '${identityId}' is not assigned to the site. Give the resource id of one that is.`,
    );
  }
  const containerUrl = String(at("value"));
  const container = azure
    .list(blobContainer.token)
    .find(candidate => containerUrlOf(candidate, azure) === containerUrl.replace(/\/$/, ""));
  if (container === undefined) {
    throw invalid(`${storage}.Value`, `The storage container '${containerUrl}' does not exist.`);
  }
  return { containerUrl, container: containerReference(container), identity };
}

function containerUrlOf(container: ArmResource, azure: AzureView): string {
  const account = azure.find(container.id.split("/blobServices/")[0]);
  return `${valueAt(account?.outputs, "primaryEndpoints.blob")}${container.name}`;
}

function siteState(app: ArmResource, azure: AzureView): Properties {
  const assigned = identitiesOf(app, azure).map(({ resourceId, clientId, principalId }) => [
    resourceId,
    { clientId, principalId },
  ]);
  return {
    lastModifiedTimeUtc: new Date().toISOString(),
    identity:
      assigned.length > 0
        ? { type: "UserAssigned", userAssignedIdentities: Object.fromEntries(assigned) }
        : undefined,
  };
}

function isSameId(a: string, b: unknown): boolean {
  return a.toLowerCase() === String(b).toLowerCase();
}

function badRequest(message: string): AppServiceError {
  return new AppServiceError(400, "BadRequest", message);
}

/** Whether the publishing site takes user name and password beside bearer tokens. */
export const webAppScmAllowed = basicAuthentication("azure-native:web:WebAppScmAllowed", "scm");
export const webAppFtpAllowed = basicAuthentication("azure-native:web:WebAppFtpAllowed", "ftp");

function basicAuthentication(token: string, site: string): ResourceType {
  return {
    token,
    apiVersion: "2025-05-01",
    path: `${PATH}/basicPublishingCredentialsPolicies/${site}`,
    required: ["allow"],
    outputs: [],
    defaults: { allow: true },
  };
}
