import { SettingError } from "./settingError.ts";

/**
 * A feed of the Management Activity API, which is subscribed to as a whole. Defender for Office 365 events come in
 * `Audit.General`.
 */
export const ContentType = {
  /** Entra ID: log-ons and changes in the directory. */
  AzureActiveDirectory: "Audit.AzureActiveDirectory",
  /** Exchange: mailboxes and their administration. */
  Exchange: "Audit.Exchange",
  /** SharePoint and OneDrive: files, folders and their sharing. */
  SharePoint: "Audit.SharePoint",
  /** Every other service, Defender for Office 365 among them. */
  General: "Audit.General",
  /** Data loss prevention in all services; takes the role `ActivityFeed.ReadDlp`. */
  Dlp: "DLP.All",
} as const;
export type ContentType = (typeof ContentType)[keyof typeof ContentType];

/**
 * The content type named by `value`, in Microsoft's letter case. The service takes any case and echoes it back
 * (https://github.com/MicrosoftDocs/office-365-management-api/issues/479), so that only one spelling may leave here.
 *
 * @throws SettingError with the five content types.
 */
export function parseContentType(value: string): ContentType {
  const found = Object.values(ContentType).find(known => known.toLowerCase() === value.toLowerCase());
  if (found !== undefined) return found;
  throw new SettingError(
    `"${value}" is not a content type of the Management Activity API. ` +
      `Use ${Object.values(ContentType).join(", ")}. ` +
      `Defender for Office 365 events are in Audit.General.`,
  );
}
