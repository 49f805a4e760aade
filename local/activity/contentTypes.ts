/** The feeds of the Management Activity API, in Microsoft's letter case. */
export const CONTENT_TYPES = [
  "Audit.AzureActiveDirectory",
  "Audit.Exchange",
  "Audit.SharePoint",
  "Audit.General",
  "DLP.All",
] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

/**
 * The content type that `value` names, or undefined. Letter case does not matter: callers of the service got along
 * with `Audit.Sharepoint` (https://github.com/MicrosoftDocs/office-365-management-api/issues/479).
 */
export function findContentType(value: string): ContentType | undefined {
  return CONTENT_TYPES.find(known => known.toLowerCase() === value.toLowerCase());
}
