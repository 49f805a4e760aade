import type { Window } from "./windows.ts";

interface Listing {
  window: Window;
  isListed: boolean;
  /** Content blobs that were listed and that the ledger does not know yet. */
  open: Set<string>;
}

/** Knows up to when everything is listed and in the ledger, while content blobs of several windows are fetched. */
export class ListingProgress {
  readonly #listings: Listing[] = [];

  /** Windows are planned in their order. */
  plan(window: Window): void {
    this.#listings.push({ window, isListed: false, open: new Set() });
  }

  listed(window: Window, contentId: string): void {
    this.#of(window).open.add(contentId);
  }

  /** All pages of the window are read. */
  complete(window: Window): void {
    this.#of(window).isListed = true;
  }

  recorded(contentIds: Iterable<string>): void {
    for (const contentId of contentIds) for (const { open } of this.#listings) open.delete(contentId);
  }

  /** The end of the last window before which nothing is missing. */
  get listedUntil(): Date | undefined {
    const firstUndone = this.#listings.findIndex(listing => !isDone(listing));
    const done = firstUndone === -1 ? this.#listings : this.#listings.slice(0, firstUndone);
    return done.at(-1)?.window.end;
  }

  /** Whether windows were planned and nothing of them is missing. */
  get isComplete(): boolean {
    return this.#listings.length > 0 && this.#listings.every(isDone);
  }

  #of(window: Window): Listing {
    return this.#listings.find(listing => listing.window === window)!;
  }
}

function isDone({ isListed, open }: Listing): boolean {
  return isListed && open.size === 0;
}
