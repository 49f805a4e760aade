import type { TokenCredential } from "@azure/identity";
import { request } from "undici";
import type { TelemetrySettings } from "./connectionString.ts";
import type { Metric } from "./runMetrics.ts";

/** A run does not wait longer than this for its metrics to be taken. */
const TIMEOUT_MILLISECONDS = 10_000;

const LONGEST_SAID = 500;

/** What the ingestion endpoint answers. */
interface Answer {
  itemsAccepted?: number;
  errors?: { message?: string }[];
}

/**
 * Sends metrics to an Application Insights component.
 *
 * They are posted as the endpoint documents it, all figures of a run in one request. The OpenTelemetry SDK with
 * @azure/monitor-opentelemetry-exporter (beta since 2020) would do that as well, for 128 kB more in the package, with
 * aggregation over time that one run every five minutes has no use for, with files on disk for what was not sent, and with
 * statistics of its own that it sends to Microsoft.
 */
export class MetricSender {
  readonly #settings: TelemetrySettings;
  readonly #credential: TokenCredential;
  readonly #role: string;

  /** @param role what the metrics are shown as coming from: the name of the function app. */
  constructor(settings: TelemetrySettings, credential: TokenCredential, role: string) {
    this.#settings = settings;
    this.#credential = credential;
    this.#role = role;
  }

  /** @throws Error with the endpoint's own words when it does not take all of them, or is not reached. */
  async send(metrics: readonly Metric[], at: Date): Promise<void> {
    const { ingestionEndpoint, scope } = this.#settings;
    const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
    const token = await this.#credential.getToken(scope, { abortSignal: signal });
    const { statusCode, body } = await request(`${ingestionEndpoint}/v2.1/track`, {
      method: "POST",
      headers: {
        "content-type": "application/x-json-stream",
        authorization: `Bearer ${token?.token}`,
      },
      body: metrics.map(metric => JSON.stringify(this.#envelope(metric, at))).join("\n"),
      signal,
    });
    const text = await body.text();
    if (statusCode === 200) return;
    throw new Error(describeRefusal(statusCode, text, metrics.length));
  }

  /** One metric each: of several, the endpoint keeps the first. https://github.com/microsoft/ApplicationInsights-Home */
  #envelope({ name, value, properties }: Metric, at: Date): object {
    return {
      name: "Microsoft.ApplicationInsights.Metric",
      time: at.toISOString(),
      iKey: this.#settings.instrumentationKey,
      tags: { "ai.cloud.role": this.#role, "ai.internal.sdkVersion": "defender-siem" },
      data: {
        baseType: "MetricData",
        baseData: { ver: 2, metrics: [{ name, value, count: 1 }], properties },
      },
    };
  }
}

function describeRefusal(status: number, text: string, sent: number): string {
  const { itemsAccepted = 0, errors = [] } = parse(text);
  const said = errors[0]?.message ?? text.slice(0, LONGEST_SAID);
  const advice =
    status === 401 || status === 403
      ? " The identity needs the role Monitoring Metrics Publisher on the component."
      : "";
  return `Application Insights took ${itemsAccepted} of ${sent} metrics (HTTP ${status}): ${said}.${advice}`;
}

function parse(text: string): Answer {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
