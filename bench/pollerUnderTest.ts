import { Poller } from "../poller/poller.ts";
import { storedEvents } from "../poller/reports/summary.ts";
import { readSettings } from "../poller/settings.ts";
import { measured } from "./measured.ts";

/** One run of the poller as it is, with a token that needs no Entra, in a process of its own. */
async function runOnce(): Promise<void> {
  const poller = await Poller.open(readSettings(process.env), { getToken: async () => "token" });
  const { result, ...measurement } = await measured(() => poller.run(new AbortController().signal));
  await poller.close();
  const [collected] = result.contentTypes;
  if (!result.isComplete) throw new Error(JSON.stringify(collected));
  const { requests, eventBlobs } = collected!;
  // The list of subscriptions too, which the floor asks for as well.
  process.send!({ ...measurement, requests: requests + 1, events: storedEvents(eventBlobs) });
  process.disconnect();
}

void runOnce();
