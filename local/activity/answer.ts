import { AspNetError, FeedError } from "./errors.ts";

/** What goes back to the client. */
export interface Answer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Buffer | (() => AsyncIterable<Buffer>);
  /** How the bytes travel. Whole and at once when left out. */
  transfer?: Transfer;
}

export type Transfer =
  /** Announces the whole length, sends the first `afterBytes` (half of it when left out) and cuts the connection. */
  | { kind: "truncated"; afterBytes?: number }
  | { kind: "slow"; bytesPerSecond: number }
  /** Cuts the connection without an answer. */
  | { kind: "reset" }
  /** Keeps the connection and never answers. */
  | { kind: "silent" };

const JSON_TYPE = { "Content-Type": "application/json; charset=utf-8" };

export function jsonAnswer(value: unknown, headers: Record<string, string> = {}): Answer {
  return { status: 200, headers: { ...JSON_TYPE, ...headers }, body: Buffer.from(JSON.stringify(value)) };
}

export function jsonBytesAnswer(body: Answer["body"]): Answer {
  return { status: 200, headers: JSON_TYPE, body };
}

export function emptyAnswer(): Answer {
  return { status: 200, headers: {}, body: Buffer.alloc(0) };
}

export function textAnswer(status: number, contentType: string, body: string): Answer {
  return { status, headers: { "Content-Type": contentType }, body: Buffer.from(body) };
}

/** The body that Microsoft's side gives to `error`; undefined when it is not one of the API's. */
export function errorAnswer(error: unknown, singleQuotes: boolean): Answer | undefined {
  if (error instanceof AspNetError) return failure(error, JSON.stringify({ Message: error.message }));
  if (error instanceof FeedError) {
    const body = JSON.stringify({ error: { code: error.code, message: error.message } });
    return failure(error, singleQuotes ? body.replaceAll('"', "'") : body);
  }
  return undefined;
}

function failure(error: AspNetError | FeedError, body: string): Answer {
  return { status: error.status, headers: { ...JSON_TYPE, ...error.headers }, body: Buffer.from(body) };
}
