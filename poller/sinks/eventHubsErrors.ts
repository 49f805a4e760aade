import { oneLine } from "../../activity-api/oneLine.ts";
import type { EventHubsSettings } from "./eventHubs.ts";
import { SinkUnavailableError } from "./sink.ts";

/**
 * What the SDK's codes mean for the poller, and whether only somebody's change helps.
 * https://learn.microsoft.com/azure/event-hubs/event-hubs-messaging-exceptions
 */
const KNOWN_ERRORS: Record<string, { means: (to: EventHubsSettings) => string; needsSomebody: boolean }> = {
  UnauthorizedError: {
    means: ({ namespace, hub }) =>
      `may not send to the event hub ${hub} of ${namespace}. Grant the poller's identity the role Azure Event Hubs Data ` +
      "Sender on the event hub, or on its namespace. A new grant takes up to five minutes until it holds.",
    needsSomebody: true,
  },
  MessagingEntityNotFoundError: {
    means: ({ namespace, hub }) =>
      `finds no event hub ${hub} in ${namespace}. Create it, or correct the sink's namespace and hub.`,
    needsSomebody: true,
  },
  MessagingEntityDisabledError: {
    means: ({ namespace, hub }) => `finds the event hub ${hub} of ${namespace} disabled. Enable it.`,
    needsSomebody: true,
  },
  ServerBusyError: {
    means: ({ namespace }) =>
      `is throttled by ${namespace}. If this goes on, give the namespace more throughput units, or let it inflate.`,
    needsSomebody: false,
  },
  QuotaExceededError: {
    means: ({ namespace }) => `has met a quota of ${namespace}.`,
    needsSomebody: false,
  },
};

/** How long Event Hubs asks to wait, in the text of its answer only. */
const WAIT = /Please wait (\d+) seconds/;

/** The failure of a send, in words that name what to do. */
export function eventHubsError(error: unknown, settings: EventHubsSettings): SinkUnavailableError {
  const last = lastFailure(error);
  const known = KNOWN_ERRORS[codeOf(last)];
  const said = isGivenUp(last) ? "no answer in time" : last instanceof Error ? last.message : String(last);
  const means = known?.means(settings) ?? `could not reach ${reachedAt(settings)}.`;
  const wait = WAIT.exec(said)?.[1];
  return new SinkUnavailableError(`Event Hubs: the poller ${means} The SDK said: ${oneLine(said)}`, {
    cause: error,
    needsSomebody: known?.needsSomebody ?? false,
    ...(wait === undefined ? {} : { retryAfterSeconds: Number(wait) }),
  });
}

export function isTooLarge(error: unknown): boolean {
  return codeOf(lastFailure(error)) === "MessageTooLargeError";
}

/** The SDK tells all its attempts at once: the last one is the state of things. */
function lastFailure(error: unknown): unknown {
  return error instanceof AggregateError && error.errors.length > 0
    ? lastFailure(error.errors.at(-1))
    : error;
}

/** It took longer than an operation may. */
function isGivenUp(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reachedAt({ namespace, endpoint }: EventHubsSettings): string {
  return endpoint === undefined ? namespace : `${namespace} at ${endpoint}`;
}
