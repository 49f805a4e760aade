import type { ActivityApiClient } from "../activity-api/client.ts";
import type { Clock } from "../activity-api/clock.ts";
import type { ContentType } from "../activity-api/contentTypes.ts";
import { ActivityApiError, Operation } from "../activity-api/errors.ts";
import { ensureSubscription } from "../activity-api/subscription.ts";
import { SubscriptionNotReadyError, utc } from "../activity-api/subscriptionNotReady.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { UnsubscribedSpan } from "./reports/summary.ts";

/** The service takes one start in 15 minutes. Whether a failed one counts is not said: assume that it does. */
const START_WINDOW_MILLISECONDS = 15 * 60_000;

export interface HealSettings {
  client: ActivityApiClient;
  contentType: ContentType;
  /** Remembers from when on another start may be sent, so that not every run sends one. */
  ledger: Ledger;
  /** By the service's time. */
  clock: Clock;
}

/**
 * Enables a subscription under the rules of the resource, with one start and without waiting: the next run is not far.
 *
 * @returns when there may have been no subscription. Content that became available in that time is lost
 * (https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#stop-a-subscription).
 * @throws Error that says when the next start is sent.
 */
export async function heal(settings: HealSettings): Promise<UnsubscribedSpan> {
  const { client, contentType, ledger, clock } = settings;
  const { listedUntil, nextStartAllowedAt } = ledger.head;
  try {
    await ensureSubscription(
      client,
      { contentType },
      {
        readyTimeoutMinutes: 0,
        nextStartAllowedAt: nextStartAllowedAt === undefined ? undefined : new Date(nextStartAllowedAt),
        clock,
      },
    );
  } catch (error) {
    throw new Error(`It could not be enabled at once: ${await remember(error, settings)}`, { cause: error });
  }
  if (nextStartAllowedAt !== undefined)
    await ledger.commit(head => {
      delete head.nextStartAllowedAt;
    });
  return { from: listedUntil, to: new Date(clock.now()).toISOString() };
}

/** Takes down when the next start may be sent, and says it. */
async function remember(error: unknown, { ledger, clock }: HealSettings): Promise<string> {
  const message = error instanceof Error ? error.message : String(error);
  if (!mayHaveStarted(error)) return message;
  const stated = error instanceof SubscriptionNotReadyError ? error.nextStartAllowedAt : undefined;
  const next = stated ?? new Date(clock.now() + START_WINDOW_MILLISECONDS);
  await ledger.commit(head => {
    head.nextStartAllowedAt = next.toISOString();
  });
  return `${message} The poller sends the next start at ${utc(next)} at the earliest.`;
}

/** Without a token or a list, no start was sent. */
function mayHaveStarted(error: unknown): boolean {
  if (error instanceof SubscriptionNotReadyError) return true;
  return error instanceof ActivityApiError && error.operation === Operation.start;
}
