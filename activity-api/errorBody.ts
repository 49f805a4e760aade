import type { ErrorCode } from "./errorTable.ts";

export interface ErrorBody {
  /** The service's code, or the table's word for an answer without one. */
  code: string;
  /** What an answer of this HTTP status means when the table does not know the code. */
  like: ErrorCode;
  message: string;
}

/**
 * Reads an error body of the Management Activity API, of which there are five kinds: JSON, JSON with single quotes
 * (https://github.com/microsoft/Office365APIEditor/issues/1), ASP.NET's `{"Message"}`, a stack trace cut into a code
 * and a message at its first colon when auditing is off, and a gateway's HTML or nothing.
 */
export function readErrorBody(status: number, text: string): ErrorBody {
  // Ahead of the code, since that is a piece of the same stack trace.
  if (/DataServiceException/.test(text) && /does not exist/i.test(text))
    return { code: "auditingOff", like: "auditingOff", message: "" };
  const { code, message } = fromJson(text) ?? fromPseudoJson(text);
  const like = meaningOfStatus(status);
  return { code: code ?? like, like, message };
}

interface Found {
  code: string | undefined;
  message: string;
}

function fromJson(text: string): Found | undefined {
  const body = parseObject(text);
  if (body === undefined) return undefined;
  const error = isObject(body.error) ? body.error : undefined;
  return {
    code: error?.code === undefined ? undefined : String(error.code),
    message: firstString(error?.message, body.Message, body.message) ?? "",
  };
}

function fromPseudoJson(text: string): Found {
  const code = /['"]code['"]\s*:\s*['"]([^'"]+)['"]/.exec(text)?.[1] ?? /\bAF\d{3,5}\b/.exec(text)?.[0];
  const message = /['"]message['"]\s*:\s*(['"])(.*?)\1\s*[,}]/is.exec(text)?.[2];
  return { code, message: message ?? (text.includes("<") ? "" : text) };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstString(...values: unknown[]): string | undefined {
  return values.find(value => typeof value === "string");
}

/** Only for answers without a code: the same status stands for quite different things otherwise. */
function meaningOfStatus(status: number): ErrorCode {
  if (status === 401) return "authorizationDenied";
  if (status === 403) return "forbidden";
  if (status === 404) return "notFound";
  if (status === 429) return "tooManyRequests";
  if (status === 408 || status >= 500) return "unavailable";
  return "unexpected";
}

/** The wait in "Please retry again after 14m 56s", in seconds. */
export function statedWaitSeconds(message: string): number | undefined {
  const wait = /\bafter\s+(?:(\d+)\s*h\w*)?\s*(?:(\d+)\s*m\w*)?\s*(?:(\d+)\s*s\w*)?/i.exec(message);
  if (wait === null) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = wait.slice(1).map(part => Number(part ?? 0));
  const total = hours * 3600 + minutes * 60 + seconds;
  return total > 0 ? total : undefined;
}
