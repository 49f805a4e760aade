import { AppServiceError } from "../azureError.ts";
import type { Properties } from "../properties.ts";
import { normalizedLocation } from "../propertyDiff.ts";
import { isSameId } from "../resourceId.ts";
import type { ManagedIdentity } from "../resourceManagerHooks.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { planOf } from "./appServicePlan.ts";
import {
  invalid,
  refuseAppSettings,
  refuseFunctionAppConfig,
  refuseHostStorage,
  refuseSiteConfig,
} from "./flexConsumption.ts";
import { refuseSubnet } from "./flexNetwork.ts";
import { appSettingsOf, deploymentOf, functionApp, identitiesOf, siteConfigOf } from "./functionApp.ts";

export const SITE_PATH =
  "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Web/sites/{name}";

/** A function app on Flex Consumption, the only kind of site that the local tenant can run. */
export const webApp: ResourceType = {
  token: "azure-native:web:WebApp",
  apiVersion: "2025-05-01",
  path: SITE_PATH,
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
    refuseSubnet(app, azure);
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

function badRequest(message: string): AppServiceError {
  return new AppServiceError(400, "BadRequest", message);
}
