import type { PipelineResponse } from "@azure/core-rest-pipeline";
import { oneLine } from "../../activity-api/oneLine.ts";
import type { LogsIngestionSettings } from "./logsIngestion.ts";
import { SinkUnavailableError } from "./sink.ts";

/**
 * What an answer other than 204 means, in words that name what to do.
 * https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
 */
export function refusedCall(
  { status, headers, bodyAsText }: PipelineResponse,
  settings: LogsIngestionSettings,
): SinkUnavailableError {
  const { means, needsSomebody } = meaningOf(status, settings);
  const retryAfterSeconds = secondsOf(headers.get("retry-after"));
  return new SinkUnavailableError(
    `Azure Monitor: ${means} It answered ${status}: ${serviceMessage(bodyAsText ?? "")}`,
    { needsSomebody, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) },
  );
}

/** No answer came, or there was no token to ask with. */
export function failedCall(error: unknown, { endpoint }: LogsIngestionSettings): SinkUnavailableError {
  if (error instanceof SinkUnavailableError) return error;
  const said = oneLine(error instanceof Error ? error.message : String(error));
  return new SinkUnavailableError(`Azure Monitor: the poller could not reach ${endpoint}. ${said}`, {
    cause: error,
  });
}

function meaningOf(
  status: number,
  { ruleId, stream, endpoint }: LogsIngestionSettings,
): { means: string; needsSomebody: boolean } {
  if (status === 401 || status === 403)
    return {
      means:
        `the poller may not send to the data collection rule ${ruleId}. Grant its identity the role Monitoring Metrics ` +
        "Publisher on the rule. A new grant takes up to 30 minutes until it holds.",
      needsSomebody: true,
    };
  if (status === 404)
    return {
      means:
        `there is no data collection rule ${ruleId} at ${endpoint}, or it has no stream ${stream}. The id is the rule's ` +
        "immutable id, and endpoint and rule belong to one region.",
      needsSomebody: true,
    };
  if (status === 429)
    return { means: `the data collection rule ${ruleId} is throttled.`, needsSomebody: false };
  if (status >= 500) return { means: `${endpoint} is in trouble.`, needsSomebody: false };
  return {
    means: `the stream ${stream} of the data collection rule ${ruleId} does not take the poller's rows.`,
    needsSomebody: true,
  };
}

/** Seconds, or a date: RFC 9110, 10.2.3. */
function secondsOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, Math.ceil(seconds));
}

/** `{"error":{"code":…,"message":…}}` from the service; anything from a proxy before it. */
function serviceMessage(body: string): string {
  let text = body;
  try {
    const { code, message } = JSON.parse(body).error;
    text = `${code}: ${message}`;
  } catch {}
  return oneLine(text) || "nothing more.";
}
