import { SeededRandom } from "./random.ts";
import { fileThreat } from "./samples/fileThreat.ts";
import { airInvestigation } from "./samples/investigation.ts";
import { mailThreat } from "./samples/mailThreat.ts";
import { hygieneRecord, noise, UNKNOWN_RECORD_TYPE, unknownRecord } from "./samples/noise.ts";
import { SampleContext } from "./samples/sampleContext.ts";
import { urlClick } from "./samples/urlClick.ts";

export interface SampleOptions {
  count: number;
  /** The same seed gives the same events, ids included; another one gives none of them. */
  seed: string | number;
  tenantId: string;
  /** Time of the newest event; the others are of the hour before. */
  at: Date | number;
  /**
   * Share of the four record types of Defender for Office 365, 0 to 1. Defaults to 0.04, as in a quiet tenant. More
   * than 0 gives at least one of each as far as `count` allows.
   */
  wantedShare?: number;
  /** Whether records deviate from Microsoft's schema in the ways that were seen on the wire. Defaults to true. */
  schemaDrift?: boolean;
  /** Every event is padded to at least this many bytes. Defaults to 0, which leaves them as they are. */
  minimumBytes?: number;
}

export interface SampleEvents {
  /** One JSON text per event, none of which contains a line break. */
  lines: string[];
  countByRecordType: Record<number, number>;
}

const DEFAULT_WANTED_SHARE = 0.04;

/** The four record types of Defender for Office 365, and how a record of each is made up. */
const WANTED: readonly [recordType: number, make: (context: SampleContext, variant: number) => string][] = [
  [28, mailThreat],
  [41, urlClick],
  [47, fileThreat],
  [64, airInvestigation],
];

/** Events of Audit.General as a quiet tenant has them: some of Defender for Office 365 among much that is not. */
export function sampleEvents(options: SampleOptions): SampleEvents {
  const { count, seed, tenantId, at, wantedShare = DEFAULT_WANTED_SHARE, schemaDrift = true } = options;
  const context = new SampleContext({ seed, tenantId, newestAt: Number(at), schemaDrift });
  const wanted = wantedCount(count, wantedShare);
  const events = [...wantedEvents(context, wanted), ...noiseEvents(context, count - wanted)];
  const pad = padding(options.minimumBytes ?? 0);
  const shuffled = context.random.shuffled(events);
  return {
    lines: shuffled.map(({ line }) => pad(line)),
    countByRecordType: countByRecordType(shuffled),
  };
}

interface SampleEvent {
  recordType: number;
  line: string;
}

function wantedCount(count: number, share: number): number {
  if (share === 0) return 0;
  return Math.min(count, Math.max(Math.round(count * share), WANTED.length));
}

function wantedEvents(context: SampleContext, count: number): SampleEvent[] {
  return Array.from({ length: count }, (_none, index) => {
    const [recordType, make] = WANTED[index % WANTED.length]!;
    return { recordType, line: make(context, Math.floor(index / WANTED.length)) };
  });
}

/** One record of a type that nobody knows and one with a number too large for a double, as far as `count` allows. */
function noiseEvents(context: SampleContext, count: number): SampleEvent[] {
  return Array.from({ length: count }, (_none, index) => {
    if (!context.schemaDrift) return noise(context);
    if (index === 0) return { recordType: UNKNOWN_RECORD_TYPE, line: unknownRecord(context) };
    if (index === 1) return { recordType: 51, line: hygieneRecord(context) };
    return noise(context);
  });
}

function countByRecordType(events: readonly SampleEvent[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { recordType } of events) counts[recordType] = (counts[recordType] ?? 0) + 1;
  return counts;
}

/** Fills up with what compresses as badly as ids and hashes do, cut from one text since making it is slow. */
function padding(minimumBytes: number): (line: string) => string {
  if (minimumBytes === 0) return line => line;
  const random = new SeededRandom("padding");
  const filler = random.hex(minimumBytes * 2);
  return line => {
    const head = `${line.slice(0, -1)},"ExtendedProperties":[{"Name":"AdditionalInfo","Value":"`;
    const tail = '"}]}';
    const missing = minimumBytes - Buffer.byteLength(line);
    if (missing <= 0) return line;
    const room = Math.max(0, minimumBytes - Buffer.byteLength(head) - tail.length);
    const start = random.integer(0, minimumBytes);
    return head + filler.slice(start, start + room) + tail;
  };
}
