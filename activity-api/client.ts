import { type Clock, systemClock } from "./clock.ts";
import { CLOUDS, type Cloud } from "./clouds.ts";
import { type ContentItem, readContentItems } from "./contentItems.ts";
import { parseEndpoint } from "./endpoints.ts";
import { ActivityApiError, type Asked, Operation } from "./errors.ts";
import { ErrorAction, type ErrorCode } from "./errorTable.ts";
import { pathOfLink } from "./links.ts";
import { BASELINE_REQUESTS_PER_MINUTE, RateLimiter } from "./rateLimiter.ts";
import { readJson, readPieces, Session, type TokenCheck, type Usage } from "./session.ts";
import { readSubscription, readSubscriptions, type Subscription } from "./subscriptionList.ts";
import type { TokenSource } from "./tokens.ts";
import {
  ConnectionPool,
  type HttpAnswer,
  type HttpRequest,
  type PoolSettings,
  Transport,
} from "./transport.ts";
import type { WantedWebhook } from "./webhook.ts";

export type { ContentItem } from "./contentItems.ts";
export type { Usage } from "./session.ts";
export type { Subscription, Webhook } from "./subscriptionList.ts";

export interface ActivityApiSettings {
  /** Tenant id (a GUID). */
  tenantId: string;
  cloud: Cloud;
  /** Tenant id of the company that wrote the client, by which the service counts requests. Defaults to `tenantId`. */
  publisherIdentifier?: string;
  /** Scheme, host and port instead of the cloud's, for tests and odd networks. */
  activityApiUrl?: string;
}

export interface ActivityApiClientOptions extends PoolSettings {
  /** How long a request is tried in all while its failures look as if they pass. Defaults to 120. */
  retryBudgetSeconds?: number;
  /** Most requests in any minute, repeated ones included. Defaults to 2000, which every tenant has. */
  requestsPerMinute?: number;
  /** Connections that clients of other tenants use as well; whoever made the pool closes it. Defaults to a pool of its own. */
  pool?: ConnectionPool;
  /** Looks at every token before it is used, since the service's own refusals say less. Defaults to no look. */
  checkToken?: TokenCheck;
  /** Defaults to the system's. */
  clock?: Clock;
}

/** Failures that pass by themselves. */
const PASSING: readonly ErrorAction[] = [ErrorAction.retry, ErrorAction.backOff];

/**
 * The Office 365 Management Activity API of one tenant, as one application sees it.
 *
 * Every method throws `ActivityApiError` when the service refuses or is not reached, after the retries that the
 * failure is worth, and `TokenError` when there is no token.
 */
export class ActivityApiClient {
  readonly tenantId: string;
  readonly #origin: string;
  readonly #publisherIdentifier: string;
  readonly #ownPool: ConnectionPool | undefined;
  readonly #session: Session;

