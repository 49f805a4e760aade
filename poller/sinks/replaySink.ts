import { SettingError } from "../../activity-api/settingError.ts";
import { Ledger } from "../ledger/ledger.ts";
import type { PollerSettings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import { StoreLayout } from "../store/storeLayout.ts";
import { RefusedEvents } from "./refusedEvents.ts";

export interface SinkReplay {
  sink: string;
  /** How many events the next run sends again. */
  events: number;
}

export interface SinkReplayQuestion {
  settings: Pick<PollerSettings, "tenantId" | "contentTypes" | "store" | "ledger">;
  ledgerStore: Store;
  sink: string;
}

/**
 * Has the next run send again what a sink has refused.
 *
 * @throws SettingError when no run has named this sink in the last eight days.
 */
export async function replaySink({ settings, ledgerStore, sink }: SinkReplayQuestion): Promise<SinkReplay> {
  const prefixes = settings.contentTypes.map(type => new StoreLayout(settings).ledgerPrefix(type));
  await refuseUnknown(sink, prefixes, ledgerStore);
  let events = 0;
  for (const prefix of prefixes) {
    const kept = new RefusedEvents(ledgerStore, prefix, sink);
    for (const document of await kept.refused()) {
      await kept.sendAgain(document);
      events += document.events;
    }
  }
  return { sink, events };
}

export function describeSinkReplay({ sink, events }: SinkReplay): string {
  if (events === 0) return `The sink ${sink} has refused nothing. Nothing is sent again.`;
  return `The next run sends ${events} ${events === 1 ? "event" : "events"} to the sink ${sink} again.`;
}

async function refuseUnknown(sink: string, prefixes: readonly string[], ledgerStore: Store): Promise<void> {
  const known = new Set<string>();
  for (const prefix of prefixes) {
    const { head } = await Ledger.open(ledgerStore, prefix);
    for (const name of Object.keys(head.sinks ?? {})) known.add(name);
  }
  if (known.has(sink)) return;
  const choice = known.size === 0 ? "No run has had a sink." : `Use ${[...known].sort().join(", ")}.`;
  throw new SettingError(`There is no sink "${sink}". ${choice}`);
}
