import * as pulumi from "@pulumi/pulumi";
import { isGiven } from "../azure/existingResources.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";
import { declareEventHubsSink, type EventHubsSinkArgs } from "./eventHubsSink.ts";
import { declareLogsIngestionSink, type LogsIngestionSinkArgs } from "./logsIngestionSink.ts";
import type { DeclaredSink, SinkSurroundings } from "./sink.ts";
import { declareSplunkHecSink, type SplunkHecSinkArgs } from "./splunkHecSink.ts";

/** A further destination of events, beside the event store; `kind` says which. */
export type SinkArgs = EventHubsSinkArgs | LogsIngestionSinkArgs | SplunkHecSinkArgs;

/** What a sink may be called: its name becomes part of an application setting. */
const SINK_NAME = /^[a-z][a-z0-9]{0,23}$/;

type Declare<Args> = (name: string, args: Args, surroundings: SinkSurroundings) => DeclaredSink;

/** A further kind of sink is a file and an entry here. */
const KINDS: { [Kind in SinkArgs["kind"]]: Declare<Extract<SinkArgs, { kind: Kind }>> } = {
  eventHubs: declareEventHubsSink,
  logsIngestion: declareLogsIngestionSink,
  splunkHec: declareSplunkHecSink,
};

/** Pulumi keeps the arguments of a component in its state: tokens go there encrypted, however they were given. */
export function withSecretTokens<Args extends { sinkTokens?: pulumi.Input<object> }>(args: Args): Args {
  return args.sinkTokens === undefined ? args : { ...args, sinkTokens: pulumi.secret(args.sinkTokens) };
}

/** What the poller and its user need to know of all sinks. */
export interface DeclaredSinks {
  /** Application settings of the poller. */
  settings: Record<string, pulumi.Input<string>>;
  /** What has to be there before the poller starts. */
  ready: pulumi.Resource[];
  /** By the name of the sink: what the SIEM is configured with. */
  outputs: pulumi.Output<Record<string, Record<string, string>>>;
}

/** Declares what each sink needs, and nothing for a sink that is not there. */
export function declareSinks(sinks: Record<string, SinkArgs>, surroundings: SinkSurroundings): DeclaredSinks {
  parseOrRefuse(surroundings.parent, "sinks", sinks, refuseTwoTables);
  const declared = Object.entries(sinks).map(
    ([name, args]) => [name, declareSink(name, args, surroundings)] as const,
  );
  return {
    settings: Object.assign({}, ...declared.map(([name, sink]) => settingsOf(name, sink))),
    ready: declared.flatMap(([, { ready }]) => ready),
    outputs: pulumi.output(Object.fromEntries(declared.map(([name, { output }]) => [name, output]))),
  };
}

function declareSink(name: string, args: SinkArgs, surroundings: SinkSurroundings): DeclaredSink {
  const { parent } = surroundings;
  parseOrRefuse(parent, `sinks.${name}`, name, refuseName);
  const kind = parseOrRefuse(parent, `sinks.${name}.kind`, args?.kind, parseKind);
  return (KINDS[kind] as Declare<SinkArgs>)(name, args, surroundings);
}

function refuseName(name: string): void {
  if (SINK_NAME.test(name)) return;
  throw new Error(
    `${JSON.stringify(name)} is not a name for a sink. Use up to 24 lower-case letters and digits, a letter first: ` +
      "the name becomes part of an application setting.",
  );
}

function parseKind(kind: unknown): SinkArgs["kind"] {
  if (typeof kind === "string" && Object.hasOwn(KINDS, kind)) return kind as SinkArgs["kind"];
  throw new Error(
    `${JSON.stringify(kind) ?? "nothing"} is not a kind of sink. Use ${Object.keys(KINDS).join(", ")}.`,
  );
}

/** Whether its events go into the workspace of the integration. A sink that is wrong is refused by its own check. */
export function landsInOwnWorkspace(sink: SinkArgs | undefined): boolean {
  return sink?.kind === "logsIngestion" && !isGiven(sink.workspace);
}

/** Events of two sinks in one table could not be told apart, and each would count as delivered twice. */
function refuseTwoTables(sinks: Record<string, SinkArgs>): void {
  const sharing = Object.entries(sinks).filter(([, sink]) => landsInOwnWorkspace(sink));
  if (sharing.length < 2) return;
  const names = sharing.map(([name]) => name).join(" and ");
  throw new Error(
    `${names} would write into one table of one workspace. Keep one of them, or give the others a workspace each.`,
  );
}

function settingsOf(name: string, { setting, tokenReference }: DeclaredSink) {
  const variable = `SIEM_SINK_${name.toUpperCase()}`;
  return {
    [variable]: setting,
    ...(tokenReference === undefined ? {} : { [`${variable}_TOKEN`]: tokenReference }),
  };
}
