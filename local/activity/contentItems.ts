import type { ContentBlob } from "./contentStore.ts";
import type { ContentType } from "./contentTypes.ts";

/** An entry of a content listing. */
export interface ContentItem {
  contentUri: string;
  contentId: string;
  contentType: ContentType;
  contentCreated: string;
  contentExpiration: string;
}

/** An entry of what a webhook is sent. */
export interface NotifiedItem extends ContentItem {
  tenantId: string;
  clientId: string;
}

export function contentItem(blob: ContentBlob, origin: string): ContentItem {
  return {
    contentUri: `${origin}/api/v1.0/${blob.tenantId}/activity/feed/audit/${blob.contentId}`,
    contentId: blob.contentId,
    contentType: blob.contentType,
    contentCreated: new Date(blob.created).toISOString(),
    contentExpiration: new Date(blob.expires).toISOString(),
  };
}

export function notifiedItem(blob: ContentBlob, clientId: string, origin: string): NotifiedItem {
  return { tenantId: blob.tenantId, clientId, ...contentItem(blob, origin) };
}
