import { beforeAll, describe, expect, it } from "vitest";
import { SiemIntegration } from "../../components/integration/siemIntegration.ts";
import type { SiemIntegrationArgs } from "../../components/integration/siemIntegrationArgs.ts";
import { declare, only, TENANT_ID } from "./declare.ts";

/* The body that Azure gets, after the SDK has added its defaults. The stand-in refuses each of these in Azure's words. */

interface App {
  siteConfig: Record<string, unknown> & { appSettings: { name: string }[] };
}

/** Error 51021, in some regions already and in all of them by intention (Azure/terraform-azurerm-avm-res-web-site#345). */
const REFUSED_PROPERTIES = [
  "linuxFxVersion",
  "windowsFxVersion",
  "netFrameworkVersion",
  "ftpsState",
  "use32BitWorkerProcess",
  "preWarmedInstanceCount",
  "functionsRuntimeScaleMonitoringEnabled",
  "functionAppScaleLimit",
  "alwaysOn",
];

/** Not refused, but without a meaning on Flex Consumption: two of the SDK's defaults, and what an app always does there. */
const MEANINGLESS_PROPERTIES = ["localMySqlEnabled", "vnetRouteAllEnabled", "minimumElasticInstanceCount"];

/** Error 51021 as well (Azure/azure-functions-host#10714); an empty AzureWebJobsStorage kills the host (#11796). */
const REFUSED_SETTINGS = [
  "FUNCTIONS_WORKER_RUNTIME",
  "FUNCTIONS_EXTENSION_VERSION",
  "WEBSITE_RUN_FROM_PACKAGE",
  "SCM_DO_BUILD_DURING_DEPLOYMENT",
  "ENABLE_ORYX_BUILD",
  "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
  "WEBSITE_CONTENTSHARE",
  "WEBSITE_CONTENTOVERVNET",
  "WEBSITE_VNET_ROUTE_ALL",
  "WEBSITE_NODE_DEFAULT_VERSION",
  "WEBSITE_LOAD_CERTIFICATES",
  "AzureWebJobsStorage",
];

describe.each([
  ["public", {}],
  ["private", { network: "private" }],
  ["of the US Government", { cloud: "gccHigh", network: "private" }],
] as [string, Partial<SiemIntegrationArgs>][])("a function app that is %s", (_which, args) => {
  let app: App;

  beforeAll(async () => {
    const { resources } = await declare(
      () => new SiemIntegration("defender", { tenantId: TENANT_ID, location: "westeurope", ...args }),
    );
    app = only(resources, "azure-native:web:WebApp").inputs as unknown as App;
  });

  it.each([...REFUSED_PROPERTIES, ...MEANINGLESS_PROPERTIES])("sends no property %s", property => {
    expect(app.siteConfig).not.toHaveProperty(property);
    expect(app).not.toHaveProperty(property);
  });

  it.each(REFUSED_SETTINGS)("sends no application setting %s", setting => {
    expect(app.siteConfig.appSettings.map(({ name }) => name)).not.toContain(setting);
  });

  it("keeps the TLS settings, for which the section is there at all", () => {
    expect(app.siteConfig).toMatchObject({
      minTlsVersion: "1.2",
      scmMinTlsVersion: "1.2",
      http20Enabled: true,
    });
  });
});
