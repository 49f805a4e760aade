import { ContentState } from "./contentDay.ts";
import type { Ledger } from "./ledger.ts";

/** A content blob that was given up. */
export interface DeadLetter {
  contentId: string;
  contentUri: string;
  /** When the blob became available. */
  contentCreated: string;
  reason: string;
}

/** The content blobs that were given up, the oldest day first. */
export async function deadLetters(ledger: Ledger): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  const waiting = new Set(ledger.head.waiting.map(({ contentId }) => contentId));
  for await (const day of ledger.settledDays())
    for (const { contentId, created, state, detail } of day.contents())
      if (state === ContentState.dead && typeof detail === "object" && !waiting.has(contentId))
        letters.push({ contentId, contentCreated: created.toISOString(), ...detail });
  return letters;
}
