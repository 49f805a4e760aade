import { describe, expect, it } from "vitest";
import { Directory } from "../../local/entra/directory.ts";
import { isResourceOf, type NationalCloud } from "../../local/nationalCloud.ts";

/** Microsoft's resources that each cloud has under a name of its own, and those of the others that it does not know. */
const own: Record<NationalCloud, string[]> = {
  commercial: ["https://manage.office.com", "https://management.azure.com", "api://AzureADTokenExchange"],
  gcc: ["https://manage-gcc.office.com", "https://management.azure.com", "api://AzureADTokenExchange"],
  gccHigh: [
    "https://manage.office365.us",
    "https://management.usgovcloudapi.net",
    "api://AzureADTokenExchangeUSGov",
  ],
  dod: [
    "https://manage.protection.apps.mil",
    "https://management.usgovcloudapi.net",
    "api://AzureADTokenExchangeUSGov",
  ],
};
const every = [...new Set(Object.values(own).flat())];

describe.each(Object.entries(own) as [NationalCloud, string[]][])(
  "a local tenant in %s",
  (cloud, resources) => {
    it("knows the resources of its cloud, and none of any other", () => {
      const directory = new Directory({ knowsResource: uri => isResourceOf(cloud, uri) });
      const known = every.filter(uri => directory.findResource(uri) !== undefined);
      expect(known.toSorted()).toEqual(resources.toSorted());
    });

    it("has storage, whose identifier is the same everywhere", () => {
      const directory = new Directory({ knowsResource: uri => isResourceOf(cloud, uri) });
      expect(directory.findResource("https://storage.azure.com")).toBeDefined();
    });
  },
);
