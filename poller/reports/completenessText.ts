import type { CompletenessProof, HourProof } from "./completeness.ts";

const COLUMNS = ["listed", "delivered", "filtered", "dead", "pending", "eventBlobs", "events"] as const;

/** The proof as a table with a line for each hour, and what is wrong below it. */
export function describeProof({ contentType, listedUntil, hours, gaps }: CompletenessProof): string {
  const isGap = new Set(gaps.map(({ hour }) => hour));
  const total = hours.reduce(add, { hour: "all hours", ...noCounts() });
  return [
    `${contentType}, listed until ${listedUntil ?? "nothing"}`,
    row("hour (UTC)", COLUMNS.map(headingOf)),
    ...hours.map(
      proof =>
        row(hourInWords(proof.hour), countsOf(proof)) + (isGap.has(proof.hour) ? "  gap" : "  complete"),
    ),
    row(total.hour, countsOf(total)),
    ...gaps.map(
      ({ hour, problem }) => `  gap${hour === undefined ? "" : ` ${hourInWords(hour)}`}: ${problem}`,
    ),
    gaps.length === 0
      ? "  No gap: listed = delivered + filtered + dead + pending."
      : `  ${gaps.length} ${gaps.length === 1 ? "gap" : "gaps"}.`,
  ].join("\n");
}

function row(first: string, cells: readonly (string | number)[]): string {
  return `  ${first.padEnd(16)}${cells.map(cell => String(cell).padStart(13)).join("")}`;
}

function headingOf(column: (typeof COLUMNS)[number]): string {
  return column === "eventBlobs" ? "event blobs" : column;
}

function hourInWords(hour: string): string {
  return `${hour.slice(0, 10).replaceAll("/", "-")} ${hour.slice(11)}:00`;
}

function countsOf(proof: HourProof): number[] {
  return COLUMNS.map(column => proof[column]);
}

function noCounts(): Omit<HourProof, "hour"> {
  return { listed: 0, delivered: 0, filtered: 0, dead: 0, pending: 0, eventBlobs: 0, events: 0 };
}

function add(sum: HourProof, proof: HourProof): HourProof {
  for (const column of COLUMNS) sum[column] += proof[column];
  return sum;
}
