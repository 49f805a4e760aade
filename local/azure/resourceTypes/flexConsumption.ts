import { AppServiceError, AzureError } from "../azureError.ts";
import { isObject, type Properties, valueAt } from "../properties.ts";
import type { ManagedIdentity } from "../resourceManagerHooks.ts";

/** Properties of `siteConfig` that Flex Consumption refuses, by their names in the SDK and in Azure's message. */
const REFUSED_SITE_CONFIG = [
  "linuxFxVersion",
  "windowsFxVersion",
  "netFrameworkVersion",
  "ftpsState",
  "use32BitWorkerProcess",
  "preWarmedInstanceCount",
  "functionsRuntimeScaleMonitoringEnabled",
  "functionAppScaleLimit",
  "alwaysOn",
];

/** https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations */
const REFUSED_APP_SETTINGS =
  /^(FUNCTIONS_WORKER_RUNTIME|FUNCTIONS_EXTENSION_VERSION|WEBSITE_RUN_FROM_PACKAGE|SCM_DO_BUILD_DURING_DEPLOYMENT|ENABLE_ORYX_BUILD|WEBSITE_CONTENT.*|WEBSITE_NODE_DEFAULT_VERSION|WEBSITE_LOAD_CERTIFICATES)$/i;

const INSTANCE_MEMORY_MB = [512, 2048, 4096];
const INSTANCE_COUNTS = { minimum: 40, maximum: 1000 };
const NODE_VERSIONS = ["22", "24"];

/** @throws AzureError for what Flex Consumption refuses in `siteConfig`, the SDK's own defaults included */
export function refuseSiteConfig(siteConfig: Properties): void {
  const refused = REFUSED_SITE_CONFIG.filter(name => siteConfig[name] !== undefined).map(
    name => `Site.SiteConfig.${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  );
  if (refused.length > 0) throw refusedEntries("site configuration property", refused);
}

/** @throws AzureError for application settings that Flex Consumption refuses, or that no app could be named by */
export function refuseAppSettings(settings: Record<string, string>): void {
  const refused = Object.keys(settings)
    .filter(name => REFUSED_APP_SETTINGS.test(name) || !/^[A-Za-z0-9_.]+$/.test(name))
    .map(name => `Site.SiteConfig.AppSettings.${name}`);
  if (refused.length > 0) throw refusedEntries("app setting", refused);
}

/** The wording, with its two spaces, is Azure's: https://github.com/pulumi/pulumi-azure-native/issues/4168 */
function refusedEntries(noun: string, names: string[]): AppServiceError {
  const message =
    names.length === 1
      ? `The following ${noun} (${names[0]}) for Flex Consumption sites is invalid.  Please remove or rename it before retrying.`
      : `The following list of ${names.length} ${plural(noun)} (${names.join(", ")}) for Flex Consumption sites is ` +
        "invalid.  Please remove or rename them before retrying.";
  return new AppServiceError(400, "BadRequest", message, "51021");
}

function plural(noun: string): string {
  return noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** @throws AzureError when the section is missing or has values that Azure or the host does not know */
export function refuseFunctionAppConfig(config: unknown): void {
  if (!isObject(config)) {
    throw invalid(
      "Site.FunctionAppConfig",
      "The FunctionAppConfig section was not specified in the request, which is required for Flex Consumption sites. " +
        "To proceed, please add the FunctionAppConfig section in your request.",
    );
  }
  const memory = valueAt(config, "scaleAndConcurrency.instanceMemoryMB");
  if (!INSTANCE_MEMORY_MB.includes(Number(memory))) {
    throw invalid(
      "Site.FunctionAppConfig.ScaleAndConcurrency.InstanceMemoryMB",
      `The value '${memory}' is not one of ${INSTANCE_MEMORY_MB.join(", ")}.`,
    );
  }
  const count = valueAt(config, "scaleAndConcurrency.maximumInstanceCount");
  const { minimum, maximum } = INSTANCE_COUNTS;
  if (count !== undefined && !(Number(count) >= minimum && Number(count) <= maximum)) {
    throw invalid(
      "Site.FunctionAppConfig.ScaleAndConcurrency.MaximumInstanceCount",
      `The value '${count}' is not between ${minimum} and ${maximum}.`,
    );
  }
  refuseRuntime(valueAt(config, "runtime.name"), valueAt(config, "runtime.version"));
}

/** Azure does not check the version: https://github.com/Azure/Azure-Functions/issues/2666 */
function refuseRuntime(name: unknown, version: unknown): void {
  if (name !== "node") {
    throw invalid(
      "Site.FunctionAppConfig.Runtime.Name",
      `The value '${name}' is not supported: the local subscription runs 'node' only.`,
    );
  }
  if (!NODE_VERSIONS.includes(version as string)) {
    throw hostWouldNotStart(
      `functionAppConfig.runtime.version is ${JSON.stringify(version)}. Use one of "${NODE_VERSIONS.join('", "')}", as text.`,
    );
  }
}

/**
 * The host's own storage, by identity. Azure accepts wrong settings and the deployment is green, yet the app is dead:
 * https://github.com/Azure/azure-functions-host/issues/11796
 * @throws AzureError when the host would not start with these settings
 */
export function refuseHostStorage(settings: Record<string, string>, identities: ManagedIdentity[]): void {
  if (settings.AzureWebJobsStorage !== undefined) {
    throw hostWouldNotStart(
      "AzureWebJobsStorage is set. Leave it out, also when it is empty, and name the account by " +
        "AzureWebJobsStorage__accountName: storage in the local tenant knows no keys.",
    );
  }
  if (
    settings.AzureWebJobsStorage__accountName === undefined &&
    settings.AzureWebJobsStorage__blobServiceUri === undefined
  ) {
    throw hostWouldNotStart("AzureWebJobsStorage__accountName is missing.");
  }
  if (settings.AzureWebJobsStorage__credential !== "managedidentity") {
    throw hostWouldNotStart(
      "AzureWebJobsStorage__credential is not 'managedidentity', without which the host looks for a key.",
    );
  }
  const clientId = settings.AzureWebJobsStorage__clientId;
  if (!identities.some(identity => identity.clientId === clientId)) {
    throw hostWouldNotStart(
      `AzureWebJobsStorage__clientId is ${JSON.stringify(clientId)}, which is not the client id of an identity of the app.`,
    );
  }
}

export function hostWouldNotStart(reason: string): AzureError {
  return new AzureError(
    400,
    "FunctionHostWouldNotStart",
    `Azure accepts this function app, but its host never starts: ${reason}`,
  );
}

export function invalid(property: string, reason: string): AppServiceError {
  return new AppServiceError(400, "BadRequest", `${property} is invalid.  ${reason}`, "51021");
}
