import { SinkUnavailableError } from "./sink.ts";

/** What HTTP Event Collector answers with, as far as it could be read. */
export interface HecAnswer {
  status: number;
  /** HEC's own code; undefined when something else answered. */
  code?: number;
  /** HEC's text in one line, in quotation marks. */
  text?: string;
  /** Given when the token has indexer acknowledgement. */
  ackId?: number;
  /** Which event of the request is wrong. Splunk counts from 0 for most codes, and from 1 for some. */
  invalidEventNumber?: number;
  retryAfterSeconds?: number;
}

/** What an answer says of the request: taken, to be taken apart because of what is in it, or not taken at all. */
export type HecVerdict = "taken" | "events" | SinkUnavailableError;

/**
 * HEC's codes, by what is to be done. 8, 9, 18 to 20, 23, 26 and 27 are not here: HEC has troubles of its own, as their
 * status, 429 or 5xx, says too. Nor are 10, 11, 14 and 16: no request of this program deserves them.
 * https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 */
const CODES: Readonly<Record<number, "taken" | "events" | "token" | "index">> = {
  0: "taken",
  1: "token",
  2: "token",
  3: "token",
  4: "token",
  5: "events",
  6: "events",
  7: "index",
  12: "events",
  13: "events",
  15: "events",
  21: "token",
  22: "token",
  // Taken, though the queue, or that of the acknowledgements, is nearly full.
  24: "taken",
  25: "taken",
};

/** Sent for a body that is longer than HEC, or a proxy before it, takes. */
const CONTENT_TOO_LARGE = 413;

/** The code of an answer to a question for acknowledgements that says that the token has none (any more). */
export const ACKNOWLEDGEMENT_DISABLED = 14;

/** @param origin scheme and host of HEC, for the message. */
export function judge(answer: HecAnswer, origin: string, index: string): HecVerdict {
  const { status, code, retryAfterSeconds } = answer;
  const meaning = code === undefined ? undefined : CODES[code];
  if (status === CONTENT_TOO_LARGE || (meaning === "events" && status === 400)) return "events";
  if (meaning === "taken" && status === 200) return "taken";
  const said = `${origin} answers ${describeAnswer(answer)}`;
  if (meaning === "token" || status === 401 || status === 403)
    return new SinkUnavailableError(
      `${said}. See that the token of this sink is one of HTTP Event Collector, and enabled there.`,
      { needsSomebody: true },
    );
  if (meaning === "index")
    return new SinkUnavailableError(
      `${said}. See that there is an index "${index}", and that the token may write to it.`,
      { needsSomebody: true },
    );
  if (isTrouble(status)) return new SinkUnavailableError(`${said}.`, { retryAfterSeconds });
  return new SinkUnavailableError(
    `${said}, which is not an answer of HTTP Event Collector to events. Use its URL, mostly with port 8088 or 443, and see ` +
      `that it is enabled.`,
    { needsSomebody: true },
  );
}

export function describeAnswer({ status, code, text }: HecAnswer): string {
  return code === undefined ? `with HTTP ${status}` : `${text} (HTTP ${status}, code ${code})`;
}

function isTrouble(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}
