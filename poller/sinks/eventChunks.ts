import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { RecordTypeFilter } from "../content/recordTypeFilter.ts";
import type { SinkEvent } from "./sink.ts";

const NEWLINE = 0x0a;
const MOST_EVENTS = 1000;
const MOST_BYTES = 1024 * 1024;

/** Record types are looked up once for each spelling. */
const recordTypes = new RecordTypeFilter("all");

/** Events that follow each other in an event blob. */
export interface EventChunk {
  /** Which one it is, from 0 on. The same each time that the event blob is read. */
  index: number;
  events: SinkEvent[];
  bytes: number;
}

/**
 * The events of an event blob, however large it is: a piece at a time is in memory.
 *
 * @param pieces the gzipped NDJSON.
 * @throws zlib's errors when it is damaged.
 */
export async function* eventChunks(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<EventChunk> {
  let chunk: EventChunk = { index: 0, events: [], bytes: 0 };
  for await (const line of lines(pieces)) {
    const isFull = chunk.events.length >= MOST_EVENTS || chunk.bytes + line.length > MOST_BYTES;
    if (isFull && chunk.events.length > 0) {
      yield chunk;
      chunk = { index: chunk.index + 1, events: [], bytes: 0 };
    }
    chunk.events.push(sinkEvent(line));
    chunk.bytes += line.length;
  }
  if (chunk.events.length > 0) yield chunk;
}

/** What a sink is told of an event that is kept as a line. */
export function sinkEvent(line: Buffer): SinkEvent {
  const { Id: id, RecordType: recordType, CreationTime: creationTime } = propertiesOf(line);
  return {
    id: textOf(id),
    recordType: recordTypes.numberOf(
      typeof recordType === "number" || typeof recordType === "string" ? recordType : undefined,
    ),
    creationTime: textOf(creationTime),
    line,
  };
}

async function* lines(gzipped: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  // An error of either end reaches whoever reads, and who stops reading ends both.
  const pieces = pipeline(Readable.from(gzipped), createGunzip(), () => {});
  let begun: Buffer[] = [];
  for await (const piece of pieces as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      begun.push(piece.subarray(start, end));
      yield begun.length === 1 ? begun[0]! : Buffer.concat(begun);
      begun = [];
      start = end + 1;
    }
    if (start < piece.length) begun.push(piece.subarray(start));
  }
  // The store's blobs end with a line break; whoever put back a copy may have cut it off.
  if (begun.length > 0) yield Buffer.concat(begun);
}

function propertiesOf(line: Buffer): Record<string, unknown> {
  try {
    const event: unknown = JSON.parse(line.toString());
    return typeof event === "object" && event !== null ? (event as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
