import { type Counts, count } from "../collection/counts.ts";
import type { ContentEvents } from "./contentEvents.ts";
import { EventScanner } from "./eventScanner.ts";
import type { RecordTypeFilter } from "./recordTypeFilter.ts";

/** How many events of each record type a content blob holds. */
export interface EventCounts {
  kept: Counts;
  dropped: Counts;
}

/**
 * Reads a content blob as it arrives and adds its wanted events to `events`.
 *
 * @throws MalformedContentError when it is not a JSON array of events, besides whatever `pieces` throws.
 */
export async function readContent(
  pieces: AsyncIterable<Uint8Array>,
  filter: RecordTypeFilter,
  events: ContentEvents,
): Promise<EventCounts> {
  const counts: EventCounts = { kept: {}, dropped: {} };
  const scanner = new EventScanner(
    (recordType, bytes, start, end) => {
      const isWanted = filter.isWanted(recordType);
      if (isWanted) events.add(bytes, start, end);
      count(isWanted ? counts.kept : counts.dropped, filter.nameOf(recordType));
    },
    { isUnwanted: recordType => !filter.isWanted(recordType) },
  );
  try {
    for await (const piece of pieces) {
      scanner.push(piece);
      if (events.isFull) await events.unload();
    }
    scanner.end();
  } finally {
    scanner.release();
  }
  await events.finish();
  return counts;
}
