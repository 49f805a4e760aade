import type { ContentType } from "../../activity-api/contentTypes.ts";
import type { PollerSettings } from "../settings.ts";
import { describeStoreLocation } from "./storeLocation.ts";

/**
 * What names in the stores begin with: the tenant id, and before it `events/` and `ledger/` when both are in one store.
 */
export class StoreLayout {
  readonly #events: string;
  readonly #ledger: string;

  constructor({ tenantId, store, ledger }: Pick<PollerSettings, "tenantId" | "store" | "ledger">) {
    const isShared = describeStoreLocation(store) === describeStoreLocation(ledger);
    this.#events = `${isShared ? "events/" : ""}${tenantId}/`;
    this.#ledger = `${isShared ? "ledger/" : ""}${tenantId}/`;
  }

  /** Of event blobs. */
  eventPrefix(contentType: ContentType): string {
    return `${this.#events}${contentType}/`;
  }

  /** Of the ledger's documents. */
  ledgerPrefix(contentType: ContentType): string {
    return `${this.#ledger}${contentType}/`;
  }

  /** The document of the last runs. */
  get runsName(): string {
    return `${this.#ledger}runs.json`;
  }
}
