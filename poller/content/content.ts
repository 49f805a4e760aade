import type { ContentItem } from "../../activity-api/client.ts";

/** A content blob as the poller knows it. */
export interface Content {
  contentId: string;
  contentUri: string;
  /** When the blob became available. */
  created: Date;
}

/**
 * @param listedSince the start of the window that the item was listed in: it stands in for a time that cannot be read.
 */
export function contentOf(item: ContentItem, listedSince: Date): Content {
  const created = parseUtc(item.contentCreated) ?? listedSince;
  return { contentId: item.contentId, contentUri: item.contentUri, created };
}

/** The service means UTC, also where it leaves out the zone. */
export function parseUtc(text: string): Date | undefined {
  const hasZone = /(?:z|[+-]\d\d:?\d\d)$/i.test(text);
  const time = Date.parse(hasZone ? text : `${text}Z`);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** The UTC day, like 2026-11-21. */
export function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

/** The UTC hour as a path, like 2026/11/21/07. */
export function hourPathOf(date: Date): string {
  return date.toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
}
