/** A run's figures as metrics, sent to the Application Insights of the local tenant with a token of its Entra. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SettingError } from "../../activity-api/settingError.ts";
import { emptySummary, type RunSummary } from "../../poller/reports/summary.ts";
import { emptySinkSummary } from "../../poller/sinks/sinkSummary.ts";
import { readTelemetrySettings } from "../../poller/telemetry/connectionString.ts";
import { metricsOf } from "../../poller/telemetry/runMetrics.ts";
import { sendRunMetrics } from "../../poller/telemetry/sendRunMetrics.ts";
import { tenantId } from "./activityApiFixture.ts";
import {
  type ApplicationInsightsFixture,
  INSTRUMENTATION_KEY,
  startApplicationInsightsFixture,
} from "./applicationInsightsFixture.ts";

const summary: RunSummary = {
  tenantId,
  startedAt: "2026-11-21T07:00:00.000Z",
  durationSeconds: 10,
  isComplete: false,
  contentTypes: [
    {
      ...emptySummary("Audit.General"),
      listed: 7,
      kept: { ThreatIntelligence: 3, AirInvestigation: 1 },
      dropped: { ExchangeItem: 40, SharePoint: 2 },
      eventBlobs: [{ name: "a", events: 4, bytes: 100 }],
      requests: 15,
      throttled: 2,
      oldestGap: "2026-11-21T06:00:00.000Z",
      lagSeconds: 60,
    },
    { ...emptySummary("DLP.All"), subscription: "disabled", error: "The subscription is disabled." },
  ],
  sinks: [
    {
      ...emptySinkSummary("splunk"),
      delivered: 9,
      refused: 2,
      pending: 3,
      lagSeconds: 90,
      error: "It is down.",
    },
    { ...emptySinkSummary("hub"), lost: [{ name: "a", events: 4, reason: "it was deleted" }] },
  ],
};

describe("the metrics of a run", () => {
  const figure = (name: string, properties: object = {}) =>
    metricsOf(summary)
      .filter(metric => metric.name === name)
      .filter(metric => Object.entries(properties).every(([key, value]) => metric.properties[key] === value))
      .map(({ value }) => value);

  it("are of the tenant, by content type, and by record type where it was kept", () => {
    expect(metricsOf(summary).every(({ properties }) => properties.tenantId === tenantId)).toBe(true);
    expect(figure("siem.runComplete")).toEqual([0]);
    expect(figure("siem.listed", { contentType: "Audit.General" })).toEqual([7]);
    expect(figure("siem.requests")).toEqual([15, 0]);
    expect(figure("siem.throttled", { contentType: "Audit.General" })).toEqual([2]);
    expect(figure("siem.events", { contentType: "Audit.General" })).toEqual([4]);
    expect(figure("siem.keptEvents", { recordType: "ThreatIntelligence" })).toEqual([3]);
    expect(figure("siem.droppedEvents", { contentType: "Audit.General" })).toEqual([42]);
    expect(figure("siem.subscriptionEnabled", { contentType: "DLP.All" })).toEqual([0]);
    expect(figure("siem.failed", { contentType: "DLP.All" })).toEqual([1]);
  });

  it("are of each sink too, without a lag when nothing waits", () => {
    const names = ["Delivered", "Refused", "Lost", "Pending", "Failed", "LagSeconds"];
    const figures = (sink: string) => names.flatMap(name => figure(`siem.sink${name}`, { sink }));
    expect(figures("splunk")).toEqual([9, 2, 0, 3, 1, 90]);
    expect(figures("hub")).toEqual([0, 0, 4, 0, 0, 0]);
  });

  it("tell how old the oldest gap is, 0 for none, and no lag that is not known", () => {
    expect(figure("siem.oldestGapSeconds")).toEqual([3610, 0]);
    expect(figure("siem.lagSeconds")).toEqual([60]);
  });
});

describe("the connection string", () => {
  it("is read in any order and letter case, for any cloud", () => {
    expect(
      readTelemetrySettings(
        `ingestionendpoint=https://usgov.in.applicationinsights.azure.us/;INSTRUMENTATIONKEY=${INSTRUMENTATION_KEY};AADAudience=https://monitor.azure.us/`,
        "",
      ),
    ).toEqual({
      instrumentationKey: INSTRUMENTATION_KEY,
      ingestionEndpoint: "https://usgov.in.applicationinsights.azure.us",
      scope: "https://monitor.azure.us/.default",
      managedIdentityClientId: undefined,
    });
  });

  it.each([
    [
      "IngestionEndpoint=https://x.in.applicationinsights.azure.com/",
      "The connection string has no InstrumentationKey. Take it from the component's property connectionString.",
    ],
    [
      `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=http://proxy.example/`,
      'IngestionEndpoint "http://proxy.example" is not https. Tokens go there: use https (http is for loopback only).',
    ],
  ])("is refused when it is %s", (text, message) => {
    expect(() => readTelemetrySettings(text, "")).toThrow(new SettingError(message));
  });
});

describe("sending them", () => {
  let fixture: ApplicationInsightsFixture;
  const problems: string[] = [];
  const send = (env: NodeJS.ProcessEnv) => sendRunMetrics(summary, env, reason => problems.push(reason));

  beforeAll(async () => {
    fixture = await startApplicationInsightsFixture();
  });
  afterAll(() => fixture.close());
  beforeEach(() => {
    problems.length = 0;
    fixture.setRole(true);
    for (const [name, value] of Object.entries(fixture.platformEnvironment)) vi.stubEnv(name, value);
  });
  afterEach(() => vi.unstubAllEnvs());

  it("puts each into AppMetrics, as the identity that the authentication string names", async () => {
    await send({ ...fixture.appSettings, WEBSITE_SITE_NAME: "siem-poller" });
    expect(problems).toEqual([]);
    const rows = fixture.applicationInsights.rows("AppMetrics");
    expect(rows).toHaveLength(metricsOf(summary).length);
    expect(rows.find(({ Name }) => Name === "siem.listed")).toMatchObject({
      Sum: 7,
      ItemCount: 1,
      AppRoleName: "siem-poller",
      Properties: { tenantId, contentType: "Audit.General" },
    });
  });

  it("does nothing without a connection string", async () => {
    const before = fixture.applicationInsights.rows("AppMetrics").length;
    await send({ APPLICATIONINSIGHTS_CONNECTION_STRING: " " });
    expect(problems).toEqual([]);
    expect(fixture.applicationInsights.rows("AppMetrics")).toHaveLength(before);
  });

  it("fails no run: what the component refuses is told with what to do", async () => {
    fixture.setRole(false);
    await send(fixture.appSettings);
    expect(problems).toEqual([
      `Application Insights took 0 of ${metricsOf(summary).length} metrics (HTTP 403): Forbidden - provided credentials do not ` +
        "grant the access to ingest the telemetry into the component. The identity needs the role Monitoring Metrics " +
        "Publisher on the component.",
    ]);
  });

  it("fails no run when nobody listens, or when there is no such identity", async () => {
    const connection = `InstrumentationKey=${INSTRUMENTATION_KEY};IngestionEndpoint=https://127.0.0.1:9/`;
    await send({ ...fixture.appSettings, APPLICATIONINSIGHTS_CONNECTION_STRING: connection });
    await send({
      ...fixture.appSettings,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${INSTRUMENTATION_KEY};Authorization=AAD`,
    });
    expect(problems).toEqual([
      expect.stringContaining("ECONNREFUSED"),
      expect.stringContaining("No User Assigned or Delegated Managed Identity found"),
    ]);
  });
});
