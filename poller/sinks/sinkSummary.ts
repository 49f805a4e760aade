/** An event blob whose events a sink will not get. */
export interface LostEventBlob {
  name: string;
  /** How many events the ledger says that it held. */
  events: number;
  reason: string;
}

/** What a run did for one sink. */
export interface SinkSummary {
  sink: string;
  /** Whether the sink has confirmed all that is in the store. */
  isComplete: boolean;
  /** Why the run did not go on with this sink. */
  error?: string;
  /** Events that the sink has confirmed. */
  delivered: number;
  /** Events that the sink will never take, as it says. They are kept: see `RefusedEvents`. */
  refused: number;
  /** Why, each reason once; the first few. */
  refusedReasons: string[];
  lost: LostEventBlob[];
  /** Event blobs that wait for the next run. */
  pending: number;
  /** How long the oldest of them has waited; 0 when none waits. */
  lagSeconds: number;
}

export function emptySinkSummary(sink: string): SinkSummary {
  return {
    sink,
    isComplete: true,
    delivered: 0,
    refused: 0,
    refusedReasons: [],
    lost: [],
    pending: 0,
    lagSeconds: 0,
  };
}

/** The summary as lines for a person. */
export function describeSink(summary: SinkSummary): string[] {
  const { sink, delivered, refused, refusedReasons, lost, pending, lagSeconds, error } = summary;
  return [
    `Sink ${sink}: ${delivered} events delivered`,
    ...(refused > 0 ? [`  refused  ${refused} events: ${refusedReasons.join("; ")}`] : []),
    ...lost.map(({ name, events, reason }) => `  lost     ${name} (${events} events): ${reason}`),
    ...(pending > 0
      ? [`  pending  ${pending} event blobs, the oldest for ${Math.round(lagSeconds / 60)} min`]
      : []),
    ...(error === undefined ? [] : [`  ${error}`]),
  ];
}
