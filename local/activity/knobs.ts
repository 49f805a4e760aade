/**
 * How the service behaves where Microsoft's documents are silent, contradict each other or were seen to be wrong.
 * Every knob can be turned while the service runs.
 */
export interface Knobs {
  /** Time that every answer takes at least. */
  latencyMilliseconds: number;
  /** Time from the first start of a subscription until its content is listed; the documents allow 12 hours. */
  firstContentDelaySeconds: number;
  /** How far back a new subscription sees content; 22 was observed, the documents promise nothing. */
  backfillHours: number;
  /** Time from creation to expiration of a content blob; 20 was observed, the documents say 7. */
  contentTtlDays: number;
  /** Entries in one page of content or notifications. */
  pageSize: number;
  /** Widest window that a content request may name. */
  maxWindowHours: number;
  /** Whether a window of exactly `maxWindowHours` is refused, as was observed in May 2026. */
  strictWindow: boolean;
  /** How far back a window may begin. */
  lookbackDays: number;
  /** By how much `lookbackDays` may be overstepped; one hour was observed. */
  lookbackToleranceHours: number;
  /** Share of blobs, 0 to 1, that are listed later than their creation time says. */
  lateListingShare: number;
  /** The latest that such a blob is listed after its creation. */
  lateListingMaxMinutes: number;
  /** Share of events, 0 to 1, that a second blob repeats. Duplicates are by design. */
  duplicateShare: number;
  /** Whether events are published in another order than they were given. The service promises none. */
  shuffleEvents: boolean;
  /** Whether the page link leaves out PublisherIdentifier, as Microsoft's sample does. */
  nextPageDropsPublisher: boolean;
  /** The version in the path of page links; Microsoft's sample shows v1 where requests use v1.0. */
  nextPageApiVersion: "v1.0" | "v1";
  /** Spelling of the header with the page link; all three are found in the wild or in Microsoft's pages. */
  nextPageHeader: "NextPageUri" | "nextpageuri" | "NextPageUrl";
  /** Requests that a tenant may make in a minute; null for any number. */
  quotaPerMinute: number | null;
  /** HTTP status of AF429: 403 is documented, 429 was reported. */
  quotaStatus: 403 | 429;
  /** Whether a throttled answer carries Retry-After; no capture shows one. */
  retryAfterHeader: boolean;
  /** Time that must pass between two start requests; 0 for none. */
  startThrottleMinutes: number;
  /** Whether unified audit logging is on in the tenant. */
  auditingEnabled: boolean;
  /** How long starts go on to fail after audit logging was switched on; up to 60 is documented, 120 was seen. */
  auditingPropagationMinutes: number;
  /** Whether a disabled subscription stays in the list or vanishes from it; both were seen. */
  listDisabled: "show" | "hide";
  /** What stopping a disabled subscription does: nothing, or fail with AF20023. */
  stopOfDisabled: "succeed" | "fail";
  /** Whether error bodies use single quotes, so that they are not JSON, as two captures show. */
  singleQuoteErrors: boolean;
  /** Whether a POST without Content-Length is answered with 411, as IIS does. */
  requireContentLength: boolean;
  /** Whether bodies are compressed for clients that accept gzip. */
  gzip: boolean;
  /** By how much the service's clock, and so its Date header and windows, is ahead of the real one. */
  clockSkewMilliseconds: number;
  /** How long a webhook may take to answer. */
  webhookTimeoutSeconds: number;
  /** Content blobs in one notification. */
  webhookBatchSize: number;
  /** Failed notifications in a row after which a webhook is disabled. */
  webhookFailuresUntilDisabled: number;
}

