/**
 * The API's error codes with the HTTP status that each was seen or is assumed to carry. `{0}` and `{1}` are filled in.
 * Word for word only where a client could match on the text; AF20024 is in no Microsoft page
 * (https://github.com/MicrosoftDocs/office-365-management-api/issues/387).
 */
const AF_CODES = {
  AF10001: {
    status: 401,
    message: "The permission set ({0}) sent in the request does not include the expected permission.",
  },
  AF20001: { status: 400, message: "Missing parameter: {0}." },
  AF20002: { status: 400, message: "Invalid type of parameter {0}. Expected type: {1}." },
  AF20003: { status: 400, message: "The expiration {0} lies in the past." },
  AF20010: {
    status: 400,
    message: "The tenant in the URL ({0}) is not the tenant of the access token ({1}).",
  },
  AF20011: { status: 400, message: "The tenant {0} is unknown or was deleted." },
  AF20012: { status: 400, message: "The tenant {0} is not configured correctly." },
  AF20013: { status: 400, message: "The tenant in the URL ({0}) is not a GUID." },
  AF20020: { status: 400, message: "The content type is not valid." },
  AF20021: { status: 400, message: "The webhook endpoint {0} was not validated. {1}" },
  AF20022: { status: 400, message: "There is no subscription for the content type." },
  AF20023: { status: 400, message: "The subscription was disabled." },
  AF20024: { status: 400, message: "The subscription is already enabled. No property change." },
  AF20030: { status: 400, message: "The time range is not valid." },
  AF20031: { status: 400, message: "The nextPage value {0} is not valid." },
  AF20050: { status: 404, message: "The content {0} does not exist." },
  AF20051: { status: 400, message: "The content {0} has expired." },
  AF20052: { status: 400, message: "Blob key {0} in the url is invalid." },
  AF20053: { status: 400, message: "Accept-Language may name one language only." },
  AF20054: { status: 400, message: "Accept-Language is not written correctly." },
  AF20055: {
    status: 400,
    message:
      "The time range is not valid: name startTime and endTime or neither, startTime before endTime, " +
      "at most 24 hours apart and at most 7 days back.",
  },
  AF429: { status: 403, message: "Too many requests. Method={0}, PublisherId={1}" },
  AF50000: { status: 500, message: "An internal error occurred. Retry the request." },
  AF50005: { status: 500, message: "An internal error occurred. Retry the request." },
  AF50006: { status: 500, message: "An internal error occurred. Retry the request." },
} as const;
export type AfCode = keyof typeof AF_CODES;

/** A failure that the API itself reports, as `{"error":{"code","message"}}`. */
export class FeedError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

/** A failure that the web framework in front of the API reports, as `{"Message"}`. */
export class AspNetError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export function isAfCode(value: unknown): value is AfCode {
  return typeof value === "string" && Object.hasOwn(AF_CODES, value);
}

export function feedError(code: AfCode, ...details: string[]): FeedError {
  const { status, message } = AF_CODES[code];
  return new FeedError(
    status,
    code,
    message.replace(/\{(\d)\}/g, (_placeholder, index) => details[Number(index)] ?? ""),
  );
}

/** Token missing, malformed, expired, or for another audience: the API does not say which. */
export function authorizationDenied(): AspNetError {
  return new AspNetError(401, "Authorization has been denied for this request.", {
    "WWW-Authenticate": "Bearer",
  });
}

export function unknownRoute(url: string): AspNetError {
  return new AspNetError(404, `No HTTP resource was found that matches the request URI '${url}'.`);
}

export function methodNotAllowed(method: string, allowed: string): AspNetError {
  return new AspNetError(405, `The requested resource does not support http method '${method}'.`, {
    Allow: allowed,
  });
}

/** HTTP 403 with the string "429" as code (https://github.com/opensearch-project/data-prepper/pull/6231). */
export function startThrottled(remainingSeconds: number, withRetryAfter: boolean): FeedError {
  const wait = `${Math.floor(remainingSeconds / 60)}m ${remainingSeconds % 60}s`;
  return new FeedError(
    403,
    "429",
    `Too many frequent subscription start requests. Please retry again after ${wait}.`,
    withRetryAfter ? { "Retry-After": String(remainingSeconds) } : {},
  );
}

export interface RefusedStart {
  correlationId: string;
  tenantId: string;
  contentType: string;
  clientId: string;
  publisherIdentifier: string;
}

/**
 * Audit logging is off, which has no code of its own. The service seems to cut `CODE: text` at the first colon and to
 * drop the colon and the character after it: in captures the first digit of the client id is gone
 * (https://github.com/MicrosoftDocs/power-platform/issues/184).
 */
export function auditingOff(start: RefusedStart): FeedError {
  const text =
    `StartSubscription [CorrId=${start.correlationId}]` +
    `[TenantId=${start.tenantId},ContentType=${start.contentType},` +
    `ApplicationId=${start.clientId},PublisherId=${start.publisherIdentifier}]` +
    `[AppId:${start.clientId}] failed. Exception: Microsoft.Office.Compliance.Audit.DataServiceException: ` +
    `Tenant ${start.tenantId} does not exist.\r\n${STACK_TRACE}`;
  const cut = text.indexOf(":");
  return new FeedError(400, text.slice(0, cut), text.slice(cut + 2));
}

/** Made up, but as long as in captures (about 1.7 kB of body): logs and terminals have to cope with that. */
const STACK_TRACE = [
  "TenantDirectory.FindTenantAsync",
  "SubscriptionStore.OpenAsync",
  "StartSubscription.RunAsync",
]
  .flatMap(frame => [
    `   at Microsoft.Office.Compliance.Audit.${frame}(String tenantId, CancellationToken cancellationToken)`,
    "--- End of stack trace from previous location where exception was thrown ---",
    "   at System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw()",
    "   at System.Runtime.CompilerServices.TaskAwaiter.HandleNonSuccessAndDebuggerNotification(Task task)",
  ])
  .join("\r\n");
