/** The cloud that a local tenant is in. */
export type NationalCloud = "commercial" | "gcc" | "gccHigh" | "dod";

interface Resources {
  activityApi: string;
  resourceManager: readonly string[];
  tokenExchange: string;
  keyVault: string;
}

const PUBLIC_AZURE = {
  resourceManager: ["https://management.azure.com", "https://management.core.windows.net"],
  tokenExchange: "api://AzureADTokenExchange",
  keyVault: "https://vault.azure.net",
};

const US_GOVERNMENT_AZURE = {
  resourceManager: ["https://management.usgovcloudapi.net", "https://management.core.usgovcloudapi.net"],
  tokenExchange: "api://AzureADTokenExchangeUSGov",
  keyVault: "https://vault.usgovcloudapi.net",
};

/** https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure */
const RESOURCES: Record<NationalCloud, Resources> = {
  commercial: { activityApi: "https://manage.office.com", ...PUBLIC_AZURE },
  gcc: { activityApi: "https://manage-gcc.office.com", ...PUBLIC_AZURE },
  gccHigh: { activityApi: "https://manage.office365.us", ...US_GOVERNMENT_AZURE },
  dod: { activityApi: "https://manage.protection.apps.mil", ...US_GOVERNMENT_AZURE },
};

/** Those that differ by cloud; every other one, such as storage, has one identifier everywhere. */
const CLOUD_SPECIFIC = /^(https:\/\/(manage(-gcc|ment)?|vault)\.|api:\/\/AzureADTokenExchange)/;

/** Whether a tenant of the cloud knows Microsoft's resource of that identifier. */
export function isResourceOf(cloud: NationalCloud, identifierUri: string): boolean {
  const { activityApi, resourceManager, tokenExchange, keyVault } = RESOURCES[cloud];
  return (
    !CLOUD_SPECIFIC.test(identifierUri) ||
    [activityApi, tokenExchange, keyVault, ...resourceManager].includes(identifierUri)
  );
}

/** Audience of an outside token that Entra exchanges for one of its own. */
export function tokenExchangeAudience(cloud: NationalCloud): string {
  return RESOURCES[cloud].tokenExchange;
}

/** Whether the Functions host finds a storage account by its name alone: it looks in the public Azure. */
export function findsStorageByName(cloud: NationalCloud): boolean {
  return RESOURCES[cloud].resourceManager === PUBLIC_AZURE.resourceManager;
}
