import { AppServiceError, AzureError } from "../azureError.ts";
import { isObject, type Properties, valueAt } from "../properties.ts";
import { isSameId } from "../resourceId.ts";
import type { FunctionApp, ManagedIdentity } from "../resourceManagerHooks.ts";
import type { ArmResource, AzureView } from "../resourceType.ts";
import { invalid } from "./flexConsumption.ts";
import { managedIdentity, userAssignedIdentity } from "./managedIdentity.ts";
import { blobContainer, containerReference } from "./storage.ts";

/** What the hooks are told of a function app. */
export function functionApp(app: ArmResource, azure: AzureView): FunctionApp {
  const identities = identitiesOf(app, azure);
  return {
    resourceId: app.id,
    name: app.name,
    runtime: valueAt(app.properties, "functionAppConfig.runtime") as FunctionApp["runtime"],
    appSettings: appSettingsOf(app),
    identities,
    keyVaultReferenceIdentity: identities.find(({ resourceId }) =>
      isSameId(resourceId, app.properties.keyVaultReferenceIdentity),
    ),
    deployment: deploymentOf(app, identities, azure),
  };
}

export function siteConfigOf({ properties }: ArmResource): Properties {
  return isObject(properties.siteConfig) ? properties.siteConfig : {};
}

export function appSettingsOf(app: ArmResource): Record<string, string> {
  const settings = (siteConfigOf(app).appSettings ?? []) as { name: string; value?: string }[];
  return Object.fromEntries(settings.map(({ name, value }) => [name, String(value ?? "")]));
}

/** @throws AzureError when an identity does not exist, or is of a type that the local tenant does not have */
export function identitiesOf(app: ArmResource, azure: AzureView): ManagedIdentity[] {
  const { type, userAssignedIdentities = [] } = identityOf(app);
  if (type !== undefined && type !== "None" && type !== "UserAssigned") {
    throw new AppServiceError(
      400,
      "BadRequest",
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
export function deploymentOf(
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
