import type { Answer } from "./answer.ts";
import type { Call } from "./call.ts";
import { listDlpSensitiveTypes } from "./dlpSensitiveTypes.ts";
import { listContent } from "./listContent.ts";
import { listNotifications } from "./listNotifications.ts";
import { listSubscriptions, stopSubscription } from "./manageSubscriptions.ts";
import type { Operation } from "./operation.ts";
import { retrieveBlob } from "./retrieveBlob.ts";
import type { ServiceState } from "./serviceState.ts";
import { startSubscription } from "./startSubscription.ts";

type Performer = (state: ServiceState, call: Call) => Answer | Promise<Answer>;

const PERFORMERS: Readonly<Record<Operation, Performer>> = {
  start: startSubscription,
  stop: stopSubscription,
  list: listSubscriptions,
  content: listContent,
  notifications: listNotifications,
  blob: retrieveBlob,
  dlpSensitiveTypes: (_state, call) => listDlpSensitiveTypes(call),
};

/** @throws FeedError or AspNetError as the operation describes. */
export async function perform(state: ServiceState, call: Call): Promise<Answer> {
  return PERFORMERS[call.operation](state, call);
}
