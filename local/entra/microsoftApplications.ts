import { type AppRole, type ServicePrincipal, ServicePrincipalKind } from "./directoryObjects.ts";
import { newServicePrincipal } from "./newObjects.ts";

/** One of Microsoft's own applications, which a tenant knows by a service principal only. */
export interface MicrosoftApplication {
  clientId: string;
  displayName: string;
  /** Resource identifiers without trailing slash, of every national cloud. */
  identifierUris: string[];
  appRoles: AppRole[];
}

/** https://learn.microsoft.com/office/office-365-management-api/get-started-with-office-365-management-apis */
export const OFFICE_365_MANAGEMENT_APIS: MicrosoftApplication = {
  clientId: "c5393580-f805-4401-95e8-94b7a6ef2fc2",
  displayName: "Office 365 Management APIs",
  identifierUris: [
    "https://manage.office.com",
    "https://manage-gcc.office.com",
    "https://manage.office365.us",
    "https://manage.protection.apps.mil",
    "https://manage.office.cn",
  ],
  appRoles: [
    { id: "594c1fb6-4f81-4475-ae41-0c394909246c", value: "ActivityFeed.Read" },
    { id: "4807a72c-ad38-4250-94c9-4eabfe26cd55", value: "ActivityFeed.ReadDlp" },
    { id: "e2cea78f-e743-4d8f-a16a-75b629a038ae", value: "ServiceHealth.Read" },
    { id: "b3b78c39-cb1d-4d17-820a-25d9196a800e", value: "ActivityReports.Read" },
    { id: "17f1c501-83cd-414c-9064-cd10f7aef836", value: "ThreatIntelligence.Read" },
  ],
};

export const AZURE_STORAGE: MicrosoftApplication = {
  clientId: "e406a681-f3d4-42a8-90b6-c2b029497af1",
  displayName: "Azure Storage",
  identifierUris: ["https://storage.azure.com"],
  appRoles: [],
};

export const AZURE_RESOURCE_MANAGER: MicrosoftApplication = {
  clientId: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
  displayName: "Windows Azure Service Management API",
  identifierUris: [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://management.usgovcloudapi.net",
    "https://management.core.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.chinacloudapi.cn",
  ],
  appRoles: [],
};

/** Telemetry of Application Insights, and logs and metrics of Azure Monitor. */
export const AZURE_MONITOR: MicrosoftApplication = {
  clientId: "e933bd07-d2ee-4f1d-933c-3752b819567b",
  displayName: "Azure Monitor Control Service",
  identifierUris: ["https://monitor.azure.com", "https://monitor.azure.us", "https://monitor.azure.cn"],
  appRoles: [],
};

export const AZURE_EVENT_HUBS: MicrosoftApplication = {
  clientId: "80369ed6-5f11-4dd9-bef3-692475845e77",
  displayName: "Microsoft.EventHubs",
  identifierUris: ["https://eventhubs.azure.net"],
  appRoles: [],
};

export const AZURE_KEY_VAULT: MicrosoftApplication = {
  clientId: "cfa8b339-82a2-471a-a3c9-0fc0be7a4093",
  displayName: "Azure Key Vault",
  identifierUris: ["https://vault.azure.net", "https://vault.usgovcloudapi.net", "https://vault.azure.cn"],
  appRoles: [],
};

/** https://learn.microsoft.com/graph/permissions-reference */
export const MICROSOFT_GRAPH: MicrosoftApplication = {
  clientId: "00000003-0000-0000-c000-000000000000",
  displayName: "Microsoft Graph",
  identifierUris: [
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://dod-graph.microsoft.us",
  ],
  appRoles: [
    { id: "18a4783c-866b-4cc7-a460-3d5e5662c884", value: "Application.ReadWrite.OwnedBy" },
    { id: "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", value: "Application.Read.All" },
    { id: "06b708a9-e830-4db3-a914-8e69da51d44f", value: "AppRoleAssignment.ReadWrite.All" },
  ],
};

/**
 * The resource for which a managed identity asks a token to prove itself to another application. The token names it by
 * client id, while the federated credential names it by URI: Entra knows that both are the same.
 */
export const TOKEN_EXCHANGE: MicrosoftApplication = {
  clientId: "fb60f99c-7a34-4190-8149-302f77469936",
  displayName: "AAD Token Exchange Endpoint",
  identifierUris: [
    "api://AzureADTokenExchange",
    "api://AzureADTokenExchangeUSGov",
    "api://AzureADTokenExchangeChina",
  ],
  appRoles: [],
};

/** The principals that a new local tenant knows, as a tenant with Office 365 and an Azure subscription does. */
export const MICROSOFT_APPLICATIONS = [
  OFFICE_365_MANAGEMENT_APIS,
  AZURE_STORAGE,
  AZURE_RESOURCE_MANAGER,
  AZURE_MONITOR,
  AZURE_EVENT_HUBS,
  AZURE_KEY_VAULT,
  MICROSOFT_GRAPH,
  TOKEN_EXCHANGE,
];

/** What stands for the application in a tenant. */
export function microsoftServicePrincipal(application: MicrosoftApplication): ServicePrincipal {
  return newServicePrincipal({ ...application, kind: ServicePrincipalKind.microsoft });
}