/** What the documents say; where they say nothing, what is kindest to a first client. */
export const DOCUMENTED_KNOBS: Readonly<Knobs> = {
  latencyMilliseconds: 0,
  firstContentDelaySeconds: 0,
  backfillHours: 0,
  contentTtlDays: 7,
  pageSize: 200,
  maxWindowHours: 24,
  strictWindow: false,
  lookbackDays: 7,
  lookbackToleranceHours: 0,
  lateListingShare: 0,
  lateListingMaxMinutes: 180,
  duplicateShare: 0.05,
  shuffleEvents: true,
  nextPageDropsPublisher: true,
  nextPageApiVersion: "v1.0",
  nextPageHeader: "NextPageUri",
  quotaPerMinute: 2000,
  quotaStatus: 403,
  retryAfterHeader: false,
  startThrottleMinutes: 15,
  auditingEnabled: true,
  auditingPropagationMinutes: 0,
  listDisabled: "show",
  stopOfDisabled: "succeed",
  singleQuoteErrors: false,
  requireContentLength: false,
  gzip: false,
  clockSkewMilliseconds: 0,
  webhookTimeoutSeconds: 30,
  webhookBatchSize: 10,
  webhookFailuresUntilDisabled: 20,
};

/**
 * What differs from the documents in a real tenant, as far as third-party clients depend on it: Filebeat asks for the
 * last seven days to the second, which without tolerance is always too early, and expects content from before its
 * own subscription.
 */
export const OBSERVED_KNOBS: Readonly<Partial<Knobs>> = { backfillHours: 22, lookbackToleranceHours: 1 };

const CHOICES: { readonly [Name in keyof Knobs]?: readonly Knobs[Name][] } = {
  nextPageApiVersion: ["v1.0", "v1"],
  nextPageHeader: ["NextPageUri", "nextpageuri", "NextPageUrl"],
  quotaStatus: [403, 429],
  listDisabled: ["show", "hide"],
  stopOfDisabled: ["succeed", "fail"],
};
const MAY_BE_NEGATIVE: readonly string[] = ["clockSkewMilliseconds"];
const AT_LEAST_ONE: readonly string[] = ["pageSize", "webhookBatchSize", "webhookFailuresUntilDisabled"];
const SHARES: readonly string[] = ["lateListingShare", "duplicateShare"];

/**
 * `current` with `changes` applied.
 *
 * @throws TypeError when a knob does not exist or a value is out of its range; nothing is changed then.
 */
export function turnKnobs(current: Readonly<Knobs>, changes: object): Knobs {
  const turned = { ...current };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) continue;
    const wrong = complaint(name, value);
    if (wrong !== undefined) throw new TypeError(wrong);
    Object.assign(turned, { [name]: value });
  }
  return turned;
}

function complaint(name: string, value: unknown): string | undefined {
  if (!Object.hasOwn(DOCUMENTED_KNOBS, name)) {
    return `There is no knob "${name}". The knobs are ${Object.keys(DOCUMENTED_KNOBS).join(", ")}.`;
  }
  const allowed = allowedValues(name as keyof Knobs, value);
  return allowed === undefined
    ? undefined
    : `The knob ${name} cannot be ${JSON.stringify(value)}; use ${allowed}.`;
}

/** The values that the knob takes, in words, when `value` is not one of them. */
function allowedValues(name: keyof Knobs, value: unknown): string | undefined {
  const choices: readonly unknown[] | undefined = CHOICES[name];
  if (choices !== undefined) return choices.includes(value) ? undefined : choices.join(" or ");
  if (typeof DOCUMENTED_KNOBS[name] === "boolean") {
    return typeof value === "boolean" ? undefined : "true or false";
  }
  if (name === "quotaPerMinute" && value === null) return undefined;
  const least = MAY_BE_NEGATIVE.includes(name) ? -Infinity : AT_LEAST_ONE.includes(name) ? 1 : 0;
  const most = SHARES.includes(name) ? 1 : Number.MAX_SAFE_INTEGER;
  if (typeof value === "number" && value >= least && value <= most) return undefined;
  return SHARES.includes(name)
    ? "a number from 0 to 1"
    : `a number${least === -Infinity ? "" : ` from ${least}`}`;
}