  constructor(settings: ActivityApiSettings, tokens: TokenSource, options: ActivityApiClientOptions = {}) {
    this.tenantId = settings.tenantId;
    this.#origin =
      settings.activityApiUrl === undefined
        ? CLOUDS[settings.cloud].activityApiUrl
        : parseEndpoint("activityApiUrl", settings.activityApiUrl);
    this.#publisherIdentifier = settings.publisherIdentifier ?? settings.tenantId;
    const pool = options.pool ?? new ConnectionPool(options);
    this.#ownPool = options.pool === undefined ? pool : undefined;
    const clock = options.clock ?? systemClock;
    this.#session = new Session(new Transport(this.#origin, pool), tokens, {
      retryBudgetSeconds: options.retryBudgetSeconds ?? 120,
      limiter: new RateLimiter(options.requestsPerMinute ?? BASELINE_REQUESTS_PER_MINUTE, clock),
      checkToken: options.checkToken,
      clock,
    });
  }

  /** The service's clock minus this machine's, as its last answer said; undefined before the first. */
  get clockSkewMilliseconds(): number | undefined {
    return this.#session.clockSkewMilliseconds;
  }

  /** What this client has asked of the service so far. */
  get usage(): Usage {
    return { ...this.#session.usage };
  }

  /** Every subscription of this application in the tenant. A content type that was never started is not among them. */
  async listSubscriptions(): Promise<Subscription[]> {
    const asked = this.#asked(Operation.listSubscriptions);
    const request = get(this.#path("subscriptions/list"));
    return this.#session.exchange(asked, request, PASSING, answer =>
      readJson(asked, answer, readSubscriptions),
    );
  }

  /**
   * Starts a subscription, or changes its webhook: to the one given, to none with null; undefined says nothing of it.
   *
   * It is sent once, unless the quota refused it: any other failure may have counted as a start, of which the service
   * takes one in 15 minutes.
   */
  async startSubscription(contentType: string, webhook?: WantedWebhook | null): Promise<Subscription> {
    const asked = this.#asked(Operation.start, contentType);
    const request = post(this.#path("subscriptions/start", { contentType }), webhook);
    const again = [ErrorAction.backOff];
    return this.#session.exchange(asked, request, again, answer => readJson(asked, answer, readSubscription));
  }

  /** Stops a subscription. What the service has not handed out by then cannot be fetched any more. */
  async stopSubscription(contentType: string): Promise<void> {
    const asked = this.#asked(Operation.stop, contentType);
    const request = post(this.#path("subscriptions/stop", { contentType }));
    await this.#session.exchange(asked, request, PASSING, answer => answer.text());
  }

  /**
   * Lists the content blobs that became available from `start` until before `end`, one array per page. Times are cut
   * to whole seconds, which is what the service takes.
   */
  async *listContent(
    contentType: string,
    { start, end }: { start: Date; end: Date },
  ): AsyncGenerator<ContentItem[]> {
    const asked = this.#asked(Operation.listContent, contentType);
    const window = { contentType, startTime: wholeSeconds(start), endTime: wholeSeconds(end) };
    const read = new Set<string>();
    for (let path: string | undefined = this.#path("subscriptions/content", window); path !== undefined; ) {
      if (read.has(path)) throw failure(asked, "pageLoop", path);
      read.add(path);
      const page: Page = await this.#listPage(asked, path);
      yield page.items;
      path = page.next;
    }
  }

  /**
   * Fetches a content blob by its `contentUri`: the JSON array as the service sent it, piece by piece. Reading fails
   * with an `ActivityApiError` when the body ends too early. Read to the end, or leave the loop with `break`: else the
   * connection stays taken.
   */
  async fetchContent(contentUri: string): Promise<AsyncIterable<Uint8Array>> {
    const asked = this.#asked(Operation.fetchContent);
    const request = get(this.#follow(asked, contentUri));
    return this.#session.exchange(asked, request, PASSING, answer => readPieces(asked, answer));
  }

  /** Makes the next request ask for a new token: the one in use may be from before a grant. */
  discardToken(): void {
    this.#session.discardToken();
  }

  /** Ends all connections of its own, those in use too. */
  async close(): Promise<void> {
    await this.#ownPool?.close();
  }

  #listPage(asked: Asked, path: string): Promise<Page> {
    return this.#session.exchange(asked, get(path), PASSING, async answer => {
      const items = await readJson(asked, answer, readContentItems);
      const link = pageLink(answer);
      return { items, next: link === undefined ? undefined : this.#follow(asked, link) };
    });
  }

  /** The token goes to the configured host and nowhere else, wherever a link points. */
  #follow(asked: Asked, link: string): string {
    const path = pathOfLink(link, this.#origin, this.#publisherIdentifier);
    if (path === undefined) throw failure(asked, "foreignLink", link);
    return path;
  }

  #path(operation: string, parameters: Record<string, string> = {}): string {
    const query = new URLSearchParams({ ...parameters, PublisherIdentifier: this.#publisherIdentifier });
    return `/api/v1.0/${this.tenantId}/activity/feed/${operation}?${query}`;
  }

  #asked(operation: Operation, contentType?: string): Asked {
    return { operation, tenantId: this.tenantId, contentType };
  }
}

interface Page {
  items: ContentItem[];
  next: string | undefined;
}

/** Microsoft's troubleshooting page calls it NextPageUrl; answers carry NextPageUri in several letter cases. */
function pageLink(answer: HttpAnswer): string | undefined {
  return answer.header("NextPageUri") ?? answer.header("NextPageUrl");
}

function get(path: string): HttpRequest {
  return { method: "GET", path };
}

function post(path: string, webhook?: WantedWebhook | null): HttpRequest {
  if (webhook === undefined) return { method: "POST", path };
  return {
    method: "POST",
    path,
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify({ webhook }),
  };
}

/** UTC without a zone, the safest of the formats that the service documents. */
function wholeSeconds(time: Date): string {
  return time.toISOString().slice(0, 19);
}

function failure(asked: Asked, code: ErrorCode, said: string): ActivityApiError {
  return new ActivityApiError({ ...asked, code, said });
}
