import { ContainerClient, RestError } from "@azure/storage-blob";
import { azureCredential } from "../azureCredential.ts";
import { isConflict } from "./blobConflict.ts";
import { BlockWriter } from "./blockWriter.ts";
import { type ObjectWriter, type ReadableStore, StoreConflictError, type StoredDocument } from "./store.ts";

/** The SDK's own waits begin at four seconds, which is long for a run of one minute. */
const RETRIES = { maxTries: 6, retryDelayInMs: 500, maxRetryDelayInMs: 20_000, tryTimeoutInMs: 60_000 };

/** A store in a container of Azure Blob Storage, which is read and written by identity: accounts have no keys here. */
export function openBlobStore(
  containerUrl: string,
  managedIdentityClientId: string | undefined,
): ReadableStore {
  const credential = azureCredential(managedIdentityClientId);
  return new BlobStore(new ContainerClient(containerUrl, credential, { retryOptions: RETRIES }));
}

/** Made from a client of the container, whoever that client is. */
export class BlobStore implements ReadableStore {
  readonly #container: ContainerClient;

  constructor(container: ContainerClient) {
    this.#container = container;
  }

  async create(name: string, bytes: Buffer): Promise<boolean> {
    try {
      await this.#upload(name, bytes, { ifNoneMatch: "*" });
      return true;
    } catch (error) {
      if (!isConflict(error)) throw error;
      return (await this.size(name)) === undefined && this.#createFromBlock(name, bytes);
    }
  }

  async begin(name: string): Promise<ObjectWriter> {
    return new BlockWriter(this.#container.getBlockBlobClient(name), contentTypeOf(name));
  }

  async size(name: string): Promise<number | undefined> {
    const properties = await unlessMissing(() => this.#container.getBlobClient(name).getProperties());
    return properties?.contentLength;
  }

  async stream(name: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const response = await unlessMissing(() => this.#container.getBlobClient(name).download());
    return response?.readableStreamBody as AsyncIterable<Buffer> | undefined;
  }

  async read(name: string): Promise<StoredDocument | undefined> {
    const response = await unlessMissing(() => this.#container.getBlobClient(name).download());
    if (response === undefined) return undefined;
    const pieces: Buffer[] = [];
    for await (const piece of response.readableStreamBody!) pieces.push(Buffer.from(piece));
    return { bytes: Buffer.concat(pieces), version: response.etag! };
  }

  async replace(name: string, bytes: Buffer, version: string | undefined): Promise<string> {
    try {
      return await this.#upload(
        name,
        bytes,
        version === undefined ? { ifNoneMatch: "*" } : { ifMatch: version },
      );
    } catch (error) {
      if (isConflict(error)) throw new StoreConflictError(name);
      throw error;
    }
  }

  async list(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const blob of this.#container.listBlobsFlat({ prefix })) names.push(blob.name);
    return names;
  }

  async remove(name: string): Promise<void> {
    await this.#container.getBlobClient(name).deleteIfExists();
  }

  /**
   * For a name that has blocks which are not committed, of a poller that died or is at work. Whether such a blob counts as
   * one that is there is not documented, and Azurite lets it count for an upload; for a list of blocks it never does.
   */
  async #createFromBlock(name: string, bytes: Buffer): Promise<boolean> {
    const object = await this.begin(name);
    await object.write(bytes);
    return object.commit();
  }

  /** One request, so that the blob is there as a whole or not at all. */
  async #upload(
    name: string,
    bytes: Buffer,
    conditions: { ifMatch?: string; ifNoneMatch?: string },
  ): Promise<string> {
    const response = await this.#container.getBlockBlobClient(name).upload(bytes, bytes.length, {
      conditions,
      blobHTTPHeaders: { blobContentType: contentTypeOf(name) },
    });
    return response.etag!;
  }
}

/** Without a content encoding: with one, HTTP clients would uncompress a file that is called .gz. */
function contentTypeOf(name: string): string {
  if (name.endsWith(".gz")) return "application/gzip";
  return name.endsWith(".json") ? "application/json" : "text/plain; charset=utf-8";
}

async function unlessMissing<T>(action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RestError && error.code === "BlobNotFound") return undefined;
    if (error instanceof RestError && error.statusCode === 404 && error.code === undefined) return undefined;
    throw error;
  }
}
