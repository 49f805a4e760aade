import type { ActivityApiClient } from "./client.ts";
import { type Clock, systemClock } from "./clock.ts";
import { TokenError } from "./entraErrors.ts";
import { ActivityApiError } from "./errors.ts";
import { ErrorAction } from "./errorTable.ts";
import { findSubscription, type Subscription, type Webhook } from "./subscriptionList.ts";
import { SubscriptionNotReadyError, utc } from "./subscriptionNotReady.ts";
import { TokenClaimsError } from "./tokenClaims.ts";
import { asListed, sameAddress, type WantedWebhook, webhookIsAsWanted } from "./webhook.ts";

export interface WantedSubscription {
  contentType: string;
  /** Without one, a webhook that is there stays: another consumer may have registered it. */
  webhook?: WantedWebhook;
  /** Address of a webhook that is not wanted any more, so that it may go. */
  formerWebhookAddress?: string;
}

export interface EnsureOptions {
  /** How long it may take until the service lists the subscription as wanted. Defaults to 20. */
  readyTimeoutMinutes?: number;
  /** Whether the application or its grant is so new that Entra may still be spreading it. Defaults to false. */
  mayStillPropagate?: boolean;
  /** From when on the service accepts a start, if an earlier attempt learned it. */
  nextStartAllowedAt?: Date;
  /** Takes a line whenever a wait begins. Defaults to nobody. */
  report?: (line: string) => void;
  /** Defaults to the system's. */
  clock?: Clock;
}

export interface EnsuredSubscription {
  /** As the service lists it. */
  subscription: Subscription;
  /** Whether a start was needed. */
  started: boolean;
}

/**
 * Makes sure that a content type is subscribed to: what the list shows as wanted is left alone, anything else is
 * started, and a start counts once the list shows it. Nothing is ever stopped on the way: a start soon after a stop
 * may not take hold (https://github.com/MicrosoftDocs/office-365-management-api/issues/479).
 *
 * @throws SubscriptionNotReadyError when the service does not take the start that is needed in time, or does not
 * honour it.
 * @throws ActivityApiError, TokenError, TokenClaimsError when there is no list, or when no start can succeed.
 */
export function ensureSubscription(
  client: ActivityApiClient,
  wanted: WantedSubscription,
  options: EnsureOptions = {},
): Promise<EnsuredSubscription> {
  return new Ensuring(client, wanted, options).run();
}

/** The service takes one start in 15 minutes. Whether a failed one counts is not said: assume that it does. */
const startWindowMilliseconds = 15 * 60_000;
const shortestPauseMilliseconds = 1000;
const longestPauseMilliseconds = 30_000;

class Ensuring {
  readonly #client: ActivityApiClient;
  readonly #wanted: WantedSubscription;
  readonly #options: EnsureOptions;
  readonly #clock: Clock;
  readonly #readyTimeoutMinutes: number;
  readonly #deadline: number;
  #listed: Subscription | undefined;
  /** "perhaps" after a start whose answer leaves it open, such as a time-out. */
  #started: "no" | "perhaps" | "yes" = "no";
  #refusal: ActivityApiError | undefined;
  #nextStartAllowedAt: number;
  /** That time as the service stated it, or as a start of ours sets it; the rest is our own caution, which ends here. */
  #statedNextStart: Date | undefined;
  #leavesWebhookOut = false;
  /** Why there will be a wait; said, and forgotten, when it begins. */
  #unsaidReason: string | undefined;
  #pauseMilliseconds = shortestPauseMilliseconds;

  constructor(client: ActivityApiClient, wanted: WantedSubscription, options: EnsureOptions) {
    this.#client = client;
    this.#wanted = wanted;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#readyTimeoutMinutes = options.readyTimeoutMinutes ?? 20;
    this.#deadline = this.#clock.now() + this.#readyTimeoutMinutes * 60_000;
    this.#nextStartAllowedAt = 0;
    if (options.nextStartAllowedAt !== undefined) this.#keepTo(options.nextStartAllowedAt.getTime());
  }

  async run(): Promise<EnsuredSubscription> {
    for (;;) {
      this.#listed = await this.#list();
      if (this.#listed !== undefined && this.#isAsWanted(this.#listed))
        return { subscription: this.#listed, started: this.#started !== "no" };
      if (this.#clock.now() >= this.#nextStartAllowedAt) await this.#start();
      else await this.#waitForChange();
    }
  }

  async #list(): Promise<Subscription | undefined> {
    const subscriptions = await this.#whileSpreading(() => this.#client.listSubscriptions());
    return findSubscription(subscriptions, this.#wanted.contentType);
  }

  #isAsWanted({ status, webhook }: Subscription): boolean {
    // Microsoft's own sample lists an element without a status: then the answer to a start must do.
    const enabled = status === undefined ? this.#started === "yes" : status.toLowerCase() === "enabled";
    const wanted = this.#wanted.webhook;
    if (!enabled) return false;
    return wanted === undefined ? !this.#isFormer(webhook) : webhookIsAsWanted(webhook, wanted);
  }

  #isFormer(webhook: Webhook | null): boolean {
    const { formerWebhookAddress } = this.#wanted;
    return webhook !== null && sameAddress(webhook.address, formerWebhookAddress);
  }

  async #start(): Promise<void> {
    const { contentType } = this.#wanted;
    try {
      await this.#whileSpreading(() => this.#client.startSubscription(contentType, this.#webhookToSend()));
      this.#startWasTaken();
    } catch (error) {
      if (!(error instanceof ActivityApiError)) throw error;
      this.#startFailed(error);
    }
  }

