import type { EventHubsSettings } from "./eventHubs.ts";
import type { LogsIngestionSettings } from "./logsIngestion.ts";
import type { Sink } from "./sink.ts";
import {
  dataCollectionRuleId,
  dataCollectionStream,
  endpoint,
  hostName,
  optional,
  type SinkProperties,
  text,
} from "./sinkProperties.ts";
import type { SinkSettings } from "./sinkSettings.ts";
import type { SplunkHecSettings } from "./splunkHec.ts";

/** What a sink is told beside its properties. */
export interface SinkSurroundings {
  /** The identity that the poller runs as; without it, whatever @azure/identity finds: see `azureCredential`. */
  managedIdentityClientId: string | undefined;
  /** The value of `SIEM_SINK_<NAME>_TOKEN`, never to be printed. Empty for kinds that have none. */
  token: string;
}

/** One kind of sink: what the JSON of its variable holds, and how it is opened. */
export interface SinkKind<Settings extends object> {
  /** Every property of the JSON but `kind`. */
  properties: SinkProperties<Settings>;
  /** Whether it needs `SIEM_SINK_<NAME>_TOKEN`. */
  hasToken: boolean;
  /** Loads the sink's file: a poller starts with the code of those sinks only that it has. */
  open(settings: Settings, surroundings: SinkSurroundings): Promise<Sink>;
}

const splunkHec: SinkKind<SplunkHecSettings> = {
  properties: { url: endpoint, index: text, sourcetype: optional(text) },
  hasToken: true,
  open: async (settings, { token }) => (await import("./splunkHec.ts")).openSplunkHec(settings, token),
};

const eventHubs: SinkKind<EventHubsSettings> = {
  properties: { namespace: hostName, hub: text, endpoint: optional(endpoint) },
  hasToken: false,
  open: async (settings, { managedIdentityClientId }) => {
    const { openEventHubs } = await import("./eventHubs.ts");
    const { azureCredential } = await import("../azureCredential.ts");
    return openEventHubs(settings, azureCredential(managedIdentityClientId));
  },
};

const logsIngestion: SinkKind<LogsIngestionSettings> = {
  properties: { endpoint, ruleId: dataCollectionRuleId, stream: dataCollectionStream },
  hasToken: false,
  open: async (settings, { managedIdentityClientId }) => {
    const { openLogsIngestion } = await import("./logsIngestion.ts");
    const { azureCredential } = await import("../azureCredential.ts");
    return openLogsIngestion(settings, azureCredential(managedIdentityClientId));
  },
};

/** Every kind of sink, by the word in its variable. A further kind is one file, and one entry here. */
export const SINK_KINDS = { eventHubs, logsIngestion, splunkHec };
export type SinkKindName = keyof typeof SINK_KINDS;

/** @param managedIdentityClientId see `SinkSurroundings`. */
export function openSink(
  { kind, properties, token = "" }: SinkSettings,
  managedIdentityClientId: string | undefined,
): Promise<Sink> {
  // The properties were read by this very kind.
  const { open } = SINK_KINDS[kind] as SinkKind<object>;
  return open(properties, { managedIdentityClientId, token });
}
