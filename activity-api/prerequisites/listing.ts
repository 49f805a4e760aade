import type { ActivityApiClient, Subscription } from "../client.ts";
import { ActivityApiError } from "../errors.ts";

/** The subscriptions of the application, or why there is no list of them. */
export type Listing = { subscriptions: Subscription[] } | { failure: ActivityApiError };

export async function listForReport(client: ActivityApiClient): Promise<Listing> {
  try {
    return { subscriptions: await client.listSubscriptions() };
  } catch (error) {
    if (error instanceof ActivityApiError) return { failure: error };
    throw error;
  }
}