  /** A start without a body may remove the webhook of another consumer, so that it is sent along as listed. */
  #webhookToSend(): WantedWebhook | null | undefined {
    const webhook = this.#listed?.webhook ?? null;
    if (this.#wanted.webhook !== undefined) return this.#wanted.webhook;
    if (this.#isFormer(webhook)) return null;
    return this.#leavesWebhookOut ? undefined : asListed(webhook);
  }

  #startWasTaken(): void {
    this.#started = "yes";
    this.#nextStartAllowedAt = this.#clock.now() + startWindowMilliseconds;
    this.#statedNextStart = new Date(this.#nextStartAllowedAt);
    this.#pauseMilliseconds = shortestPauseMilliseconds;
    this.#unsaidReason = `started; waiting for the list to show it, until ${this.#time(this.#deadline)} at the latest.`;
  }

  #startFailed(refusal: ActivityApiError): void {
    this.#refusal = refusal;
    switch (refusal.action) {
      case ErrorAction.none:
        this.#startWasTaken();
        break;
      case ErrorAction.waitForStart:
        this.#startIsThrottled(refusal);
        break;
      case ErrorAction.retry:
        this.#started = "perhaps";
        this.#pauseStarts(refusal);
        break;
      case ErrorAction.enableAuditing:
        this.#pauseStarts(refusal);
        break;
      default:
        this.#startWithoutOtherWebhook(refusal);
    }
  }

  /** The endpoint of another consumer may be gone; that must not keep the subscription from being started. */
  #startWithoutOtherWebhook(refusal: ActivityApiError): void {
    const sentAnother = this.#wanted.webhook === undefined && this.#webhookToSend();
    if (refusal.code !== "AF20021" || !sentAnother) throw refusal;
    this.#leavesWebhookOut = true;
  }

  #startIsThrottled({ retryAfterSeconds }: ActivityApiError): void {
    const wait = retryAfterSeconds === undefined ? startWindowMilliseconds : retryAfterSeconds * 1000;
    // The stated time is cut to whole seconds.
    this.#keepTo(this.#clock.now() + wait + 1000);
  }

  /** A time from the past of this machine may be far off, when its clock was; the service would state it anew. */
  #keepTo(nextStart: number): void {
    this.#nextStartAllowedAt = Math.min(nextStart, this.#clock.now() + startWindowMilliseconds + 1000);
    this.#statedNextStart = new Date(this.#nextStartAllowedAt);
    this.#unsaidReason = `the service takes the next start at ${this.#time(this.#nextStartAllowedAt)}.`;
  }

  #pauseStarts(refusal: ActivityApiError): void {
    this.#nextStartAllowedAt = this.#clock.now() + startWindowMilliseconds;
    this.#unsaidReason = `the next start is sent at ${this.#time(this.#nextStartAllowedAt)}. ${refusal.message}`;
  }

  /**
   * The list is read again and again, since it may change without a start of ours: one that was taken shows late, or a
   * throttled one was another consumer's.
   */
  async #waitForChange(): Promise<void> {
    const now = this.#clock.now();
    const inVain = this.#started === "no" && this.#nextStartAllowedAt > this.#deadline;
    if (inVain || now >= this.#deadline) throw this.#notReady();
    this.#sayWhy();
    await this.#clock.sleep(
      Math.min(this.#pauseMilliseconds, this.#nextStartAllowedAt - now, this.#deadline - now),
    );
    this.#pauseMilliseconds = Math.min(this.#pauseMilliseconds * 2, longestPauseMilliseconds);
  }

  #sayWhy(): void {
    // A list that lags for seconds is not worth a line.
    if (this.#unsaidReason === undefined || (this.#started === "yes" && this.#pauseMilliseconds < 4000))
      return;
    this.#say(this.#unsaidReason);
    this.#unsaidReason = undefined;
  }

  /** Repeats a request while Entra may be spreading a new application or grant, each time with a new token. */
  async #whileSpreading<T>(request: () => Promise<T>): Promise<T> {
    for (let pause = 5000; ; pause = Math.min(pause * 2, longestPauseMilliseconds)) {
      try {
        return await request();
      } catch (error) {
        const inTime = this.#clock.now() + pause <= this.#deadline;
        if (!this.#options.mayStillPropagate || !inTime || !isStillSpreading(error)) throw error;
        this.#say(`waiting for Entra, until ${this.#time(this.#deadline)} at the latest. ${error.message}`);
        await this.#clock.sleep(pause);
        this.#client.discardToken();
      }
    }
  }

  #notReady(): SubscriptionNotReadyError {
    return new SubscriptionNotReadyError({
      tenantId: this.#client.tenantId,
      contentType: this.#wanted.contentType,
      listed: this.#listed,
      started: this.#started !== "no",
      refusal: this.#refusal,
      nextStartAllowedAt: this.#statedNextStart,
      readyTimeoutMinutes: this.#readyTimeoutMinutes,
    });
  }

  #say(what: string): void {
    this.#options.report?.(`${this.#wanted.contentType} of tenant ${this.#client.tenantId}: ${what}`);
  }

  /** With the wait, since the reader's clock may show another zone. */
  #time(time: number): string {
    const seconds = Math.max(0, Math.round((time - this.#clock.now()) / 1000));
    return `${utc(new Date(time))} (in ${Math.floor(seconds / 60)}m ${seconds % 60}s)`;
  }
}

/** Errors that are to be expected of an application or grant that is seconds old, and of one that never was. */
function isStillSpreading(error: unknown): error is Error {
  if (error instanceof TokenError || error instanceof TokenClaimsError)
    return error.errorClass === "propagation";
  return error instanceof ActivityApiError && error.action === ErrorAction.grantRole;
}
