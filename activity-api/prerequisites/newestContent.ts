import type { ActivityApiClient } from "../client.ts";
import type { ContentItem } from "../contentItems.ts";
import type { ContentType } from "../contentTypes.ts";
import { ActivityApiError } from "../errors.ts";

export interface NewestContent {
  contentType: ContentType;
  /** The newest first; empty when there is none since `since`. */
  items: ContentItem[];
  /** How far back was looked. */
  since: Date;
  /** Why the service did not list it. */
  failure: ActivityApiError | undefined;
}

const hour = 3_600_000;

/**
 * Where the windows begin, in hours before now: the last hour first, since a busy tenant fills it, then as far as the service
 * lets one look. It refuses a window of 24 hours and a beginning seven days ago.
 */
const windowEdges = [1, 24, 47, 70, 93, 116, 139, 162];

/** The service's time is known to the second only, and it accepts a window that ends in the future. */
const clockMarginMilliseconds = 60_000;

/** Enough to judge by. */
const enoughItems = 20;

/**
 * The newest content, as far back as it takes to find enough of it.
 *
 * @param now milliseconds since 1970 by the service's clock, which judges the windows.
 */
export async function findNewestContent(
  client: ActivityApiClient,
  contentType: ContentType,
  now: number,
): Promise<NewestContent> {
  const content: NewestContent = {
    contentType,
    items: [],
    since: new Date(now + clockMarginMilliseconds),
    failure: undefined,
  };
  try {
    for (const edge of windowEdges) {
      const window = { start: new Date(now - edge * hour), end: content.since };
      content.items.push(...newestFirst(await listWindow(client, contentType, window)));
      content.since = window.start;
      if (content.items.length >= enoughItems) break;
    }
  } catch (error) {
    if (!(error instanceof ActivityApiError)) throw error;
    content.failure = error;
  }
  return content;
}

async function listWindow(
  client: ActivityApiClient,
  contentType: ContentType,
  window: { start: Date; end: Date },
): Promise<ContentItem[]> {
  const items: ContentItem[] = [];
  for await (const page of client.listContent(contentType, window)) items.push(...page);
  return items;
}

/** The service lists content in the order in which it became available, which need not be that of its creation. */
function newestFirst(items: ContentItem[]): ContentItem[] {
  return items.toSorted((one, other) => Date.parse(other.contentCreated) - Date.parse(one.contentCreated));
}
