import { ACTIVITY_API_ERRORS, type ErrorAction, type ErrorCode, type ErrorEntry } from "./errorTable.ts";
import { oneLine } from "./oneLine.ts";

/** What was asked of the Management Activity API, in the words of the error that says it failed. */
export const Operation = {
  listSubscriptions: "Listing the subscriptions",
  start: "Starting the subscription",
  stop: "Stopping the subscription",
  listContent: "Listing content",
  fetchContent: "Fetching a content blob",
} as const;
export type Operation = (typeof Operation)[keyof typeof Operation];

/** What a request was for, as its error names it. */
export interface Asked {
  operation: Operation;
  tenantId: string;
  contentType?: string;
}

export interface FailureDetails extends Asked {
  /** HTTP status; absent when there was no answer. */
  status?: number;
  /** A code of the table, or one that the service sent and that the table does not know. */
  code: string;
  /** How the table reads a code that it does not know. */
  like?: ErrorCode;
  /** The service's own words, or those of the network. Shortened to one line that holds neither stack nor token. */
  said?: string;
  /** How long the service asks to wait. */
  retryAfterSeconds?: number;
  /** The service's clock minus this machine's. */
  clockSkewMilliseconds?: number;
  cause?: unknown;
}

/**
 * A request to the Management Activity API that failed. The message says what was tried for which tenant, what the
 * answer means and what to do; `action` says the same to a program.
 */
export class ActivityApiError extends Error {
  override readonly name = "ActivityApiError";
  readonly operation: Operation;
  readonly tenantId: string;
  readonly contentType: string | undefined;
  /** HTTP status; undefined when there was no answer. */
  readonly status: number | undefined;
  readonly code: string;
  readonly means: string;
  readonly next: string;
  readonly action: ErrorAction;
  /** How long the service asks to wait, by header or in its text. */
  readonly retryAfterSeconds: number | undefined;

  constructor(details: FailureDetails) {
    const known = readCode(details);
    super(describe(details, known), details.cause === undefined ? undefined : { cause: details.cause });
    this.operation = details.operation;
    this.tenantId = details.tenantId;
    this.contentType = details.contentType;
    this.status = details.status;
    this.code = details.code;
    this.means = known.means;
    this.next = known.next;
    this.action = known.action;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** Tokens and windows are judged by the service's clock; beats warns from this skew on, and five minutes is Entra's limit. */
export const toleratedSkewMilliseconds = 5 * 60_000;
const judgedByTheClock: readonly string[] = [
  "authorizationDenied",
  "AF20030",
  "AF20055",
] satisfies ErrorCode[];

function readCode(details: FailureDetails): ErrorEntry {
  const { code, like, clockSkewMilliseconds: skew = 0 } = details;
  if (judgedByTheClock.includes(code) && Math.abs(skew) >= toleratedSkewMilliseconds) {
    const minutes = Math.round(Math.abs(skew) / 60_000);
    const { means, next, action } = ACTIVITY_API_ERRORS.clockWrong;
    return {
      means: `${means}: it is ${minutes} minutes ${skew > 0 ? "behind" : "ahead of"} the service's`,
      next,
      action,
    };
  }
  if (isKnown(code)) return ACTIVITY_API_ERRORS[code];
  return ACTIVITY_API_ERRORS[like ?? "unexpected"];
}

export function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(ACTIVITY_API_ERRORS, code);
}

function describe(details: FailureDetails, { means, next }: ErrorEntry): string {
  const { operation, contentType, tenantId, code, status, said } = details;
  const answer = status === undefined ? code : `${code}, HTTP ${status}`;
  const words = said === undefined ? "" : oneLine(said);
  return (
    `${operation}${contentType === undefined ? "" : ` ${contentType}`} of tenant ${tenantId} failed: ` +
    `${means} (${answer}). ${words === "" ? "" : `The answer says: ${words} `}${next}`
  );
}
