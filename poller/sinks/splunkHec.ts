import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Agent } from "undici";
import { type Clock, systemClock } from "../../activity-api/clock.ts";
import { oneLine } from "../../activity-api/oneLine.ts";
import { type RefusedEvent, type Sink, type SinkEvent, SinkUnavailableError } from "./sink.ts";
import { ACKNOWLEDGEMENT_DISABLED, describeAnswer, type HecAnswer, judge } from "./splunkHecAnswer.ts";
import { type HecMetadata, hecEvent } from "./splunkHecRequest.ts";

export interface SplunkHecSettings {
  /** Scheme, host and port of HTTP Event Collector. */
  url: string;
  index: string;
  /** Defaults to that of Splunk's add-on for Microsoft Office 365, `o365:management:activity`. */
  sourcetype?: string | undefined;
}

/** What the add-on gives the events of this API, so that its field extractions and the data models find them. */
const ADD_ON_SOURCETYPE = "o365:management:activity";
const SOURCE = "defender-siem";

/**
 * Uncompressed. What `max_content_length` allows was 1,000,000 in older versions and is 800 MB in newer ones; Splunk Cloud
 * and proxies are in between. https://help.splunk.com/en/splunk-enterprise/administer/admin-manual/limits.conf
 */
const LONGEST_REQUEST_BYTES = 1_000_000;
const ANSWER_TIMEOUT_MILLISECONDS = 30_000;
const LONGEST_ANSWER_BYTES = 1_000_000;

/** Splunk acknowledges what is indexed and, with copies, replicated: mostly within seconds. */
const FIRST_QUESTION_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 5000;
/** After this time without an acknowledgement, events are sent again; after as many times, the sink is down. */
const ACKNOWLEDGED_WITHIN_MILLISECONDS = 60_000;
const MOST_SENDINGS = 2;

/** Events of one request, on their way. */
interface Part {
  event: SinkEvent;
  bytes: Buffer;
}

/** A request that was taken, and is not known to be indexed yet. */
interface Unacknowledged {
  parts: readonly Part[];
  ackId: number;
}

export async function openSplunkHec(
  settings: SplunkHecSettings,
  token: string,
  clock: Clock = systemClock,
): Promise<Sink> {
  return new SplunkHec(settings, token, clock);
}

/**
 * Splunk's HTTP Event Collector. With a token that has indexer acknowledgement, events count as confirmed when Splunk has
 * indexed them; with another one when it has taken them, since Splunk Cloud offers no acknowledgement to others than
 * Amazon. https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment
 */
