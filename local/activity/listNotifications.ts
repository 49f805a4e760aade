import { type Answer, jsonAnswer } from "./answer.ts";
import { type Call, subscriptionKey } from "./call.ts";
import { contentItem } from "./contentItems.ts";
import { enabledSubscription } from "./enabledSubscription.ts";
import { nextPageId, nextPageUri, readNextPage } from "./pages.ts";
import type { ServiceState } from "./serviceState.ts";
import { readWindow } from "./windows.ts";

/** One page of the attempts to notify the caller's webhook of content that was created within the window. */
export function listNotifications(state: ServiceState, call: Call): Answer {
  const { tenantId, clientId, contentType } = enabledSubscription(state, subscriptionKey(call));
  const { startTime, endTime, nextPage } = call.parameters;
  const window = readWindow({ startTime, endTime }, state.now(), state.knobs);
  const after = nextPage === undefined ? 0 : readNextPage(nextPage);

  const attempts = state.notifications
    .attempts()
    .filter(
      ({ sequence, blob, ...attempt }) =>
        sequence > after &&
        attempt.tenantId === tenantId &&
        attempt.clientId === clientId &&
        blob.contentType === contentType &&
        blob.created >= window.start &&
        blob.created < window.end,
    );
  const page = attempts.slice(0, state.knobs.pageSize);
  const items = page.map(({ blob, sentAt, status }) => ({
    ...contentItem(blob, call.origin),
    notificationSent: new Date(sentAt).toISOString(),
    notificationStatus: status,
  }));
  if (page.length === attempts.length) return jsonAnswer(items);
  const last = page.at(-1)!;
  return jsonAnswer(items, nextPageUri(call, window, nextPageId(last.sentAt, last.sequence), state.knobs));
}
