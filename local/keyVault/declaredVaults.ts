import type { ResourceManager } from "../azure/resourceManager.ts";
import type { DeclaredVault } from "./keyVaults.ts";

/** The key vaults of the local subscription, as they are now. */
export function declaredVaults(azure: ResourceManager): DeclaredVault[] {
  return azure.list("azure-native:keyvault:Vault").map(({ id, name }) => ({ name, resourceId: id }));
}
