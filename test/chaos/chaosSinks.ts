import type { SeededRandom } from "../../local/activity/random.ts";
import { type SplunkServer, startSplunk } from "../../local/splunk/server.ts";
import type { SplunkFault } from "../../local/splunk/splunk.ts";
import type { LocalTls } from "../../local/tls.ts";

/** Destinations beside the store, as whoever searches there sees them. */
export interface ChaosSinks {
  /** By the names of the poller. */
  names: readonly string[];
  /** What the poller is told of them. */
  environment: Record<string, string>;
  /** The texts of the events that have arrived, those that came twice too. */
  arrived(sink: string): string[];
  /** Lets some things go wrong from now on. */
  begin(random: SeededRandom): void;
  /** Lets nothing go wrong any more. */
  end(): void;
  close(): Promise<void>;
}

const TOKEN = "0a5c7b1e-0000-4000-8000-00000000c4a0";
const FAULTS: readonly SplunkFault[] = [
  "down",
  "answerLost",
  "serverIsBusy",
  "queueFull",
  "internalServerError",
  "invalidToken",
  "incorrectIndex",
];
/** Only for a Splunk that acknowledges: what another loses after it has answered, no client can know of. */
const FAULTS_OF_ACKNOWLEDGEMENT: readonly SplunkFault[] = ["eventsLost", "acknowledgementLost"];
/** One event of so many is refused while things go wrong, however often it comes. */
const REFUSED_ONE_OF = 8;

/** Two Splunks, one of which acknowledges what it has indexed, and one that never does. */
export async function startSinks(tls: LocalTls, onArrival: () => void): Promise<ChaosSinks> {
  const servers = new Map<string, SplunkServer>();
  const faults = new Map<SplunkServer, readonly SplunkFault[]>();
  const environment: Record<string, string> = {};
  for (const [name, hasAcknowledgement] of [
    ["splunk", true],
    ["cloud", false],
  ] as const) {
    const server = await startSplunk({ tls });
    server.splunk.setToken({ value: TOKEN, indexes: ["defender"], hasAcknowledgement });
    server.splunk.onRequest = onArrival;
    servers.set(name, server);
    faults.set(server, hasAcknowledgement ? [...FAULTS, ...FAULTS_OF_ACKNOWLEDGEMENT] : FAULTS);
    const variable = `SIEM_SINK_${name.toUpperCase()}`;
    environment[variable] = JSON.stringify({ kind: "splunkHec", url: server.url, index: "defender" });
    environment[`${variable}_TOKEN`] = TOKEN;
  }
  const splunks = () => [...servers.values()].map(({ splunk }) => splunk);
  return {
    names: [...servers.keys()],
    environment,
    arrived: sink => servers.get(sink)!.splunk.indexed.map(({ raw }) => raw),
    begin: random => {
      for (const [{ splunk }, possible] of faults) {
        splunk.clearFaults();
        const count = random.integer(0, 3);
        for (let index = 0; index < count; index += 1)
          splunk.setFault(
            random.pick(possible),
            random.integer(1, 3),
            random.pick(["event", "event", "ack"]),
          );
        // Now and then for the whole run, as when somebody works on it.
        if (random.next() < 0.15) splunk.setFault("down");
        const rest = random.integer(0, REFUSED_ONE_OF - 1);
        splunk.refuses = ({ raw }) => raw.length % REFUSED_ONE_OF === rest;
      }
    },
    end: () => {
      for (const splunk of splunks()) {
        splunk.clearFaults();
        splunk.refuses = () => false;
      }
    },
    close: async () => {
      for (const server of servers.values()) await server.close();
    },
  };
}