class SplunkHec implements Sink {
  readonly #url: string;
  readonly #metadata: HecMetadata;
  readonly #token: string;
  readonly #clock: Clock;
  /** Acknowledgements are numbered within a channel: two pollers have one each. */
  readonly #channel = randomUUID();
  readonly #agent = new Agent({
    connect: { timeout: 10_000 },
    headersTimeout: ANSWER_TIMEOUT_MILLISECONDS,
    bodyTimeout: ANSWER_TIMEOUT_MILLISECONDS,
  });

  constructor(
    { url, index, sourcetype = ADD_ON_SOURCETYPE }: SplunkHecSettings,
    token: string,
    clock: Clock,
  ) {
    this.#url = url;
    this.#metadata = { index, source: SOURCE, sourcetype };
    this.#token = token;
    this.#clock = clock;
  }

  async send(events: readonly SinkEvent[]): Promise<RefusedEvent[]> {
    const refused: RefusedEvent[] = [];
    let parts = events.map(event => ({ event, bytes: hecEvent(event, this.#metadata) }));
    for (let sending = 1; parts.length > 0; sending += 1) {
      if (sending > MOST_SENDINGS) throw this.#notAcknowledged(parts.length);
      const taken: Unacknowledged[] = [];
      for (const request of requestsOf(parts)) await this.#post(request, taken, refused);
      parts = await this.#awaitAcknowledgements(taken);
    }
    return refused;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Sends one request; when something in it is wrong, in smaller ones, until what is refused is a single event. */
  async #post(parts: readonly Part[], taken: Unacknowledged[], refused: RefusedEvent[]): Promise<void> {
    const answer = await this.#ask("/services/collector/event", Buffer.concat(parts.map(each => each.bytes)));
    const verdict = judge(answer, this.#url, this.#metadata.index);
    if (verdict instanceof SinkUnavailableError) throw verdict;
    if (verdict === "events" && parts.length === 1)
      refused.push({ event: parts[0]!.event, reason: `Splunk answers ${describeAnswer(answer)}` });
    else if (verdict === "events")
      for (const smaller of takenApart(parts, answer.invalidEventNumber))
        await this.#post(smaller, taken, refused);
    else if (answer.ackId !== undefined) taken.push({ parts, ackId: answer.ackId });
  }

  /** The events that are to be sent again. */
  async #awaitAcknowledgements(taken: readonly Unacknowledged[]): Promise<Part[]> {
    let open = taken;
    const deadline = this.#clock.now() + ACKNOWLEDGED_WITHIN_MILLISECONDS;
    let pause = FIRST_QUESTION_MILLISECONDS;
    while (open.length > 0 && this.#clock.now() < deadline) {
      await this.#clock.sleep(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_MILLISECONDS);
      const answer = await this.#acknowledged(open.map(({ ackId }) => ackId));
      if (answer === undefined) break;
      open = open.filter(({ ackId }) => !answer.has(ackId));
    }
    return open.flatMap(({ parts }) => parts);
  }

  /** Which of them are indexed; undefined when the token has no acknowledgement any more, so that nobody will ever know. */
  async #acknowledged(ackIds: readonly number[]): Promise<Set<number> | undefined> {
    const answer = await this.#ask("/services/collector/ack", Buffer.from(JSON.stringify({ acks: ackIds })));
    if (answer.code === ACKNOWLEDGEMENT_DISABLED) return undefined;
    if (answer.status !== 200 || answer.acks === undefined) {
      const verdict = judge(answer, this.#url, this.#metadata.index);
      if (verdict instanceof SinkUnavailableError) throw verdict;
      throw new SinkUnavailableError(
        `${this.#url} answers ${describeAnswer(answer)} to a question for acknowledgements.`,
      );
    }
    const { acks } = answer;
    return new Set(ackIds.filter(ackId => acks[ackId] === true));
  }

  async #ask(path: string, body: Buffer): Promise<HecAnswer & { acks?: Record<string, unknown> }> {
    try {
      const {
        statusCode,
        headers,
        body: answer,
      } = await this.#agent.request({
        origin: this.#url,
        method: "POST",
        path,
        headers: {
          authorization: `Splunk ${this.#token}`,
          "content-type": "application/json",
          "content-encoding": "gzip",
          "user-agent": SOURCE,
          "x-splunk-request-channel": this.#channel,
        },
        body: await promisify(gzip)(body),
      });
      return {
        ...this.#parse(await textOf(answer)),
        status: statusCode,
        ...retryAfter(headers["retry-after"]),
      };
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** Whoever answers may send back what it got: the token goes no further. */
  #parse(text: string): Omit<HecAnswer, "status"> & { acks?: Record<string, unknown> } {
    const answer = objectIn(text);
    return {
      code: numberIn(answer, "code"),
      text: oneLine(String(answer.text ?? "").replaceAll(this.#token, "***")),
      ackId: numberIn(answer, "ackId"),
      invalidEventNumber: numberIn(answer, "invalid-event-number"),
      ...(isObject(answer.acks) ? { acks: answer.acks } : {}),
    };
  }

  #unreachable(error: unknown): SinkUnavailableError {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const message = error instanceof Error ? error.message.replaceAll(this.#token, "***") : String(error);
    const isOfCertificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ISSUER/.test(code);
    const advice = isOfCertificate
      ? " Its certificate is not trusted: name the file of its certificate authority in NODE_EXTRA_CA_CERTS."
      : "";
    return new SinkUnavailableError(`${this.#url} cannot be reached: ${oneLine(message)}.${advice}`, {
      needsSomebody: isOfCertificate,
    });
  }

  #notAcknowledged(events: number): SinkUnavailableError {
    return new SinkUnavailableError(
      `${this.#url} took ${events} events ${MOST_SENDINGS} times and did not acknowledge them within ` +
        `${ACKNOWLEDGED_WITHIN_MILLISECONDS / 1000} s. See that its indexers are up and, behind a load balancer, that ` +
        `sessions are sticky.`,
    );
  }
}

/** As many events to a request as its length allows; one that is longer by itself goes alone. */
function* requestsOf(parts: readonly Part[]): Generator<Part[]> {
  let request: Part[] = [];
  let length = 0;
  for (const part of parts) {
    if (request.length > 0 && length + part.bytes.length > LONGEST_REQUEST_BYTES) {
      yield request;
      request = [];
      length = 0;
    }
    request.push(part);
    length += part.bytes.length;
  }
  if (request.length > 0) yield request;
}

/**
 * Alone what HEC calls wrong, and what is before and after it; in halves when it names none. HEC takes what comes before
 * the wrong one, or does not, and never what comes after: all is sent again.
 */
function takenApart(parts: readonly Part[], invalid: number | undefined): (readonly Part[])[] {
  const isNamed = invalid !== undefined && invalid >= 0 && invalid < parts.length;
  const middle = Math.ceil(parts.length / 2);
  const pieces = isNamed
    ? [parts.slice(0, invalid), parts.slice(invalid, invalid + 1), parts.slice(invalid + 1)]
    : [parts.slice(0, middle), parts.slice(middle)];
  return pieces.filter(piece => piece.length > 0);
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    pieces.push(piece);
    length += piece.length;
    if (length > LONGEST_ANSWER_BYTES) break;
  }
  return Buffer.concat(pieces).toString();
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function numberIn(answer: Record<string, unknown>, name: string): number | undefined {
  const value = answer[name];
  return typeof value === "number" ? value : undefined;
}

function retryAfter(header: string | string[] | undefined): { retryAfterSeconds?: number } {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? { retryAfterSeconds: seconds } : {};
}
