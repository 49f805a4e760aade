import { describe, expect, it } from "vitest";
import { ContentType, parseContentType } from "../../activity-api/contentTypes.ts";

describe("parseContentType", () => {
  it("knows the five content types of the Management Activity API", () => {
    expect(Object.values(ContentType)).toEqual([
      "Audit.AzureActiveDirectory",
      "Audit.Exchange",
      "Audit.SharePoint",
      "Audit.General",
      "DLP.All",
    ]);
  });

  it.each([
    ["audit.general", "Audit.General"],
    ["Audit.Sharepoint", "Audit.SharePoint"],
    ["DLP.ALL", "DLP.All"],
  ])("turns %s into %s", (value, canonical) => {
    expect(parseContentType(value)).toBe(canonical);
  });

  it.each(["Audit.Defender", "General", "", " Audit.General"])(
    'refuses "%s" and says where Defender events are',
    value => {
      expect(() => parseContentType(value)).toThrow(
        `"${value}" is not a content type of the Management Activity API. ` +
          `Use Audit.AzureActiveDirectory, Audit.Exchange, Audit.SharePoint, Audit.General, DLP.All. ` +
          `Defender for Office 365 events are in Audit.General.`,
      );
    },
  );
});
