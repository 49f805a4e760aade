/** Something in Entra that the deployer does, and any one of the rights that let it. */
export interface GraphNeed {
  /** What for, as the end of "is needed to ". */
  purpose: string;
  /** Application permissions of Microsoft Graph, the one to ask for first. */
  permissions: readonly string[];
  /** Words of `DIRECTORY_ROLES`. */
  directoryRoles: readonly DirectoryRole[];
  /** What to do without any of them, where there is another way. */
  otherwise?: string;
}

/** Template ids: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
export const DIRECTORY_ROLES = {
  "Global Administrator": "62e90394-69f5-4237-9190-012177145e10",
  "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
  "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
  "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
  "Application Developer": "cf1c38e5-3621-4004-a7cb-879624dced7c",
  "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
  "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
} as const;
export type DirectoryRole = keyof typeof DIRECTORY_ROLES;

/** Something in Azure that the deployer does. */
export interface AzureNeed {
  /** Such as Microsoft.Web/sites/write. */
  action: string;
  /** The built-in role that is meant for it. */
  role: string;
  /** What to do without, where there is another way. */
  otherwise?: string;
}

/** What a deployer has to be allowed, and what has to be prepared in the subscription. */
export interface DeployerNeeds {
  graph: GraphNeed[];
  azure: AzureNeed[];
  /** Namespaces of resource providers, such as Microsoft.Web. */
  resourceProviders: string[];
}

/** What of an integration decides the rights that deploying it takes. Plain, since a preview that does not know it looks for nothing. */
export interface PlannedDeployment {
  /** Whether an application is registered; not with an existing one, or with a managed identity as the client. */
  registersApplication: boolean;
  /** Whether application roles are granted. */
  grantsConsent: boolean;
  /** Whether Azure roles are assigned. */
  assignsRoles: boolean;
  /** Whether the resource group is created. Defaults to true. */
  createsResourceGroup?: boolean;
  /** Further parts that are declared, words of `PARTS`. Defaults to none. */
  parts?: readonly DeployedPart[];
}

const ADMINISTRATORS = [
  "Global Administrator",
  "Application Administrator",
  "Cloud Application Administrator",
] as const;

const REGISTRATION: GraphNeed = {
  purpose: "register the application",
  permissions: ["Application.ReadWrite.OwnedBy", "Application.ReadWrite.All"],
  directoryRoles: [...ADMINISTRATORS, "Application Developer"],
  otherwise: "pass an existing one as `application`, or set pollerCredential to managedIdentity",
};

/** Both are needed for a grant, the second to find Microsoft's own principal. */
const CONSENT: readonly GraphNeed[] = [
  {
    purpose: "grant ActivityFeed.Read",
    permissions: ["AppRoleAssignment.ReadWrite.All"],
    directoryRoles: [...ADMINISTRATORS, "Privileged Role Administrator"],
    otherwise: "set adminConsent to manual, which leaves it to an administrator",
  },
  {
    purpose: "look up the service principal of Office 365 Management APIs",
    permissions: [
      "Application.Read.All",
      "Application.ReadWrite.All",
      "Directory.Read.All",
      "Directory.ReadWrite.All",
    ],
    directoryRoles: [
      ...ADMINISTRATORS,
      "Privileged Role Administrator",
      "Directory Readers",
      "Global Reader",
    ],
    otherwise: "set adminConsent to manual",
  },
];

const RESOURCE_GROUP = "Microsoft.Resources/subscriptions/resourceGroups/write";

const RESOURCES = [
  "Microsoft.ManagedIdentity/userAssignedIdentities/write",
  "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
  "Microsoft.Storage/storageAccounts/write",
  "Microsoft.Web/serverfarms/write",
  "Microsoft.Web/sites/write",
  "Microsoft.Web/sites/publish/action",
];

/** What a part takes besides what every deployment takes. */
const PARTS = {
  monitoring: {
    actions: ["Microsoft.OperationalInsights/workspaces/write", "Microsoft.Insights/components/write"],
    resourceProviders: ["Microsoft.Insights", "Microsoft.OperationalInsights", "Microsoft.AlertsManagement"],
  },
  privateNetwork: {
    actions: [
      "Microsoft.Network/privateEndpoints/write",
      "Microsoft.Network/virtualNetworks/subnets/join/action",
    ],
    resourceProviders: ["Microsoft.Network"],
  },
  eventHubsSink: {
    actions: ["Microsoft.EventHub/namespaces/write"],
    resourceProviders: ["Microsoft.EventHub"],
  },
  logsIngestionSink: {
    actions: [
      "Microsoft.Insights/dataCollectionRules/write",
      "Microsoft.Insights/dataCollectionEndpoints/write",
    ],
    resourceProviders: ["Microsoft.Insights", "Microsoft.OperationalInsights"],
  },
  keyVault: {
    actions: ["Microsoft.KeyVault/vaults/write"],
    resourceProviders: ["Microsoft.KeyVault"],
  },
} as const satisfies Record<string, { actions: readonly string[]; resourceProviders: readonly string[] }>;
export type DeployedPart = keyof typeof PARTS;

const ROLE_ASSIGNMENT: AzureNeed = {
  action: "Microsoft.Authorization/roleAssignments/write",
  role: "Role Based Access Control Administrator",
  otherwise: "set roleAssignments to manual, which leaves them to another person",
};

/** Flex Consumption runs on Microsoft.App. */
const RESOURCE_PROVIDERS = [
  "Microsoft.Web",
  "Microsoft.App",
  "Microsoft.Storage",
  "Microsoft.ManagedIdentity",
];

/** https://learn.microsoft.com/graph/permissions-reference, https://learn.microsoft.com/azure/role-based-access-control/permissions */
export function deployerNeeds(planned: PlannedDeployment): DeployerNeeds {
  const { registersApplication, grantsConsent, assignsRoles, createsResourceGroup = true } = planned;
  const parts = [...new Set(planned.parts)].map(part => PARTS[part]);
  const actions = [
    ...(createsResourceGroup ? [RESOURCE_GROUP] : []),
    ...RESOURCES,
    ...parts.flatMap(part => part.actions),
  ];
  return {
    graph: [...(registersApplication ? [REGISTRATION] : []), ...(grantsConsent ? CONSENT : [])],
    azure: [
      ...actions.map(action => ({ action, role: "Contributor" })),
      ...(assignsRoles ? [ROLE_ASSIGNMENT] : []),
    ],
    resourceProviders: [
      ...new Set([...RESOURCE_PROVIDERS, ...parts.flatMap(part => part.resourceProviders)]),
    ],
  };
}
