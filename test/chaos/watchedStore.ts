import { watch } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Entra } from "../../local/entra/server.ts";
import { startStorage } from "../../local/storage/storage.ts";
import type { StorageErrorCode } from "../../local/storage/storageErrors.ts";
import type { LocalTls } from "../../local/tls.ts";
import { startWeakWire } from "./weakWire.ts";

/** A poller's store, as whoever uses the events sees it: not through the poller's own code. */
export interface WatchedStore {
  /** For `SIEM_STORE`. */
  location: string;
  /** The present documents and objects whose names begin with `prefix`, by name. */
  read(prefix: string): Promise<Map<string, Buffer>>;
  /** Asked for every request: the error that Azure Storage answers with. A folder has no such errors. */
  fault: (isWrite: boolean) => StorageErrorCode | undefined;
  /** About how often `onRequest`, for the Management Activity API too, and `onWrite` are called in one run. */
  callsOfARun: { requests: number; writes: number };
  close(): Promise<void>;
}

export interface StoreHooks {
  /** Called for every request, or not at all for a folder. */
  onRequest: () => void;
  /** Called when something is about to be written to a container, or has just been to a folder. */
  onWrite: () => void;
  breaksWire: () => boolean;
}

const CODES: readonly StorageErrorCode[] = ["ConditionNotMet", "InternalError", "ServerBusy"];
const BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
const ACCOUNT = {
  name: "siemevents",
  resourceId:
    "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/siem/providers/Microsoft.Storage/storageAccounts/siemevents",
};

interface ContainerSettings {
  tls: LocalTls;
  folder: string;
  entra: Entra;
  /** Who may read and write. */
  principalObjectId: string;
}

/** A blob container behind a weak wire. */
export async function startContainer(
  { tls, folder, entra, principalObjectId }: ContainerSettings,
  { onRequest, onWrite, breaksWire }: StoreHooks,
): Promise<WatchedStore> {
  const storage = await startStorage({
    tls,
    folder,
    authorizationUri: `${entra.url}/tenant/oauth2/authorize`,
    verifyToken: token => {
      onRequest();
      return entra.verify(token);
    },
    roleAssignments: () => [
      { scope: ACCOUNT.resourceId, roleDefinitionId: BLOB_DATA_CONTRIBUTOR, principalObjectId },
    ],
  });
  const { blobEndpoint } = storage.addAccount(ACCOUNT);
  await storage.addContainer(ACCOUNT.name, "siem");
  const wire = await startWeakWire(new URL(blobEndpoint).origin, breaksWire);
  const store: WatchedStore = {
    location: `${wire.url}/${ACCOUNT.name}/siem`,
    callsOfARun: { requests: 32, writes: 8 },
    fault: () => undefined,
    read: async prefix => {
      const names = await storage.listBlobs(ACCOUNT.name, "siem", prefix);
      const blobs = names.map(
        async name => [name, await storage.readBlob(ACCOUNT.name, "siem", name)] as const,
      );
      return new Map(await Promise.all(blobs));
    },
    close: async () => {
      await wire.close();
      await storage.close();
    },
  };
  let drawn: StorageErrorCode | undefined;
  for (const [index, code] of CODES.entries())
    storage.setFault({
      code,
      count: Infinity,
      when: ({ access }) => {
        if (index === 0) {
          // Once for each request, which is then compared with each code.
          if (access === "write") onWrite();
          drawn = store.fault(access === "write");
        }
        return drawn === code;
      },
    });
  return store;
}

export async function startFolder(folder: string, onWrite: () => void): Promise<WatchedStore> {
  await mkdir(folder);
  const watcher = watch(folder, { recursive: true }, onWrite);
  return {
    location: folder,
    callsOfARun: { requests: 20, writes: 50 },
    fault: () => undefined,
    read: prefix => readFolder(folder, prefix),
    close: async () => watcher.close(),
  };
}

/** Of a document's row of numbered files, the last one counts. */
async function readFolder(folder: string, prefix: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter(entry => entry.isFile())
    .map(entry => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .filter(name => name.startsWith(prefix))
    .toSorted((one, other) => numberOf(one) - numberOf(other));
  const contents = new Map<string, Buffer>();
  for (const file of files) contents.set(file.replace(/\.\d+$/, ""), await readFile(path.join(folder, file)));
  return contents;
}

function numberOf(file: string): number {
  return Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
}
