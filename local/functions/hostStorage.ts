import type { FunctionApp } from "../azure/resourceManagerHooks.ts";
import type { LocalStorage } from "../storage/storage.ts";

const PREFIX = "AzureWebJobsStorage";

/**
 * Why the Functions host cannot use the storage that it keeps its locks, timer status and keys in; undefined when it can.
 * Such an app deploys in Azure all the same, and is dead.
 */
export function hostStorageProblem(
  { appSettings, identities }: FunctionApp,
  storage: LocalStorage,
  findsStorageByName: boolean,
): string | undefined {
  if (appSettings[PREFIX] === "")
    return `The application setting ${PREFIX} is empty, which hides the settings ${PREFIX}__*. Leave it out.`;
  if (appSettings[PREFIX] !== undefined)
    return `The application setting ${PREFIX} is a connection string. Key based authentication is not permitted on this storage account.`;

  if (!findsStorageByName && appSettings[`${PREFIX}__accountName`] !== undefined)
    return `The application setting ${PREFIX}__accountName names an account in the public Azure, where ${appSettings[`${PREFIX}__accountName`]} is not. Use ${PREFIX}__blobServiceUri.`;
  const account = accountName(appSettings, storage);
  if (account === undefined)
    return `Neither ${PREFIX}__accountName nor ${PREFIX}__blobServiceUri names a storage account of this tenant; the host cannot lock its timers.`;
  if (appSettings[`${PREFIX}__credential`]?.toLowerCase() !== "managedidentity")
    return `The application setting ${PREFIX}__credential is not "managedidentity"; without it the host does not sign in as an identity (Azure/azure-functions-host#11796).`;

  const clientId = appSettings[`${PREFIX}__clientId`];
  const identity = identities.find(candidate => candidate.clientId === clientId);
  if (identity === undefined)
    return `The application setting ${PREFIX}__clientId (${clientId ?? "missing"}) is the client id of no identity that is assigned to the app.`;
  if (!storage.isReachable(identity.principalId, account))
    return `The firewall of the storage account ${account} does not let the app in: This request is not authorized to perform this operation. It needs a private endpoint in the virtual network of the app, and its name in a private DNS zone that the network asks.`;
  if (!storage.mayAccess(identity.principalId, "write", account))
    return `The identity ${identity.name} has no role on the storage account ${account}: This request is not authorized to perform this operation using this permission. The host needs Storage Blob Data Owner.`;
  return undefined;
}

function accountName(appSettings: Record<string, string>, storage: LocalStorage): string | undefined {
  const uri = appSettings[`${PREFIX}__blobServiceUri`];
  const name = appSettings[`${PREFIX}__accountName`] ?? (uri && storage.locate(uri)?.account);
  return name && storage.hasAccount(name) ? name : undefined;
}
