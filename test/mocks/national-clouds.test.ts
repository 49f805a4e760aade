import { beforeAll, describe, expect, it } from "vitest";
import type { Cloud } from "../../activity-api/clouds.ts";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import { type Declared, declare, only, TENANT_ID } from "./declare.ts";

/* What differs by cloud in what is declared. That it works together is shown by the engine on a tenant in GCC High. */

const AUDIENCES =
  "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential";
const pipeline = { issuer: "https://gitlab.example", subject: "project_path:contoso/siem" };

async function integrate(cloud: Cloud): Promise<Declared[]> {
  const args = { tenantId: TENANT_ID, location: "usgovvirginia", cloud, trustedPipelines: { pipeline } };
  const { resources } = await declare(() => new SiemIntegration("defender", { ...args, network: "private" }));
  return resources;
}

function settingsOf(resources: Declared[]): Record<string, string> {
  const { siteConfig } = only(resources, "azure-native:web:WebApp").inputs as {
    siteConfig: { appSettings: { name: string; value: string }[] };
  };
  return Object.fromEntries(siteConfig.appSettings.map(({ name, value }) => [name, value]));
}

const US_GOVERNMENT = {
  exchange: "api://AzureADTokenExchangeUSGov",
  issuer: `https://login.microsoftonline.us/${TENANT_ID}/v2.0`,
  zone: "privatelink.blob.core.usgovcloudapi.net",
};
const PUBLIC = {
  exchange: "api://AzureADTokenExchange",
  issuer: `https://login.microsoftonline.com/${TENANT_ID}/v2.0`,
  zone: "privatelink.blob.core.windows.net",
};

describe.each([
  ["commercial", PUBLIC],
  ["gcc", PUBLIC],
  ["gccHigh", US_GOVERNMENT],
  ["dod", US_GOVERNMENT],
] as const)("an integration in %s", (cloud, expected) => {
  let resources: Declared[];

  beforeAll(async () => {
    resources = await integrate(cloud);
  });

  it("names its cloud to everything that talks to Microsoft, and its own endpoints nowhere else", () => {
    expect(only(resources, "pulumi-nodejs:dynamic/defender-siem:AuditSubscription").inputs.cloud).toBe(cloud);
    expect(only(resources, "pulumi-nodejs:dynamic/defender-siem:FunctionPackage").inputs.cloud).toBe(cloud);
    expect(settingsOf(resources).SIEM_CLOUD).toBe(cloud);
    expect(only(resources, "azure-native:privatedns:PrivateZone").inputs.privateZoneName).toBe(expected.zone);

    const trusted = resources.filter(({ type }) => type === AUDIENCES).map(({ inputs }) => inputs);
    expect(trusted.map(({ audiences }) => audiences)).toEqual([[expected.exchange], [expected.exchange]]);
    expect(trusted.map(({ issuer }) => issuer).toSorted()).toEqual(
      [pipeline.issuer, expected.issuer].toSorted(),
    );

    const other =
      expected === PUBLIC ? /usgovcloudapi|login\.microsoftonline\.us|USGov/ : /login\.microsoftonline\.com/;
    expect(JSON.stringify(resources.map(({ inputs }) => inputs))).not.toMatch(other);
  });

  it("lets the Functions host find its storage, which it looks for by name in the public Azure only", () => {
    const { accountName } = only(resources, "azure-native:storage:StorageAccount", "defender-host").inputs;
    const hostSettings = Object.entries(settingsOf(resources)).filter(([name]) =>
      name.startsWith("AzureWebJobsStorage"),
    );
    const address =
      expected === PUBLIC
        ? { AzureWebJobsStorage__accountName: accountName }
        : { AzureWebJobsStorage__blobServiceUri: `https://${accountName}.blob.core.windows.net/` };
    expect(Object.fromEntries(hostSettings)).toEqual({
      // Under mocks every account has the public Azure's endpoints: what counts is that the account's own are used.
      ...address,
      AzureWebJobsStorage__credential: "managedidentity",
      AzureWebJobsStorage__clientId: expect.any(String),
    });
  });
});
