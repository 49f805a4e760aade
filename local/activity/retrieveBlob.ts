import { type Answer, jsonBytesAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { isContentId } from "./contentIds.ts";
import type { ContentBlob, EventSource } from "./contentStore.ts";
import { enabledSubscription } from "./enabledSubscription.ts";
import { feedError } from "./errors.ts";
import type { ServiceState } from "./serviceState.ts";

/** Streamed bodies leave in pieces of about this size. */
const PIECE_BYTES = 65_536;

/**
 * The events of a content blob, byte for byte as they were published.
 *
 * @throws FeedError AF20052 for an id that is malformed or another tenant's, AF20050 for one that is unknown or out of
 * the subscription's reach, AF20022 or AF20023 without enabled subscription, AF20051 for an expired one.
 */
export function retrieveBlob(state: ServiceState, call: Call): Answer {
  const blob = ownBlob(state, call);
  const subscription = enabledSubscription(state, { ...call, contentType: blob.contentType });
  if (blob.expires <= state.now()) throw feedError("AF20051", blob.contentId);
  const outOfReach = blob.created < subscription.visibleFrom || blob.listedAt > state.now();
  if (outOfReach) throw feedError("AF20050", blob.contentId);
  const { body } = blob;
  return jsonBytesAnswer(Buffer.isBuffer(body) ? body : () => jsonArray(body));
}

function ownBlob(state: ServiceState, { contentId = "", tenantId }: Call): ContentBlob {
  if (!isContentId(contentId)) throw feedError("AF20052", contentId);
  const blob = state.content.find(contentId);
  if (blob === undefined) throw feedError("AF20050", contentId);
  if (blob.tenantId !== tenantId) throw feedError("AF20052", contentId);
  return blob;
}

async function* jsonArray(events: EventSource): AsyncGenerator<Buffer> {
  let pending = "[";
  let separator = "";
  for await (const event of events()) {
    pending += separator + event;
    separator = ",";
    if (pending.length < PIECE_BYTES) continue;
    yield Buffer.from(pending);
    pending = "";
  }
  yield Buffer.from(`${pending}]`);
}
