import { Poller } from "../poller/poller.ts";
import { readSettings } from "../poller/settings.ts";
import { storedEvents } from "../poller/summary.ts";
import { measured } from "./measured.ts";

/** One run of the poller as it is, with a token that needs no Entra, in a process of its own. */
const poller = await Poller.open(readSettings(process.env), { getToken: async () => "token" });
const { result, ...measurement } = await measured(() => poller.run(new AbortController().signal));
await poller.close();
const [collected] = result.contentTypes;
if (!result.isComplete) throw new Error(JSON.stringify(collected));
process.send!({ ...measurement, fetched: collected!.fetched, events: storedEvents(collected!.eventBlobs) });
process.disconnect();
