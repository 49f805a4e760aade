import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createEmptyPipeline,
  createHttpHeaders,
  createPipelineRequest,
  decompressResponsePolicy,
  exponentialRetryPolicy,
  type HttpClient,
  type Pipeline,
  type PipelineResponse,
  proxyPolicy,
} from "@azure/core-rest-pipeline";
import type { TokenCredential } from "@azure/identity";
import { failedCall, refusedCall } from "./logsIngestionErrors.ts";
import { logsIngestionRow } from "./logsIngestionRow.ts";
import type { RefusedEvent, Sink, SinkEvent } from "./sink.ts";

export interface LogsIngestionSettings {
  /** Scheme and host of the data collection endpoint. */
  endpoint: string;
  /** Immutable id of the data collection rule: `dcr-` and 32 digits. */
  ruleId: string;
  /** Name of the rule's stream: `Custom-…`. */
  stream: string;
}

/** How often, and how long after the first failure, a call is tried again within the run. */
export interface LogsIngestionRetries {
  maxRetries: number;
  retryDelayInMs: number;
}

const RETRIES: LogsIngestionRetries = { maxRetries: 2, retryDelayInMs: 1000 };
const API_VERSION = "2023-01-01";
const ANSWER_TIMEOUT_MILLISECONDS = 60_000;

/**
 * What one call may carry, compressed and not. A megabyte, and Microsoft's SDKs take that for so many bytes.
 * https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api
 */
const LONGEST_CALL_BYTES = 1_000_000;

/** An event and what it is in a call. */
interface Row {
  event: SinkEvent;
  json: Buffer;
}

/**
 * Opens a sink that sends rows to a Log Analytics table by way of a data collection rule.
 *
 * Through the pipeline that Microsoft's `@azure/monitor-ingestion` is built on, and not through that package: it takes
 * objects only and writes them as JSON again, so that events would not arrive as they were served, and it neither passes
 * a wish to wait on nor divides a call that was too large.
 *
 * @param credential of an identity with the role Monitoring Metrics Publisher on the rule.
 * @param retries Defaults to two more attempts within seconds.
 */
export function openLogsIngestion(
  settings: LogsIngestionSettings,
  credential: TokenCredential,
  retries: LogsIngestionRetries = RETRIES,
): Sink {
  const pipeline = createEmptyPipeline();
  pipeline.addPolicy(proxyPolicy());
  pipeline.addPolicy(decompressResponsePolicy());
  // Network and 5xx. A call that was throttled comes back: how long to wait is for the run to decide.
  pipeline.addPolicy(exponentialRetryPolicy(retries), { phase: "Retry" });
  const scopes = `${monitorAudience(settings.endpoint)}/.default`;
  pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes }), { phase: "Sign" });
  return new LogsIngestionSink(settings, pipeline);
}

/**
 * Whom tokens are for: the endpoint's own host names its cloud.
 * https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
 */
export function monitorAudience(endpoint: string): string {
  return `https://monitor.azure.${new URL(endpoint).hostname.endsWith(".azure.us") ? "us" : "com"}`;
}

class LogsIngestionSink implements Sink {
  readonly #settings: LogsIngestionSettings;
  readonly #pipeline: Pipeline;
  readonly #http: HttpClient = createDefaultHttpClient();
  readonly #url: string;

  constructor(settings: LogsIngestionSettings, pipeline: Pipeline) {
    this.#settings = settings;
    this.#pipeline = pipeline;
    const { endpoint, ruleId, stream } = settings;
    const path = `dataCollectionRules/${encodeURIComponent(ruleId)}/streams/${encodeURIComponent(stream)}`;
    this.#url = `${endpoint}/${path}?api-version=${API_VERSION}`;
  }

  async send(events: readonly SinkEvent[]): Promise<RefusedEvent[]> {
    const refused: RefusedEvent[] = [];
    let rows: Row[] = [];
    let bytes = 0;
    for (const event of events) {
      const row = logsIngestionRow(event, Date.now());
      if ("reason" in row) {
        refused.push({ event, reason: row.reason });
        continue;
      }
      const added = row.json.length + ",".length;
      if (bytes + added + "[]".length > LONGEST_CALL_BYTES) {
        refused.push(...(await this.#sendRows(rows)));
        rows = [];
        bytes = 0;
      }
      rows.push({ event, json: row.json });
      bytes += added;
    }
    return [...refused, ...(await this.#sendRows(rows))];
  }

  /** Connections are the process's own, and end when they are idle. */
  async close(): Promise<void> {}

  async #sendRows(rows: readonly Row[]): Promise<RefusedEvent[]> {
    if (rows.length === 0) return [];
    const answer = await this.#post(rows);
    if (answer.status === 204 || answer.status === 200) return [];
    if (answer.status !== 413) throw refusedCall(answer, this.#settings);
    if (rows.length === 1) return [tooLarge(rows[0]!)];
    const middle = Math.ceil(rows.length / 2);
    return [...(await this.#sendRows(rows.slice(0, middle))), ...(await this.#sendRows(rows.slice(middle)))];
  }

  async #post(rows: readonly Row[]): Promise<PipelineResponse> {
    const separated = rows.flatMap(({ json }, index) => [Buffer.from(index === 0 ? "[" : ","), json]);
    const body = await promisify(gzip)(Buffer.concat([...separated, Buffer.from("]")]));
    const request = createPipelineRequest({
      url: this.#url,
      method: "POST",
      headers: createHttpHeaders({ "content-type": "application/json", "content-encoding": "gzip" }),
      body,
      timeout: ANSWER_TIMEOUT_MILLISECONDS,
    });
    try {
      return await this.#pipeline.sendRequest(this.#http, request);
    } catch (error) {
      throw failedCall(error, this.#settings);
    }
  }
}

function tooLarge({ event, json }: Row): RefusedEvent {
  return {
    event,
    reason: `The event's row has ${json.length} bytes, which Azure Monitor does not take. It is in the event store.`,
  };
}
