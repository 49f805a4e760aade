import { SettingError } from "./settingError.ts";

/**
 * The Microsoft 365 cloud that a tenant lives in. It decides API host, login host and token audience together:
 * a tenant of one cloud is unknown in every other.
 *
 * 21Vianet (China) is left out: Microsoft documents no Management Activity API for it, and the host that circulates in
 * scripts, manage.office.cn, is confirmed by no page of Microsoft's.
 */
export const Cloud = {
  /** The worldwide cloud. */
  commercial: "commercial",
  /** US Government Community Cloud: an API host of its own, with the login and the Azure of the worldwide cloud. */
  gcc: "gcc",
  /** US Government Community Cloud High, with Azure Government. */
  gccHigh: "gccHigh",
  /** US Department of Defense, with Azure Government. */
  dod: "dod",
} as const;
export type Cloud = (typeof Cloud)[keyof typeof Cloud];

export interface CloudEndpoints {
  /** What Microsoft's pages call the cloud. */
  displayName: string;
  /** Root of the Management Activity API. */
  activityApiUrl: string;
  /** Entra's login host. */
  authorityUrl: string;
  /** `aud` of a token for the Management Activity API; with `/.default` behind it, the scope to ask for. */
  audience: string;
  /** Audience that an outside token must carry to be exchanged for an Entra token of this cloud. */
  tokenExchangeAudience: string;
  /** Root of Microsoft Graph; with `/.default` behind it, the scope to ask for. */
  graphUrl: string;
  /** Root of Azure Resource Manager. GCC tenants use the public Azure. */
  resourceManagerUrl: string;
  /** `aud` of a token for Azure Resource Manager. */
  resourceManagerAudience: string;
  /** The word for the Azure cloud in azure-native's and azuread's `environment`. */
  azureEnvironment: "public" | "usgovernment";
  /** What follows `<account>.blob.` in a storage account's host. */
  storageSuffix: string;
  /** What follows `<namespace>.` in the host of an Event Hubs namespace. */
  serviceBusSuffix: string;
  /** `aud` of a token for what is in key vaults. */
  keyVaultAudience: string;
}

type AzureEndpoints = Omit<CloudEndpoints, "displayName" | "activityApiUrl" | "audience">;

const publicAzure: AzureEndpoints = {
  authorityUrl: "https://login.microsoftonline.com",
  tokenExchangeAudience: "api://AzureADTokenExchange",
  graphUrl: "https://graph.microsoft.com",
  resourceManagerUrl: "https://management.azure.com",
  resourceManagerAudience: "https://management.azure.com",
  azureEnvironment: "public",
  storageSuffix: "core.windows.net",
  serviceBusSuffix: "servicebus.windows.net",
  keyVaultAudience: "https://vault.azure.net",
};

const usGovernmentAzure: AzureEndpoints = {
  authorityUrl: "https://login.microsoftonline.us",
  tokenExchangeAudience: "api://AzureADTokenExchangeUSGov",
  graphUrl: "https://graph.microsoft.us",
  resourceManagerUrl: "https://management.usgovcloudapi.net",
  resourceManagerAudience: "https://management.usgovcloudapi.net",
  azureEnvironment: "usgovernment",
  storageSuffix: "core.usgovcloudapi.net",
  serviceBusSuffix: "servicebus.usgovcloudapi.net",
  keyVaultAudience: "https://vault.usgovcloudapi.net",
};

/**
 * API hosts: https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference
 * Login hosts: https://learn.microsoft.com/power-platform/guidance/coe/setup-auditlog-http
 * Graph: https://learn.microsoft.com/graph/deployments
 * Key Vault: https://learn.microsoft.com/azure/azure-government/compare-azure-government-global-azure
 * Exchange audiences: https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity
 */
export const CLOUDS: Readonly<Record<Cloud, CloudEndpoints>> = {
  commercial: onHost("Enterprise", "https://manage.office.com", publicAzure),
  gcc: onHost("GCC", "https://manage-gcc.office.com", publicAzure),
  gccHigh: onHost("GCC High", "https://manage.office365.us", usGovernmentAzure),
  dod: onHost("DoD", "https://manage.protection.apps.mil", {
    ...usGovernmentAzure,
    graphUrl: "https://dod-graph.microsoft.us",
  }),
};

function onHost(displayName: string, activityApiUrl: string, azure: AzureEndpoints): CloudEndpoints {
  return { displayName, activityApiUrl, audience: activityApiUrl, ...azure };
}

/** What people write who know the clouds by the names of plans, portals or other tools. */
const otherNames: Readonly<Record<string, Cloud>> = {
  enterprise: Cloud.commercial,
  worldwide: Cloud.commercial,
  public: Cloud.commercial,
  azurecloud: Cloud.commercial,
  azurepubliccloud: Cloud.commercial,
  usgovernment: Cloud.gccHigh,
  usgov: Cloud.gccHigh,
  azureusgovernment: Cloud.gccHigh,
  usgovernmentl4: Cloud.gccHigh,
  usgovernmentl5: Cloud.dod,
};

const chinaNames = ["china", "21vianet", "azurechinacloud", "azurechina", "mooncake"];

/**
 * The cloud named by `value`, in any letter case.
 *
 * @throws SettingError with the right word where the value is another name of a cloud.
 */
export function parseCloud(value: string): Cloud {
  const wanted = value.toLowerCase();
  const found = Object.values(Cloud).find(cloud => cloud.toLowerCase() === wanted);
  if (found === undefined) throw new SettingError(`"${value}" is not a cloud. ${cloudAdvice(wanted)}`);
  return found;
}

function cloudAdvice(value: string): string {
  const letters = value.replace(/[\s_-]/g, "");
  if (chinaNames.includes(letters))
    return `Microsoft documents no Management Activity API for 21Vianet. Use ${cloudWords()}.`;
  const meant = otherNames[letters] ?? Object.values(Cloud).find(cloud => cloud.toLowerCase() === letters);
  if (meant !== undefined) return `Write ${meant}, the word for ${CLOUDS[meant].displayName} here.`;
  return `Use ${cloudWords()}.`;
}

function cloudWords(): string {
  return Object.values(Cloud)
    .map(cloud => `${cloud} (${CLOUDS[cloud].displayName})`)
    .join(", ");
}
