import { gunzipSync } from "node:zlib";
import { type EventTexts, readEventStream } from "./eventStream.ts";
import { HEC_STATUS, type HecStatusName } from "./hecStatus.ts";

/** A token of HTTP Event Collector. */
export interface HecToken {
  value: string;
  /** The indexes that it may write to; the first is for events that name none. */
  indexes: readonly string[];
  /** Whether it has indexer acknowledgement. */
  hasAcknowledgement: boolean;
  isDisabled?: boolean;
}

/** An event that can be found by a search. */
export interface IndexedEvent {
  index: string;
  /** Seconds since 1970; undefined for the time of arrival. */
  time: number | undefined;
  source: string | undefined;
  sourcetype: string | undefined;
  fields: Record<string, unknown>;
  /** The event's text as it came. */
  raw: string;
}

/** What goes wrong with a request. */
export type SplunkFault =
  /** No answer: the connection is cut. */
  | "down"
  /** The request takes effect, and the connection is cut before the answer. */
  | "answerLost"
  /** The events are taken and lost before they are indexed: they are never acknowledged. */
  | "eventsLost"
  /** The events are indexed and their acknowledgement is lost. */
  | "acknowledgementLost"
  /** Nothing takes effect, and the answer repeats the headers that came, as proxies do that somebody is looking into. */
  | "headersRepeated"
  /** Another answer in place of the request's effect. */
  | HecStatusName;

export interface SplunkRequest {
  path: string;
  authorization: string | undefined;
  channel: string | undefined;
  contentEncoding: string | undefined;
  body: Buffer;
}

export interface SplunkAnswer {
  status: number;
  body: object | string;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** `max_content_length` of older versions, which a sender may count on everywhere. */
const LONGEST_CONTENT_BYTES = 1_000_000;

/** Splunk as far as HTTP Event Collector goes: tokens, indexes, channels with their acknowledgements. */
export class Splunk {
  /** Everything that is indexed, in this order. */
  readonly indexed: IndexedEvent[] = [];
  /** Which events are wrong, in HEC's view; none unless it is set. */
  refuses: (event: IndexedEvent) => boolean = () => false;
  /** Told of every request before it takes effect. */
  onRequest: () => void = () => {};
  /** How many questions for an acknowledgement are answered with "not yet". */
  questionsUntilIndexed = 0;
  longestContentBytes = LONGEST_CONTENT_BYTES;
  readonly #tokens = new Map<string, HecToken>();
  readonly #channels = new Map<string, Channel>();
  readonly #faults: { fault: SplunkFault; path: string; left: number }[] = [];

  /** Adds a token, or changes it. */
  setToken(token: HecToken): void {
    this.#tokens.set(token.value, token);
  }

  /** @param times how often; for ever unless given. @param path only requests to this path; events unless given. */
  setFault(fault: SplunkFault, times = Number.POSITIVE_INFINITY, path: "event" | "ack" = "event"): void {
    this.#faults.push({ fault, path: `/services/collector/${path}`, left: times });
  }

  clearFaults(): void {
    this.#faults.length = 0;
  }

  /** @returns undefined for no answer at all. */
  answer(request: SplunkRequest): SplunkAnswer | undefined {
    this.onRequest();
    const fault = this.#nextFault(request.path);
    if (fault === "down") return undefined;
    if (fault === "headersRepeated")
      return { status: 500, body: { text: `authorization: ${request.authorization}`, code: 8 } };
    if (fault !== undefined && fault in HEC_STATUS) return answerOf(fault as HecStatusName);
    const answer = this.#serve(request, fault);
    return fault === "answerLost" ? undefined : answer;
  }

  #nextFault(path: string): SplunkFault | undefined {
    const next = this.#faults.find(fault => fault.left > 0 && fault.path === path);
    if (next !== undefined) next.left -= 1;
    return next?.fault;
  }

