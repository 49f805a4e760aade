import { CONTENT_TYPES, type ContentType } from "./contentTypes.ts";

/** Where the made-up tenants live; part of every content id since about 2020. */
const REGION = "emea0021";

/**
 * A content id in the form seen since 2023: `{start}${end}${table}${Table}${region}`. Its stamps are 23 digits, a time
 * in milliseconds and six more, which `sequence` makes unique; the second one is the creation time.
 */
export function contentIdFor(
  contentType: ContentType,
  firstEventAt: number,
  created: number,
  sequence: number,
): string {
  const table = tableOf(contentType);
  return [stamp(firstEventAt, sequence), stamp(created, sequence), table.toLowerCase(), table, REGION].join(
    "$",
  );
}

/** Whether `contentId` has a form that the service could have issued: four segments, or up to two regions more. */
export function isContentId(contentId: string): boolean {
  const [start, end, table, Table, ...regions] = contentId.split("$");
  return (
    isStamp(start) &&
    isStamp(end) &&
    tables().includes(table?.toLowerCase()) &&
    tables().includes(Table?.toLowerCase()) &&
    regions.length <= 2 &&
    regions.every(region => /^[a-z]+\d+$/i.test(region))
  );
}

function tableOf(contentType: ContentType): string {
  return contentType.replace(".", "_");
}

function tables(): (string | undefined)[] {
  return CONTENT_TYPES.map(contentType => tableOf(contentType).toLowerCase());
}

function stamp(at: number, sequence: number): string {
  const milliseconds = new Date(at).toISOString().replace(/\D/g, "");
  return milliseconds + String(sequence % 1_000_000).padStart(6, "0");
}

function isStamp(segment: string | undefined): boolean {
  return segment !== undefined && /^\d{23}$/.test(segment);
}
