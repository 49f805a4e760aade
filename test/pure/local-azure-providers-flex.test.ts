import { beforeEach, describe, expect, it } from "vitest";
import {
  appSettings,
  type DeclaredParts,
  declare,
  declaredParts,
  FLEX_PLAN,
  functionAppInputs,
  PLAN,
  WEB_APP,
} from "./localSubscriptionFixture.ts";

let parts: DeclaredParts;

beforeEach(async () => {
  parts = await declaredParts();
});

function declareApp(changes: Record<string, unknown> = {}) {
  return declare(parts.provider, WEB_APP, functionAppInputs(parts, changes));
}

/** The app's settings as they are right, with some changed; undefined leaves one out. */
function withSettings(changes: Record<string, string | undefined>) {
  const { siteConfig } = functionAppInputs(parts) as {
    siteConfig: { appSettings: { name: string; value: string }[] };
  };
  const right = Object.fromEntries(siteConfig.appSettings.map(({ name, value }) => [name, value]));
  const changed = Object.entries({ ...right, ...changes }).filter(([, value]) => value !== undefined);
  return { siteConfig: { appSettings: appSettings(Object.fromEntries(changed)) } };
}

describe("a function app on Flex Consumption", () => {
  it("is accepted, and the tenant is told what it runs as, with which settings and from which container", async () => {
    const app = await declareApp(withSettings({ GREETING: "hello" }));

    const { clientId, principalId } = parts.identity.outputs;
    const identity = { resourceId: parts.identity.id, name: "poller", clientId, principalId };
    expect(parts.functionApps.get("siem-poller")).toEqual({
      resourceId: app.id,
      name: "siem-poller",
      runtime: { name: "node", version: "24" },
      appSettings: {
        AzureWebJobsStorage__accountName: "siemhost",
        AzureWebJobsStorage__credential: "managedidentity",
        AzureWebJobsStorage__clientId: clientId,
        GREETING: "hello",
      },
      identities: [identity],
      deployment: {
        containerUrl: "https://127.0.0.1:10000/siemhost/packages",
        container: { resourceId: parts.containerId, accountName: "siemhost", containerName: "packages" },
        identity,
      },
    });
  });

  it("gives the host names of the site and of its deployment site", async () => {
    const { outputs } = await declareApp();

    expect(outputs).toMatchObject({
      name: "siem-poller",
      type: "Microsoft.Web/sites",
      location: "westeurope",
      defaultHostName: "127.0.0.1:7071",
      enabledHostNames: ["127.0.0.1:7071", "127.0.0.1:7072"],
      hostNameSslStates: [
        { name: "127.0.0.1:7071", hostType: "Standard" },
        { name: "127.0.0.1:7072", hostType: "Repository" },
      ],
    });
  });

  it("does not give its application settings back, as Azure does not", async () => {
    const { outputs } = await declareApp(withSettings({ GREETING: "a secret greeting" }));

    expect(outputs.siteConfig).toEqual({ minTlsVersion: "1.2" });
    expect(JSON.stringify(outputs)).not.toContain("a secret greeting");
  });

  it.each([
    ["linuxFxVersion", "NODE|24", "LinuxFxVersion"],
    ["windowsFxVersion", "", "WindowsFxVersion"],
    ["netFrameworkVersion", "v4.6", "NetFrameworkVersion"],
    ["ftpsState", "Disabled", "FtpsState"],
    ["use32BitWorkerProcess", false, "Use32BitWorkerProcess"],
    ["preWarmedInstanceCount", 0, "PreWarmedInstanceCount"],
    ["functionsRuntimeScaleMonitoringEnabled", false, "FunctionsRuntimeScaleMonitoringEnabled"],
    ["functionAppScaleLimit", 1, "FunctionAppScaleLimit"],
    ["alwaysOn", false, "AlwaysOn"],
  ])("is refused with siteConfig.%s, whatever its value", async (property, value, azureName) => {
    await expect(declareApp({ siteConfig: { [property]: value } })).rejects.toThrow(
      `"Message":"The following site configuration property (Site.SiteConfig.${azureName}) for Flex Consumption sites is ` +
        `invalid.  Please remove or rename it before retrying."`,
    );
    await expect(declareApp({ siteConfig: { [property]: value } })).rejects.toThrow('"ExtendedCode":"51021"');
    expect(parts.functionApps).toEqual(new Map());
  });

  it("is refused with all its refused properties named at once", async () => {
    await expect(declareApp({ siteConfig: { ftpsState: "Disabled", linuxFxVersion: "" } })).rejects.toThrow(
      "The following list of 2 site configuration properties (Site.SiteConfig.LinuxFxVersion, Site.SiteConfig.FtpsState)",
    );
  });

  it.each([
    "FUNCTIONS_WORKER_RUNTIME",
    "FUNCTIONS_EXTENSION_VERSION",
    "WEBSITE_RUN_FROM_PACKAGE",
    "SCM_DO_BUILD_DURING_DEPLOYMENT",
    "ENABLE_ORYX_BUILD",
    "WEBSITE_CONTENTSHARE",
    "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
    "WEBSITE_NODE_DEFAULT_VERSION",
    "Poller:Schedule",
  ])("is refused with the application setting %s", async name => {
    await expect(declareApp(withSettings({ [name]: "1" }))).rejects.toThrow(
      `The following app setting (Site.SiteConfig.AppSettings.${name}) for Flex Consumption sites is invalid.`,
    );
  });

  it("is refused without functionAppConfig", async () => {
    await expect(declareApp({ functionAppConfig: undefined })).rejects.toThrow(
      "Site.FunctionAppConfig is invalid.  The FunctionAppConfig section was not specified in the request, which is " +
        "required for Flex Consumption sites. To proceed, please add the FunctionAppConfig section in your request.",
    );
  });

  it.each([
    [
      { runtime: { version: "20" } },
      'functionAppConfig.runtime.version is "20". Use one of "22", "24", as text.',
    ],
    [
      { runtime: { version: 24 } },
      'functionAppConfig.runtime.version is 24. Use one of "22", "24", as text.',
    ],
    [{ runtime: { name: "python" } }, "Site.FunctionAppConfig.Runtime.Name is invalid."],
    [{ scaleAndConcurrency: { instanceMemoryMB: 1024 } }, "The value '1024' is not one of 512, 2048, 4096."],
    [{ scaleAndConcurrency: { maximumInstanceCount: 39 } }, "The value '39' is not between 40 and 1000."],
    [{ scaleAndConcurrency: { maximumInstanceCount: 1001 } }, "The value '1001' is not between 40 and 1000."],
  ])("is refused with functionAppConfig %j", async (functionAppConfig, message) => {
    await expect(declareApp({ functionAppConfig })).rejects.toThrow(message);
  });

  it.each([
    [
      { value: "https://127.0.0.1:10000/siemhost/missing" },
      "The storage container 'https://127.0.0.1:10000/siemhost/missing' does not exist.",
    ],
    [{ type: "fileShare" }, "The value 'fileShare' is not 'blobContainer'."],
    [
      { authentication: { type: "StorageAccountConnectionString" } },
      "The value 'StorageAccountConnectionString' is not available: storage of the local tenant knows no keys.",
    ],
    [
      { authentication: { userAssignedIdentityResourceId: "7a3ff5b8-0000-4000-8000-000000000000" } },
      "The identity '7a3ff5b8-0000-4000-8000-000000000000' is not assigned to the site. Give the resource id",
    ],
  ])("is refused with the deployment storage %j", async (storage, message) => {
    await expect(declareApp({ functionAppConfig: { deployment: { storage } } })).rejects.toThrow(message);
  });

  it.each([
    [
      { AzureWebJobsStorage__credential: undefined },
      "AzureWebJobsStorage__credential is not 'managedidentity'",
    ],
    [
      { AzureWebJobsStorage__clientId: "other" },
      'AzureWebJobsStorage__clientId is "other", which is not the client id',
    ],
    [{ AzureWebJobsStorage__clientId: undefined }, "AzureWebJobsStorage__clientId is undefined"],
    [{ AzureWebJobsStorage__accountName: undefined }, "AzureWebJobsStorage__accountName is missing."],
    [{ AzureWebJobsStorage: "" }, "AzureWebJobsStorage is set. Leave it out, also when it is empty"],
  ])("is refused when the host would never start: %j", async (settings, message) => {
    await expect(declareApp(withSettings(settings))).rejects.toThrow(
      'Code="FunctionHostWouldNotStart" Message="Azure accepts this function app, but its host never starts: ',
    );
    await expect(declareApp(withSettings(settings))).rejects.toThrow(message);
  });

  it("is refused with an identity that does not exist, or one that is not user-assigned", async () => {
    const missing = parts.identity.id.replace("poller", "nobody");

    await expect(
      declareApp({ identity: { type: "UserAssigned", userAssignedIdentities: [missing] } }),
    ).rejects.toThrow(`Resource '${missing}' was not found.`);
    await expect(declareApp({ identity: { type: "SystemAssigned" } })).rejects.toThrow(
      "The identity type 'SystemAssigned' is not available",
    );
  });

  it("is refused on a plan that does not exist, in another region, or that already has its one app", async () => {
    await expect(declareApp({ serverFarmId: `${parts.planId}2` })).rejects.toThrow(
      "Cannot find ServerFarm with name flex2.",
    );
    await expect(declareApp({ location: "northeurope" })).rejects.toThrow(
      "The site's location 'northeurope' is not the location 'westeurope' of its plan 'flex'.",
    );
    await declareApp();
    await expect(declareApp({ name: "siem-second" })).rejects.toThrow(
      "The Flex Consumption plan 'flex' already has the app 'siem-poller'. A plan of this kind has one app.",
    );
  });

  it("is refused with a name that is invalid or that somebody else in the world has", async () => {
    parts = await declaredParts({ takenNames: ["contoso"] });

    await expect(declareApp({ name: "siem_poller" })).rejects.toThrow(
      "The parameter name has an invalid value: 'siem_poller'.",
    );
    await expect(declareApp({ name: "contoso" })).rejects.toThrow(
      "Website with given name contoso already exists.",
    );
  });

  it("is told of changed settings, and keeps running with the old ones when the new are refused", async () => {
    const app = await declareApp();
    const inputs = functionAppInputs(parts, { location: "westeurope", ...withSettings({ GREETING: "hi" }) });
    const change = { type: WEB_APP, id: app.id, configuration: {}, preview: false };
    const old = { oldInputs: {}, oldOutputs: app.outputs };

    await parts.provider.update({ ...change, ...old, inputs });
    const refused = { ...inputs, ...withSettings({ FUNCTIONS_EXTENSION_VERSION: "~4" }) };
    await expect(parts.provider.update({ ...change, ...old, inputs: refused })).rejects.toThrow("51021");

    expect(parts.functionApps.get("siem-poller")?.appSettings.GREETING).toBe("hi");
    expect(parts.effects.slice(-2)).toEqual(["app siem-poller created", "app siem-poller updated"]);
  });
});

describe("a plan", () => {
  it.each([
    [{ sku: { name: "Y1", tier: "Dynamic" } }, "The sku 'Y1' of tier 'Dynamic' is not available"],
    [{ sku: { name: "FC1", tier: "Dynamic" } }, "The sku 'FC1' of tier 'Dynamic' is not available"],
    [{ reserved: undefined }, "Flex Consumption plans run on Linux only. Set 'reserved' to true."],
  ])("is refused with %j", async (changes, message) => {
    await expect(declare(parts.provider, PLAN, { ...FLEX_PLAN, ...changes })).rejects.toThrow(message);
  });

  it("cannot be deleted while its app exists", async () => {
    const app = await declareApp();
    const request = { configuration: {} };

    await expect(parts.provider.delete({ ...request, type: PLAN, id: parts.planId })).rejects.toThrow(
      "Server farm 'flex' cannot be deleted because it has web app(s) siem-poller assigned to it.",
    );
    await parts.provider.delete({ ...request, type: WEB_APP, id: app.id });
    await parts.provider.delete({ ...request, type: PLAN, id: parts.planId });
    expect(parts.resourceManager.find(parts.planId)).toBeUndefined();
  });
});
