/** The Application Insights of the local tenant: what it takes and refuses, and what the Functions host sends it. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { gzipSync, unzipSync } from "fflate";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { findComponent, mayPublishTelemetry } from "../../local/applicationInsights/components.ts";
import { type FunctionAppSettings, LocalFunctionApp } from "../../local/functions/functionHost.ts";
import {
  type ApplicationInsightsFixture,
  INSTRUMENTATION_KEY,
  startApplicationInsightsFixture,
} from "./applicationInsightsFixture.ts";
import { zipOfApp } from "./functionAppFixture.ts";
import { declare, declaredParts } from "./localSubscriptionFixture.ts";

vi.setConfig({ testTimeout: 20_000 });

let fixture: ApplicationInsightsFixture;
let token: string;

beforeAll(async () => {
  fixture = await startApplicationInsightsFixture();
  token = await identityToken("https://monitor.azure.com");
});
afterAll(() => fixture.close());
beforeEach(() => fixture.setRole(true));

async function identityToken(resource: string): Promise<string> {
  const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = fixture.platformEnvironment;
  const clientId = /ClientId=([^;]+)/.exec(
    fixture.appSettings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING!,
  )![1];
  const query = new URLSearchParams({ resource, "api-version": "2019-08-01", client_id: clientId! });
  const answer = await fetch(`${IDENTITY_ENDPOINT}?${query}`, {
    headers: { "x-identity-header": IDENTITY_HEADER! },
  });
  return ((await answer.json()) as { access_token: string }).access_token;
}

function metric(name: string, value: number, changes: object = {}) {
  return {
    name: "Microsoft.ApplicationInsights.Metric",
    time: "2026-11-21T07:00:00.000Z",
    iKey: INSTRUMENTATION_KEY,
    tags: { "ai.cloud.role": "siem-poller" },
    data: {
      baseType: "MetricData",
      baseData: {
        ver: 2,
        metrics: [{ name, value, count: 1 }],
        properties: { contentType: "Audit.General" },
      },
    },
    ...changes,
  };
}

async function post(body: string | Uint8Array, headers: Record<string, string> = {}) {
  const response = await fetch(`${fixture.applicationInsights.url}v2.1/track`, {
    method: "POST",
    headers: {
      "content-type": "application/x-json-stream",
      authorization: `Bearer ${token}`,
      ...headers,
    },
    body: typeof body === "string" ? body : Buffer.from(body),
  });
  return { status: response.status, answer: await response.json() };
}

function metricsNamed(name: string) {
  return fixture.applicationInsights.rows("AppMetrics").filter(row => row.Name === name);
}

describe("Application Insights", () => {
  it("takes items one to a line or as an array, gzipped or not, and shows them as rows of the workspace", async () => {
    const lines = `${JSON.stringify(metric("lines", 1))}\n${JSON.stringify(metric("lines", 2))}`;
    expect(await post(lines)).toEqual({
      status: 200,
      answer: { itemsReceived: 2, itemsAccepted: 2, appId: null, errors: [] },
    });
    const array = gzipSync(new TextEncoder().encode(JSON.stringify([metric("array", 3)])));
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    expect((await post(array, headers)).status).toBe(200);

    expect(metricsNamed("lines").map(({ Sum }) => Sum)).toEqual([1, 2]);
    expect(metricsNamed("array")).toMatchObject([
      {
        TimeGenerated: "2026-11-21T07:00:00.000Z",
        Type: "AppMetrics",
        Sum: 3,
        Min: 3,
        Max: 3,
        ItemCount: 1,
        AppRoleName: "siem-poller",
        Properties: { contentType: "Audit.General" },
      },
    ]);
  });

  it("takes what is right of a request and names the rest", async () => {
    const wrong = metric("partly", 2, { iKey: "00000000-0000-0000-0000-000000000000" });
    expect(await post(JSON.stringify([metric("partly", 1), wrong]))).toEqual({
      status: 206,
      answer: {
        itemsReceived: 2,
        itemsAccepted: 1,
        appId: null,
        errors: [{ index: 1, statusCode: 400, message: "Invalid instrumentation key" }],
      },
    });
    expect(metricsNamed("partly")).toHaveLength(1);
  });

  it("refuses who has no token, one for something else, or no role on the component", async () => {
    const item = JSON.stringify(metric("refused", 1));
    const unauthorized = "Unauthorized - please provide the valid authorization token";
    const refusals = [
      await post(item, { authorization: "" }),
      await post(item, { authorization: `Bearer ${await identityToken("https://storage.azure.com")}` }),
    ];
    for (const { status, answer } of refusals) {
      expect(status).toBe(401);
      expect(answer).toMatchObject({ itemsAccepted: 0, errors: [{ message: unauthorized }] });
    }
    fixture.setRole(false);
    expect(await post(item)).toMatchObject({
      status: 403,
      answer: {
        errors: [
          {
            message:
              "Forbidden - provided credentials do not grant the access to ingest the telemetry into the component",
          },
        ],
      },
    });
    expect(metricsNamed("refused")).toEqual([]);
  });
});

describe("a declared component", () => {
  it("is found by its key, and takes telemetry of who has the role on it or above", async () => {
    const { provider, resourceManager, identity, groupId } = await declaredParts();
    const inGroup = { resourceGroupName: "siem-rg" };
    const workspace = await declare(provider, "azure-native:operationalinsights:Workspace", {
      ...inGroup,
      workspaceName: "siem-logs",
    });
    const { id, outputs } = await declare(provider, "azure-native:applicationinsights:Component", {
      ...inGroup,
      resourceName: "siem",
      kind: "web",
      applicationType: "web",
      disableLocalAuth: true,
      workspaceResourceId: workspace.id,
    });
    const found = findComponent(resourceManager, String(outputs.instrumentationKey));
    expect(found).toEqual({ resourceId: id, disableLocalAuth: true });
    expect(findComponent(resourceManager, INSTRUMENTATION_KEY)).toBeUndefined();

    const principal = String(identity.outputs.principalId);
    expect(mayPublishTelemetry(resourceManager, principal, id)).toBe(false);
    await declare(provider, "azure-native:authorization:RoleAssignment", {
      scope: groupId,
      roleAssignmentName: "33333333-3333-4444-8555-666666666666",
      roleDefinitionId: `/subscriptions/${resourceManager.subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/3913510d-42f4-4e42-8a64-420c390055eb`,
      principalId: principal,
      principalType: "ServicePrincipal",
    });
    expect(mayPublishTelemetry(resourceManager, principal, id)).toBe(true);
  });
});

describe("the Functions host", () => {
  async function runOnce(settings: Partial<FunctionAppSettings>, files: Record<string, string> = {}) {
    const packageFolder = path.join(fixture.folder, `app-${Object.keys(files).length}-${Math.random()}`);
    await mkdir(packageFolder);
    for (const [name, content] of Object.entries(unzipSync(zipOfApp(files))))
      await writeFile(path.join(packageFolder, name), content);
    const app = await LocalFunctionApp.start({
      name: "siem-poller",
      runtimeVersion: "24",
      appSettings: { ...fixture.appSettings, GREETING: "hello" },
      packageFolder,
      platformEnvironment: fixture.platformEnvironment,
      ...settings,
    });
    try {
      return { result: await app.run("poll"), logs: app.logs };
    } finally {
      await app.close();
    }
  }

  it("sends what a function logs as traces, and its run as a request", async () => {
    const { result } = await runOnce({});
    const ofRun = (table: "AppTraces" | "AppRequests") =>
      fixture.applicationInsights
        .rows(table)
        .filter(({ OperationId }) => OperationId === result.invocationId.replaceAll("-", ""));
    expect(ofRun("AppTraces")).toContainEqual(
      expect.objectContaining({
        Message: "hello 1",
        SeverityLevel: 1,
        OperationName: "poll",
        AppRoleName: "siem-poller",
        Properties: expect.objectContaining({ Category: "Function.poll.User", LogLevel: "Information" }),
      }),
    );
    expect(ofRun("AppRequests")).toMatchObject([{ Name: "poll", Success: true }]);
  });

  it("sends a run that failed as a request without success, and an exception", async () => {
    const code = `
      const core = require("@azure/functions-core");
      core.setProgrammingModel({ name: "test", version: "1.0.0", getInvocationModel: () => ({
        getArguments: async () => ({ context: {}, inputs: [] }),
        invokeFunction: async (context, inputs, callback) => callback(context),
        getResponse: async () => ({}),
      }) });
      core.registerFunction(
        { name: "poll", bindings: { timer: { type: "timerTrigger", direction: "in", schedule: "0 0 0 1 1 *" } } },
        async () => { throw new Error("no consent"); });`;
    const { result } = await runOnce({}, { "function.cjs": code });
    const operation = result.invocationId.replaceAll("-", "");
    const row = (table: "AppExceptions" | "AppRequests") =>
      fixture.applicationInsights.rows(table).find(({ OperationId }) => OperationId === operation);
    expect(row("AppRequests")).toMatchObject({ Success: false });
    expect(row("AppExceptions")).toMatchObject({
      OuterMessage: "Exception while executing function: Functions.poll",
      SeverityLevel: 3,
    });
  });

  it("runs on without the role, and says what is refused in its own log only", async () => {
    fixture.setRole(false);
    const { result, logs } = await runOnce({});
    expect(result.succeeded).toBe(true);
    expect(
      logs.filter(({ category }) => category === "telemetry").map(({ message }) => message),
    ).toContainEqual(
      expect.stringContaining("Application Insights did not take the host's telemetry: HTTP 403"),
    );
  });
});
