import type { Clock } from "./clock.ts";
import { ActivityApiError, type Asked } from "./errors.ts";
import { ErrorAction } from "./errorTable.ts";
import { failureOfAnswer, failureOfBody, failureOfConnection } from "./failures.ts";
import type { RateLimiter } from "./rateLimiter.ts";
import { retrying } from "./retry.ts";
import type { TokenSource } from "./tokens.ts";
import type { HttpAnswer, HttpRequest, Transport } from "./transport.ts";

/** Throws when a token cannot serve for a content type, or for the tenant when none is named. */
export type TokenCheck = (token: string, contentType: string | undefined) => void;

export interface SessionSettings {
  /** How long a request is tried in all while its failures look as if they pass. */
  retryBudgetSeconds: number;
  /** The tenant's. */
  limiter: RateLimiter;
  checkToken?: TokenCheck;
  clock: Clock;
}

/** What was asked of the service so far. */
export interface Usage {
  /** Every one that was sent. */
  requests: number;
  /** Of these, those that repeated one that had failed. */
  retried: number;
  /** Answers that said that the quota is used up. */
  throttled: number;
}

/**
 * Sends the requests of one application to one tenant: with a token, with the patience that a failure is worth, and
 * with respect for the tenant's quota.
 */
export class Session {
  readonly #transport: Transport;
  readonly #tokens: TokenSource;
  readonly #settings: SessionSettings;
  readonly #clock: Clock;
  readonly usage: Usage = { requests: 0, retried: 0, throttled: 0 };
  #wantsFreshToken = false;
  #throttled: ActivityApiError | undefined;
  /** The service's clock minus this machine's, as its last answer said. */
  clockSkewMilliseconds: number | undefined;

  constructor(transport: Transport, tokens: TokenSource, settings: SessionSettings) {
    this.#transport = transport;
    this.#tokens = tokens;
    this.#settings = settings;
    this.#clock = settings.clock;
  }

  /** Sends a request and hands its answer to `read`, again from the start after failures with one of `actions`. */
  exchange<T>(
    asked: Asked,
    request: HttpRequest,
    actions: readonly ErrorAction[],
    read: (answer: HttpAnswer) => T | Promise<T>,
  ): Promise<T> {
    const { retryBudgetSeconds: budgetSeconds, limiter } = this.#settings;
    const deadline = this.#clock.now() + budgetSeconds * 1000;
    let attempts = 0;
    const attempt = async () => {
      this.#refuseLongPause(asked, deadline);
      if (attempts > 0) this.usage.retried += 1;
      attempts += 1;
      return read(await this.#sendWithToken(asked, request));
    };
    // The quota is the tenant's: when one request is over it, the others wait as well.
    const onFailure = (failure: ActivityApiError, milliseconds: number) => {
      const isOwn = !(failure.cause instanceof ActivityApiError);
      if (failure.action === ErrorAction.backOff && isOwn) limiter.pause(milliseconds);
    };
    return retrying(attempt, { budgetSeconds, actions, onFailure }, this.#clock);
  }

  /** Makes the next request ask for a new token: the one in use may be from before a grant. */
  discardToken(): void {
    this.#wantsFreshToken = true;
  }

  /** A request that cannot go out in its time fails at once, with the reason that the service gave another one. */
  #refuseLongPause(asked: Asked, deadline: number): void {
    const { pauseMilliseconds } = this.#settings.limiter;
    if (this.#throttled === undefined || this.#clock.now() + pauseMilliseconds <= deadline) return;
    const { status, code } = this.#throttled;
    const retryAfterSeconds = Math.ceil(pauseMilliseconds / 1000);
    throw new ActivityApiError({ ...asked, status, code, retryAfterSeconds, cause: this.#throttled });
  }

  async #sendWithToken(asked: Asked, request: HttpRequest): Promise<HttpAnswer> {
    const token = await this.#token();
    try {
      return await this.#send(asked, request, token);
    } catch (error) {
      if (!(error instanceof ActivityApiError)) throw error;
      // From before the grant, perhaps: who comes back in a while does so with a new one.
      if (error.action === ErrorAction.grantRole) this.discardToken();
      if (error.action !== ErrorAction.refreshToken) throw error;
      const renewed = await this.#tokenAfter(token);
      this.usage.retried += 1;
      return await this.#send(asked, request, renewed);
    }
  }

  #token(): Promise<string> {
    const forceRefresh = this.#wantsFreshToken;
    this.#wantsFreshToken = false;
    return this.#tokens.getToken({ forceRefresh });
  }

  /** Another request may have renewed the token already. */
  async #tokenAfter(rejected: string): Promise<string> {
    const current = await this.#tokens.getToken();
    return current === rejected ? this.#tokens.getToken({ forceRefresh: true }) : current;
  }

  async #send(asked: Asked, request: HttpRequest, token: string): Promise<HttpAnswer> {
    this.#settings.checkToken?.(token, asked.contentType);
    await this.#settings.limiter.take();
    this.usage.requests += 1;
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    const answer = await this.#transport.send({ ...request, headers }).catch(error => {
      throw failureOfConnection(asked, error);
    });
    this.#compareClocks(answer);
    if (answer.status === 200) return answer;
    const clock = { now: this.#clock.now(), skewMilliseconds: this.clockSkewMilliseconds };
    const failure = await failureOfAnswer(asked, answer, clock);
    if (failure.action === ErrorAction.backOff) {
      this.usage.throttled += 1;
      this.#throttled = failure;
    }
    throw failure;
  }

  #compareClocks(answer: HttpAnswer): void {
    const time = Date.parse(answer.header("date") ?? "");
    if (!Number.isNaN(time)) this.clockSkewMilliseconds = time - this.#clock.now();
  }
}

/** Reads an answer as JSON in the form that `parse` accepts, which returns undefined for any other. */
export async function readJson<T>(
  asked: Asked,
  answer: HttpAnswer,
  parse: (value: unknown) => T | undefined,
): Promise<T> {
  const text = await answer.text().catch(error => {
    throw failureOfBody(asked, error);
  });
  const value = parse(jsonIn(text));
  if (value !== undefined) return value;
  throw new ActivityApiError({ ...asked, status: answer.status, code: "unreadable", said: text });
}

function jsonIn(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** The body piece by piece, with the failure of this API in place of the connection's. */
export async function* readPieces(asked: Asked, answer: HttpAnswer): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of answer.pieces()) yield piece;
  } catch (error) {
    throw failureOfBody(asked, error);
  }
}