  #serve(request: SplunkRequest, fault: SplunkFault | undefined): SplunkAnswer {
    if (request.path === "/services/collector/health") return answerOf("healthy");
    if (
      !["/services/collector/event", "/services/collector", "/services/collector/ack"].includes(request.path)
    )
      return { status: 404, body: { text: "The requested URL was not found on this server.", code: 404 } };
    if (request.body.length > this.longestContentBytes) return tooLarge(this.longestContentBytes);
    const token = this.#token(request.authorization);
    if (typeof token === "string") return answerOf(token);
    const refusal = refusalOfChannel(request, token);
    if (refusal !== undefined) return answerOf(refusal);
    const text = contentOf(request);
    if (text === undefined) return answerOf("invalidDataFormat");
    if (Buffer.byteLength(text) > this.longestContentBytes) return tooLarge(this.longestContentBytes);
    return request.path.endsWith("/ack")
      ? this.#acknowledge(token, request.channel, text)
      : this.#take(token, request.channel, text, fault);
  }

  #token(authorization: string | undefined): HecToken | HecStatusName {
    if (authorization === undefined) return "tokenRequired";
    const [, value] = /^Splunk (\S+)$/i.exec(authorization) ?? [];
    if (value === undefined) return "invalidAuthorization";
    const token = this.#tokens.get(value);
    if (token === undefined) return "invalidToken";
    return token.isDisabled ? "tokenDisabled" : token;
  }

  /** What comes before the first event that is wrong is indexed, and what comes after is not looked at. */
  #take(
    token: HecToken,
    channel: string | undefined,
    text: string,
    fault: SplunkFault | undefined,
  ): SplunkAnswer {
    const stream = readEventStream(text);
    if (stream.length === 0) return answerOf("noData");
    for (const [number, texts] of stream.entries()) {
      const event = this.#read(texts, token);
      if (typeof event === "string") return answerOf(event, { "invalid-event-number": number });
      if (fault !== "eventsLost") this.indexed.push(event);
    }
    if (!token.hasAcknowledgement) return answerOf("success");
    const ackId = this.#channel(channel!).taken(
      fault === "eventsLost" || fault === "acknowledgementLost" ? undefined : this.questionsUntilIndexed,
    );
    return answerOf("success", { ackId });
  }

  #read(texts: EventTexts | undefined, token: HecToken): IndexedEvent | HecStatusName {
    if (texts === undefined) return "invalidDataFormat";
    const raw = texts.get("event");
    if (raw === undefined) return "eventRequired";
    if (raw === '""' || raw === "null") return "eventBlank";
    const value = (key: string) => (texts.has(key) ? JSON.parse(texts.get(key)!) : undefined);
    const fields: Record<string, unknown> = value("fields") ?? {};
    if (Object.values(fields).some(field => typeof field === "object" && !Array.isArray(field)))
      return "invalidFields";
    const index = value("index") ?? token.indexes[0];
    if (!token.indexes.includes(index)) return "incorrectIndex";
    const time = value("time");
    const event: IndexedEvent = {
      index,
      time: time === undefined ? undefined : Number(time),
      source: value("source"),
      sourcetype: value("sourcetype"),
      fields,
      raw,
    };
    return this.refuses(event) ? "invalidDataFormat" : event;
  }

  #acknowledge(token: HecToken, channel: string | undefined, text: string): SplunkAnswer {
    if (!token.hasAcknowledgement) return answerOf("acknowledgementDisabled");
    const { acks } = JSON.parse(text) as { acks: number[] };
    const known = this.#channel(channel!);
    return {
      status: 200,
      body: { acks: Object.fromEntries(acks.map(ackId => [ackId, known.isAcknowledged(ackId)])) },
    };
  }

  #channel(id: string): Channel {
    const channel = this.#channels.get(id) ?? new Channel();
    this.#channels.set(id, channel);
    return channel;
  }
}

/** Counts the requests of one sender. */
class Channel {
  #nextAckId = 0;
  /** How often the answer is still "not yet"; for ever when it is undefined. */
  readonly #questionsLeft = new Map<number, number | undefined>();

  taken(questionsUntilIndexed: number | undefined): number {
    const ackId = this.#nextAckId;
    this.#nextAckId += 1;
    this.#questionsLeft.set(ackId, questionsUntilIndexed);
    return ackId;
  }

  /** Splunk forgets what it has said once. */
  isAcknowledged(ackId: number): boolean {
    const left = this.#questionsLeft.get(ackId);
    if (left === undefined) return false;
    if (left > 0) this.#questionsLeft.set(ackId, left - 1);
    else this.#questionsLeft.delete(ackId);
    return left === 0;
  }
}

function refusalOfChannel({ channel }: SplunkRequest, token: HecToken): HecStatusName | undefined {
  if (!token.hasAcknowledgement) return undefined;
  if (channel === undefined) return "channelMissing";
  return GUID.test(channel) ? undefined : "invalidChannel";
}

function contentOf({ contentEncoding, body }: SplunkRequest): string | undefined {
  try {
    return (contentEncoding === "gzip" ? gunzipSync(body) : body).toString();
  } catch {
    return undefined;
  }
}

function answerOf(name: HecStatusName, more: object = {}): SplunkAnswer {
  const { status, code, text } = HEC_STATUS[name];
  return { status, body: { text, code, ...more } };
}

/** Of the web server, and not of HEC: it has no code. */
function tooLarge(most: number): SplunkAnswer {
  return { status: 413, body: `Content-Length too large (maximum is ${most})` };
}
