/** An event on its way to a sink. */
export interface SinkEvent {
  /** The event's `Id`: the key by which the destination may recognize one that comes twice. */
  id: string | undefined;
  /** The number of its record type, also when the service wrote the name; undefined when there is none. */
  recordType: number | undefined;
  /** `CreationTime` as served, which is UTC without saying so. */
  creationTime: string | undefined;
  /** The event's bytes as served: one line of JSON, without a line break. */
  line: Buffer;
}

/** An event that a destination will never take. */
export interface RefusedEvent {
  event: SinkEvent;
  /** For a person; without secrets. */
  reason: string;
}

/**
 * A destination beside the store. How much one request may carry is its own business: it splits what it is given.
 */
export interface Sink {
  /**
   * Resolves when the destination has confirmed all events but those that it gives back. Events may come again that were
   * confirmed before: a run that was killed does not know that they were.
   *
   * @throws SinkUnavailableError when the destination cannot take events now. Some may have arrived.
   */
  send(events: readonly SinkEvent[]): Promise<RefusedEvent[]>;
  close(): Promise<void>;
}

export interface Unavailability {
  cause?: unknown;
  /** When the destination wants to be asked again. Defaults to no wish. */
  retryAfterSeconds?: number;
  /**
   * Whether only somebody's change helps, of a token that is refused for instance: then the run does not try again.
   * Defaults to false.
   */
  needsSomebody?: boolean;
}

/** A destination does not take events now, for a reason that does not lie in them. They stay in its outbox. */
export class SinkUnavailableError extends Error {
  override readonly name = "SinkUnavailableError";
  readonly retryAfterSeconds: number | undefined;
  readonly needsSomebody: boolean;

  /** @param message what, why and what to do; without secrets. */
  constructor(message: string, { cause, retryAfterSeconds, needsSomebody = false }: Unavailability = {}) {
    super(message, { cause });
    this.retryAfterSeconds = retryAfterSeconds;
    this.needsSomebody = needsSomebody;
  }
}
