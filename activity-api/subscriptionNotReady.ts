import type { ActivityApiError } from "./errors.ts";
import { ErrorAction } from "./errorTable.ts";
import type { Subscription } from "./subscriptionList.ts";

export interface NotReady {
  tenantId: string;
  contentType: string;
  /** As the service listed it last; undefined when it did not. */
  listed: Subscription | undefined;
  /** Whether a start of ours was taken, or may have been. */
  started: boolean;
  /** The last start that failed. */
  refusal: ActivityApiError | undefined;
  /** From when on the service accepts a start, when it said so or has taken one. */
  nextStartAllowedAt: Date | undefined;
  readyTimeoutMinutes: number;
}

/** The subscription is not as wanted, and within the time allowed nothing could change that. */
export class SubscriptionNotReadyError extends Error {
  override readonly name = "SubscriptionNotReadyError";
  /** As the service listed it last; undefined when it did not. */
  readonly listed: Subscription | undefined;
  /** From when on the service accepts a start, when that is known: to be remembered for the next attempt. */
  readonly nextStartAllowedAt: Date | undefined;

  constructor(state: NotReady) {
    super(describe(state), { cause: state.refusal });
    this.listed = state.listed;
    this.nextStartAllowedAt = state.nextStartAllowedAt;
  }
}

function describe(state: NotReady): string {
  const { tenantId, contentType, refusal, nextStartAllowedAt, readyTimeoutMinutes } = state;
  const subscription = `The subscription ${contentType} of tenant ${tenantId}`;
  const asListed = listingInWords(state.listed);
  if (state.started) {
    const why = refusal === undefined || refusal.action === ErrorAction.none ? "" : ` ${refusal.message}`;
    return (
      `${subscription} was started, but after ${readyTimeoutMinutes} minutes it ${asListed}. Try again: it is looked ` +
      `at first, and started only if it has to be. One that was stopped shortly before may take a while.${why}`
    );
  }
  if (nextStartAllowedAt !== undefined)
    return (
      `${subscription} ${asListed}, and the service takes the next start at ${utc(nextStartAllowedAt)}: one in 15 ` +
      `minutes, and no more. Try again then, or allow more time than ${readyTimeoutMinutes} minutes ` +
      `(readyTimeoutMinutes).`
    );
  return `${subscription} ${asListed}. ${refusal?.message ?? ""}`;
}

function listingInWords(listed: Subscription | undefined): string {
  if (listed === undefined) return "is not listed by the service";
  const { status, webhook } = listed;
  if (status === undefined) return "is listed without a status";
  if (status.toLowerCase() !== "enabled") return `is listed as ${status}`;
  return webhook === null
    ? "is listed without its webhook"
    : `is listed with a webhook that is ${webhook.status} and may be another one`;
}

/** To the second, in the form that a log can be searched for. */
export function utc(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}
