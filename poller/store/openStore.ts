import type { ReadableStore } from "./store.ts";
import type { StoreLocation } from "./storeLocation.ts";

/**
 * Opens a store. The libraries for blobs are loaded only when they are needed.
 *
 * @param managedIdentityClientId the user-assigned identity that may read and write blobs; undefined for whatever
 * @azure/identity finds.
 */
export async function openStore(
  location: StoreLocation,
  managedIdentityClientId: string | undefined,
): Promise<ReadableStore> {
  if (location.kind === "folder") {
    const { FolderStore } = await import("./folderStore.ts");
    return new FolderStore(location.path);
  }
  const { openBlobStore } = await import("./blobStore.ts");
  return openBlobStore(location.url, managedIdentityClientId);
}
