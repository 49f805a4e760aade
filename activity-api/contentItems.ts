/** One content blob, as a list of content names it. */
export interface ContentItem {
  contentType: string;
  contentId: string;
  contentUri: string;
  /** When the blob became available, as the service writes it. */
  contentCreated: string;
  /** Until when the blob can be fetched, as the service writes it. */
  contentExpiration: string;
}

/** Reads one page of a list of content, or undefined when it is none. */
export function readContentItems(value: unknown): ContentItem[] | undefined {
  return Array.isArray(value) && value.every(isContentItem) ? value : undefined;
}

function isContentItem(value: unknown): value is ContentItem {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  return ["contentType", "contentId", "contentUri", "contentCreated", "contentExpiration"].every(
    name => typeof fields[name] === "string",
  );
}
