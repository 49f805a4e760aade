import { type Answer, jsonAnswer } from "./answer.ts";
import { type Call, subscriptionKey } from "./call.ts";
import { contentItem } from "./contentItems.ts";
import type { Position } from "./contentStore.ts";
import { enabledSubscription } from "./enabledSubscription.ts";
import { feedError } from "./errors.ts";
import { nextPageId, nextPageUri, readNextPage } from "./pages.ts";
import type { ServiceState } from "./serviceState.ts";
import type { Subscription } from "./subscriptions.ts";
import { readWindow } from "./windows.ts";

/** One page of the content that was created within the window and is listed by now, in the order of listing. */
export function listContent(state: ServiceState, call: Call): Answer {
  const subscription = enabledSubscription(state, subscriptionKey(call));
  const { startTime, endTime } = call.parameters;
  const window = readWindow({ startTime, endTime }, state.now(), state.knobs);
  const after = pagePosition(state, call, subscription);
  if (state.now() < subscription.listableFrom) return jsonAnswer([]);

  const filter = {
    createdFrom: Math.max(window.start, subscription.visibleFrom),
    createdBefore: window.end,
    listedBy: state.now(),
    after,
  };
  const { tenantId, contentType } = subscription;
  const { blobs, more } = state.content.page(tenantId, contentType, filter, state.knobs.pageSize);
  const items = blobs.map(blob => contentItem(blob, call.origin));
  if (!more) return jsonAnswer(items);
  const last = blobs.at(-1)!;
  return jsonAnswer(items, nextPageUri(call, window, nextPageId(last.listedAt, last.sequence), state.knobs));
}

/** A page begins behind the last blob of the one before, so that blobs listed in between move nothing. */
function pagePosition(
  state: ServiceState,
  { parameters }: Call,
  { tenantId, contentType }: Subscription,
): Position | undefined {
  if (parameters.nextPage === undefined) return undefined;
  const blob = state.content.findSequence(readNextPage(parameters.nextPage));
  if (blob?.tenantId === tenantId && blob.contentType === contentType) return blob;
  throw feedError("AF20031", parameters.nextPage);
}
