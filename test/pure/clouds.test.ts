import { describe, expect, it } from "vitest";
import { CLOUDS, Cloud, parseCloud } from "../../activity-api/clouds.ts";

describe("clouds", () => {
  it.each([
    ["commercial", "https://manage.office.com", "https://login.microsoftonline.com"],
    ["gcc", "https://manage-gcc.office.com", "https://login.microsoftonline.com"],
    ["gccHigh", "https://manage.office365.us", "https://login.microsoftonline.us"],
    ["dod", "https://manage.protection.apps.mil", "https://login.microsoftonline.us"],
  ] as const)("%s has its API at %s and its login at %s", (cloud, activityApiUrl, authorityUrl) => {
    expect(CLOUDS[cloud]).toMatchObject({ activityApiUrl, authorityUrl, audience: activityApiUrl });
  });

  it.each(["commercial", "gcc"] as const)("%s is in the public Azure", cloud => {
    expect(CLOUDS[cloud]).toMatchObject({
      tokenExchangeAudience: "api://AzureADTokenExchange",
      resourceManagerUrl: "https://management.azure.com",
      resourceManagerAudience: "https://management.azure.com",
      azureEnvironment: "public",
      storageSuffix: "core.windows.net",
    });
  });

  it.each(["gccHigh", "dod"] as const)("%s is in the Azure of the US government", cloud => {
    expect(CLOUDS[cloud]).toMatchObject({
      tokenExchangeAudience: "api://AzureADTokenExchangeUSGov",
      resourceManagerUrl: "https://management.usgovcloudapi.net",
      resourceManagerAudience: "https://management.usgovcloudapi.net",
      azureEnvironment: "usgovernment",
      storageSuffix: "core.usgovcloudapi.net",
    });
  });
});

describe("parseCloud", () => {
  it.each(Object.values(Cloud))("takes %s in any letter case", cloud => {
    expect([cloud, cloud.toUpperCase(), cloud.toLowerCase()].map(parseCloud)).toEqual([cloud, cloud, cloud]);
  });

  it.each([
    ["Enterprise", "commercial", "Enterprise"],
    ["worldwide", "commercial", "Enterprise"],
    ["AzureUSGovernment", "gccHigh", "GCC High"],
    ["GCC High", "gccHigh", "GCC High"],
    ["gcc-high", "gccHigh", "GCC High"],
  ])("suggests for %s the word %s", (value, word, plan) => {
    expect(() => parseCloud(value)).toThrow(
      `"${value}" is not a cloud. Write ${word}, the word for ${plan} here.`,
    );
  });

  it.each(["china", "21Vianet", "AzureChinaCloud"])(
    "says of %s that Microsoft documents no such API",
    value => {
      expect(() => parseCloud(value)).toThrow(
        `"${value}" is not a cloud. Microsoft documents no Management Activity API for 21Vianet. ` +
          `Use commercial (Enterprise), gcc (GCC), gccHigh (GCC High), dod (DoD).`,
      );
    },
  );

  it("lists the clouds for a word that means nothing", () => {
    expect(() => parseCloud("mars")).toThrow(
      `"mars" is not a cloud. Use commercial (Enterprise), gcc (GCC), gccHigh (GCC High), dod (DoD).`,
    );
  });
});
