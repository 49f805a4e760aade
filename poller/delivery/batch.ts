import type { Content } from "../content/content.ts";
import type { KeySet } from "../ledger/keySet.ts";
import type { EventBlobHoldings } from "../ledger/ledgerHead.ts";
import type { Store } from "../store/store.ts";

/** The events of some content blobs of one hour, on their way into one event blob. */
export interface Batch {
  readonly contents: readonly Content[];
  readonly eventKeys: KeySet;
  readonly events: number;
  /** Before compression. */
  readonly inputBytes: number;
  /**
   * Nothing more will be added.
   *
   * @param newName makes a name for an event blob of content that became available at this time.
   */
  finish(store: Store, newName: (created: Date) => string): Promise<UnwrittenEventBlob>;
  /** Lets go of it. What is not in the store is gone. */
  discard(): Promise<void>;
}

/** An event blob that is ready, and not in the store yet. */
export interface UnwrittenEventBlob {
  name: string;
  holds: EventBlobHoldings;
  /** Puts it into the store unless there is one of its name. Says whether it did. */
  create(): Promise<boolean>;
}
