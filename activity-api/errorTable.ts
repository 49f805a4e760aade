/** What a caller does about an answer. The code in the body decides, never the HTTP status alone. */
export const ErrorAction = {
  /** It is already as wished. */
  none: "none",
  /** The token was rejected: ask for a fresh one, once. */
  refreshToken: "refreshToken",
  /** The application lacks a role: a person consents, and only a token from after that helps. */
  grantRole: "grantRole",
  /** A setting is wrong: no retry helps, only an edit. */
  fixSettings: "fixSettings",
  /** There is no enabled subscription: start it, and expect a gap in the content. */
  startSubscription: "startSubscription",
  /** Starts are throttled: wait the stated time, and do not start before. */
  waitForStart: "waitForStart",
  /** Unified audit logging is off in the tenant: a person turns it on. */
  enableAuditing: "enableAuditing",
  /** The window is refused: clamp it again, and look at the clock. */
  narrowWindow: "narrowWindow",
  /** The page link is of no use: list the same window from its first page. */
  listAgain: "listAgain",
  /** The content blob cannot be had any more: record it with the code and go on. */
  recordAsLost: "recordAsLost",
  /** Too many requests: send none for a while. */
  backOff: "backOff",
  /** The failure is likely to pass: retry with growing waits. */
  retry: "retry",
} as const;
export type ErrorAction = (typeof ErrorAction)[keyof typeof ErrorAction];

export interface ErrorEntry {
  /** What the code says, as a clause that continues "failed: ". */
  means: string;
  /** What a person does about it. */
  next: string;
  action: ErrorAction;
}

const consent =
  "Grant the application the role (application permission, not delegated) of Office 365 Management APIs, with admin " +
  "consent for the tenant. A token from before the consent still lacks the role, and Azure keeps that of a managed identity " +
  "for up to 24 hours; it is asked for again by itself.";
const correctTenant = "Correct the tenant id or the cloud: both must be those of the application's tenant.";
const nothingToDo = "It is retried; if it stays, look at the service health of the tenant.";
const reportBug = "This program never sends that: please report it.";

/**
 * Every answer that the Management Activity API is known to give instead of a result. The AF codes are Microsoft's
 * (https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-reference#errors);
 * names in words stand for answers that carry no code.
 */
