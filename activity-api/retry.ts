import type { Clock } from "./clock.ts";
import { ActivityApiError } from "./errors.ts";
import { ErrorAction } from "./errorTable.ts";

export interface RetrySettings {
  /** How long a request is tried in all, waits included. */
  budgetSeconds: number;
  /** Which failures are worth another attempt. */
  actions: readonly ErrorAction[];
  /** Told of every such failure with the wait that it asks for, be there time left for it or not. */
  onFailure?(failure: ActivityApiError, milliseconds: number): void;
}

/**
 * Calls `attempt` until it succeeds, fails for good, or the next wait would end after the budget; then the last
 * failure is thrown. A wait that the service states is kept to.
 */
export async function retrying<T>(
  attempt: () => Promise<T>,
  settings: RetrySettings,
  clock: Clock,
): Promise<T> {
  const deadline = clock.now() + settings.budgetSeconds * 1000;
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ActivityApiError) || !settings.actions.includes(error.action)) throw error;
      const wait = waitMilliseconds(error, failures);
      settings.onFailure?.(error, wait);
      if (clock.now() + wait > deadline) throw error;
      await clock.sleep(wait);
    }
  }
}

/** Doubles from the first wait on, with the upper half left to chance, so that many clients do not come back at once. */
function waitMilliseconds(error: ActivityApiError, failures: number): number {
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds * 1000;
  const first = error.action === ErrorAction.backOff ? 10_000 : 500;
  const whole = Math.min(first * 2 ** (failures - 1), 60_000);
  return whole * (0.5 + Math.random() / 2);
}