export const ACTIVITY_API_ERRORS = {
  AF10001: {
    means: "the token lacks the role ActivityFeed.Read (for DLP.All: ActivityFeed.ReadDlp)",
    next: consent,
    action: ErrorAction.grantRole,
  },
  AF20001: {
    means: "the request lacks a parameter",
    next: reportBug,
    action: ErrorAction.fixSettings,
  },
  AF20002: {
    means: "a parameter has the wrong type",
    next: "Check the publisher identifier: it must be a GUID.",
    action: ErrorAction.fixSettings,
  },
  AF20003: {
    means: "the expiration of the webhook lies in the past",
    next: "Declare a later webhook expiration, or none.",
    action: ErrorAction.fixSettings,
  },
  AF20010: {
    means: "the token belongs to another tenant than the one asked for",
    next: correctTenant,
    action: ErrorAction.fixSettings,
  },
  AF20011: {
    means: "the service knows no such tenant",
    next: correctTenant,
    action: ErrorAction.fixSettings,
  },
  AF20012: {
    means: "the tenant is not set up correctly in the service",
    next: "Open a support request with Microsoft 365: only they can repair the tenant's set-up.",
    action: ErrorAction.fixSettings,
  },
  AF20013: {
    means: "the tenant is not named by a GUID",
    next: "Use the tenant id, not a domain name.",
    action: ErrorAction.fixSettings,
  },
  AF20020: {
    means: "the content type does not exist",
    next: "Use Audit.AzureActiveDirectory, Audit.Exchange, Audit.SharePoint, Audit.General or DLP.All.",
    action: ErrorAction.fixSettings,
  },
  AF20021: {
    means: "the webhook could not be validated",
    next: "Its address must be https and must answer the validation POST with HTTP 200 (not 202 or 204).",
    action: ErrorAction.fixSettings,
  },
  AF20022: {
    means: "there is no subscription for this content type",
    next: "Run `pulumi up --refresh`, which starts it. Content of the time without a subscription is lost.",
    action: ErrorAction.startSubscription,
  },
  AF20023: {
    means: "the subscription is disabled",
    next: "Run `pulumi up --refresh`, which starts it again. Content of the time in between is lost.",
    action: ErrorAction.startSubscription,
  },
  /** In no page of Microsoft's: https://github.com/MicrosoftDocs/office-365-management-api/issues/387 */
  AF20024: {
    means: "the subscription is already enabled",
    next: "Nothing: this is what was wanted.",
    action: ErrorAction.none,
  },
  AF20030: {
    means: "the time range is refused",
    next: "Ask for at most 24 hours that begin at most seven days ago; check this machine's clock.",
    action: ErrorAction.narrowWindow,
  },
  AF20031: {
    means: "the page link is not valid",
    next: "The window is listed again from its first page.",
    action: ErrorAction.listAgain,
  },
  AF20050: {
    means: "the content blob does not exist",
    next: "Nothing can bring it back; it is recorded as lost.",
    action: ErrorAction.recordAsLost,
  },
  AF20051: {
    means: "the content blob has expired",
    next: "Nothing can bring it back; collect more often than every seven days.",
    action: ErrorAction.recordAsLost,
  },
  /** Seen when tenant or cloud of the path are not the blob's: https://github.com/microsoft/coe-starter-kit/issues/6248 */
  AF20052: {
    means: "the id of the content blob is not valid for this tenant",
    next: `It is recorded as lost. If it happens to all of them: ${correctTenant}`,
    action: ErrorAction.recordAsLost,
  },
  AF20053: {
    means: "the header Accept-Language names more than one language",
    next: reportBug,
    action: ErrorAction.fixSettings,
  },
  AF20054: {
    means: "the header Accept-Language cannot be read",
    next: reportBug,
    action: ErrorAction.fixSettings,
  },
  AF20055: {
    means: "the time range is refused",
    next: "Ask for less than 24 hours that begin less than seven days ago; check this machine's clock.",
    action: ErrorAction.narrowWindow,
  },
  /** Documented with HTTP 403, reported with 429: https://github.com/microsoft/powerapps-tools/issues/720 */
  AF429: {
    means: "too many requests for this tenant and publisher",
    next: "It is retried after a wait. If it stays, other clients use the same quota: set the publisher identifier.",
    action: ErrorAction.backOff,
  },
  /** Comes as HTTP 403: https://github.com/opensearch-project/data-prepper/pull/6231 */
  "429": {
    means: "the service accepts one start in 15 minutes, and the last one is more recent",
    next: "Start nothing until then, here or in another tool with the same application.",
    action: ErrorAction.waitForStart,
  },
  AF50000: { means: "the service failed inside", next: nothingToDo, action: ErrorAction.retry },
  AF50005: { means: "the service failed inside", next: nothingToDo, action: ErrorAction.retry },
  AF50006: { means: "the service failed inside", next: nothingToDo, action: ErrorAction.retry },
  /** A stack trace that says that the tenant does not exist: https://github.com/MicrosoftDocs/office-365-management-api/issues/89 */
  auditingOff: {
    means: "unified audit logging is off in the tenant, or was turned on less than some hours ago",
    next:
      "Run Set-AdminAuditLogConfig -UnifiedAuditLogIngestionEnabled $true in Exchange Online PowerShell (role Audit " +
      "Logs) and allow from an hour to half a day. If it is on already, check the tenant id: the service says the " +
      "same of a tenant without Exchange Online.",
    action: ErrorAction.enableAuditing,
  },
  authorizationDenied: {
    means: "the service rejected the token",
    next: "Check that the cloud is the tenant's, so that the token's audience is right, and this machine's clock.",
    action: ErrorAction.refreshToken,
  },
  clockWrong: {
    means: "this machine's clock is wrong",
    next: "Set it, for example with NTP. Tokens and time ranges are judged by the service's clock.",
    action: ErrorAction.fixSettings,
  },
  forbidden: {
    means: "access was refused without a reason",
    next: "Look for a proxy or firewall between this machine and the service, and for conditional access rules.",
    action: ErrorAction.fixSettings,
  },
  notFound: {
    means: "the address does not exist",
    next: "Check the cloud, and the Management Activity API's URL if one is set.",
    action: ErrorAction.fixSettings,
  },
  blobNotFound: {
    means: "the content blob does not exist",
    next: "Nothing can bring it back; it is recorded as lost.",
    action: ErrorAction.recordAsLost,
  },
  tooManyRequests: {
    means: "too many requests",
    next: "It is retried after a wait.",
    action: ErrorAction.backOff,
  },
  unavailable: { means: "the service is not available", next: nothingToDo, action: ErrorAction.retry },
  unreadable: {
    means: "the answer is not the JSON expected",
    next: "It is retried; if it stays, look for a proxy or a log-in page between this machine and the service.",
    action: ErrorAction.retry,
  },
  truncated: {
    means: "the answer ended too early",
    next: "It is fetched again.",
    action: ErrorAction.retry,
  },
  unreachable: {
    means: "the service was not reached",
    next: "It is retried; if it stays, check network, name resolution and firewall.",
    action: ErrorAction.retry,
  },
  untrustedCertificate: {
    means: "the service's TLS certificate is not trusted",
    next: "Name the certificate authority of your proxy or test service in NODE_EXTRA_CA_CERTS.",
    action: ErrorAction.fixSettings,
  },
  foreignLink: {
    means: "the service's answer links to another host",
    next: "Nothing was sent there: the token is for the configured host only. Check the Management Activity API's URL.",
    action: ErrorAction.fixSettings,
  },
  pageLoop: {
    means: "the service links to a page that was read already",
    next: "The window is listed again from its first page.",
    action: ErrorAction.listAgain,
  },
  unexpected: {
    means: "the answer is in no known form",
    next: "Compare the time with the service health of the tenant; if it stays, please report it.",
    action: ErrorAction.fixSettings,
  },
} as const satisfies Record<string, ErrorEntry>;
export type ErrorCode = keyof typeof ACTIVITY_API_ERRORS;
