import { ActivityApiClient } from "../activity-api/client.ts";
import { type Clock, systemClock } from "../activity-api/clock.ts";
import type { ContentType } from "../activity-api/contentTypes.ts";
import { findSubscription, type Subscription } from "../activity-api/subscriptionList.ts";
import { type TokenSource, tokenSource } from "../activity-api/tokens.ts";
import { collect } from "./collection/collection.ts";
import type { Window } from "./collection/windows.ts";
import { RecordTypeFilter } from "./content/recordTypeFilter.ts";
import type { BatchLimits } from "./delivery/batches.ts";
import { Delivery } from "./delivery/delivery.ts";
import { type HeldLease, Lease } from "./ledger/lease.ts";
import { Ledger } from "./ledger/ledger.ts";
import { addRun, type RunRecord, recordOf, recordOfFailure } from "./reports/runHistory.ts";
import {
  type ContentTypeSummary,
  emptySummary,
  type RunSummary,
  type UnsubscribedSpan,
} from "./reports/summary.ts";
import { heal } from "./selfHeal.ts";
import type { PollerSettings } from "./settings.ts";
import { openSink } from "./sinks/openSink.ts";
import { OpenSinks } from "./sinks/openSinks.ts";
import { Outbox } from "./sinks/outbox.ts";
import { RefusedEvents } from "./sinks/refusedEvents.ts";
import { registerSinks } from "./sinks/registration.ts";
import type { Sink } from "./sinks/sink.ts";
import { SinkDelivery } from "./sinks/sinkDelivery.ts";
import { SinkRuns } from "./sinks/sinkRuns.ts";
import type { SinkSettings } from "./sinks/sinkSettings.ts";
import type { SinkSummary } from "./sinks/sinkSummary.ts";
import { openStore } from "./store/openStore.ts";
import type { ReadableStore, Store } from "./store/store.ts";
import { StoreLayout } from "./store/storeLayout.ts";

/** A request that fails is tried this long: then its content blob waits for the next run, which is not far. */
const RETRY_BUDGET_SECONDS = 30;
/** A poller that has not been heard of for so long is dead. */
const LEASE_MILLISECONDS = 60_000;

/** What a poller works with, other than its settings. */
export interface PollerParts {
  client: ActivityApiClient;
  eventStore: ReadableStore;
  ledgerStore: Store;
  clock: Clock;
  /** Defaults to what is there for each kind of sink. */
  openSink?: (settings: SinkSettings) => Promise<Sink>;
  /** Defaults to those of `Delivery`. */
  batchLimits?: BatchLimits;
  /**
   * How long other pollers take it for granted that one is at work which said so, and step aside. Defaults to a minute; 0
   * lets them all work at once, which does no harm.
   */
  leaseMilliseconds?: number;
}

/** Told of a content type that another poller is at work on. */
export type OnHeld = (contentType: ContentType, held: HeldLease) => void;

interface Task {
  /** Tells when to take no new work. */
  stop: AbortSignal;
  /** Only this, whoever else is at work; undefined for what is new. */
  span?: Window;
  /** Told before the run waits until another poller, which may be dead, would have been heard of. It waits if this is given. */
  onHeld?: OnHeld;
}

/** Collects the wanted events of one tenant, run by run. */
export class Poller {
  readonly #settings: PollerSettings;
  readonly #parts: PollerParts;
  readonly #layout: StoreLayout;
  readonly #sinks: OpenSinks;

  constructor(settings: PollerSettings, parts: PollerParts) {
    this.#settings = settings;
    this.#parts = parts;
    this.#layout = new StoreLayout(settings);
    this.#sinks = new OpenSinks(parts.openSink ?? (sink => openSink(sink, settings.managedIdentityClientId)));
  }

  /**
   * @param tokens where tokens for the Management Activity API come from. Defaults to the credential that is found in the
   * environment.
   * @param parts in place of its own.
   */
  static async open(
    settings: PollerSettings,
    tokens: TokenSource = tokenSource(settings),
    parts: Partial<PollerParts> = {},
  ): Promise<Poller> {
    const { managedIdentityClientId, concurrency, requestsPerMinute } = settings;
    const client = new ActivityApiClient(settings, tokens, {
      retryBudgetSeconds: RETRY_BUDGET_SECONDS,
      requestsPerMinute,
      // One more, for listing.
      connections: concurrency + 1,
    });
    const eventStore = await openStore(settings.store, managedIdentityClientId);
    const ledgerStore = await openStore(settings.ledger, managedIdentityClientId);
    return new Poller(settings, { client, eventStore, ledgerStore, clock: systemClock, ...parts });
  }

  /**
   * Works until everything that is listed is delivered, to the sinks too, the time is up, or `stop` says so. Content types
   * that another poller is at work on are left to it.
   *
   * @param onHeld told before the run waits, a minute at most, to see whether such a poller is alive. Without it, the run
   * does not wait.
   * @throws ActivityApiError or TokenError when not even the subscriptions can be listed. Whatever goes wrong for one
   * content type is in its summary.
   */
  async run(stop: AbortSignal, onHeld?: OnHeld): Promise<RunSummary> {
    const startedAt = Date.now();
    const sinkRuns = this.#startSinks(AbortSignal.any([stop, this.#shareOfTime(startedAt, 1)]));
    try {
      const collected = await this.#run(startedAt, { stop, onHeld });
      const summary = withSinks(collected, await sinkRuns.finish(), startedAt);
      await this.#remember(recordOf(summary));
      return summary;
    } catch (error) {
      await this.#remember(recordOfFailure(new Date(startedAt), error, await sinkRuns.finish()));
      throw error;
    }
  }

  /**
   * Collects what a time span still lacks. Whoever polls meanwhile works with the same ledger, and nothing comes twice.
   * The sinks get it from the next run.
   *
   * @throws ActivityApiError or TokenError when not even the subscriptions can be listed.
   */
  backfill(span: Window, stop: AbortSignal): Promise<RunSummary> {
    return this.#run(Date.now(), { span, stop });
  }

  async close(): Promise<void> {
    await this.#sinks.close();
    await this.#parts.client.close();
  }

  async #run(startedAt: number, task: Task): Promise<RunSummary> {
    const subscriptions = await this.#parts.client.listSubscriptions();
    const contentTypes: ContentTypeSummary[] = [];
    for (const [index, contentType] of this.#settings.contentTypes.entries()) {
      const left = this.#settings.contentTypes.length - index;
      const stop = AbortSignal.any([task.stop, this.#shareOfTime(startedAt, left)]);
      contentTypes.push(await this.#runContentType(contentType, subscriptions, { ...task, stop }));
    }
    const { tenant, tenantId } = this.#settings;
    return {
      ...(tenant === undefined ? {} : { tenant }),
      tenantId,
      startedAt: new Date(startedAt).toISOString(),
      durationSeconds: (Date.now() - startedAt) / 1000,
      isComplete: contentTypes.every(({ isComplete }) => isComplete),
      contentTypes,
      sinks: [],
    };
  }

  #startSinks(stop: AbortSignal): SinkRuns {
    const { ledgerStore, eventStore } = this.#parts;
    const prefixes = this.#settings.contentTypes.map(contentType => this.#layout.ledgerPrefix(contentType));
    const deliveries = this.#settings.sinks.map(
      sink =>
        new SinkDelivery({
          name: sink.name,
          open: () => this.#sinks.get(sink),
          boxes: prefixes.map(prefix => ({
            outbox: new Outbox(ledgerStore, prefix, sink.name),
            refused: new RefusedEvents(ledgerStore, prefix, sink.name),
          })),
          events: eventStore,
          clock: this.#serviceClock(),
          stop,
        }),
    );
    return new SinkRuns(deliveries);
  }

  /** For people who ask for the status: what is lost here must not fail a run. */
  async #remember(run: RunRecord): Promise<void> {
    await addRun(this.#parts.ledgerStore, this.#layout.runsName, run).catch(() => undefined);
  }

  /** Aborts when the time of one of `left` content types is up: a backlog of one must not starve the others. */
  #shareOfTime(startedAt: number, left: number): AbortSignal {
    const { runSeconds } = this.#settings;
    if (runSeconds === undefined) return new AbortController().signal;
    const rest = startedAt + runSeconds * 1000 - Date.now();
    return AbortSignal.timeout(Math.max(0, rest / left));
  }

  async #runContentType(
    contentType: ContentType,
    subscriptions: Subscription[],
    task: Task,
  ): Promise<ContentTypeSummary> {
    const subscription = stateOf(findSubscription(subscriptions, contentType));
    try {
      return { ...(await this.#takeTurn(contentType, subscription, task)), subscription };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { ...emptySummary(contentType), subscription, error: message };
    }
  }

  /** Collects, unless another poller does. */
  async #takeTurn(contentType: ContentType, subscription: string, task: Task): Promise<ContentTypeSummary> {
    const { leaseMilliseconds = LEASE_MILLISECONDS } = this.#parts;
    if (task.span !== undefined || leaseMilliseconds === 0)
      return this.#healAndCollect(contentType, subscription, task);
    const lease = await this.#takeLease(contentType, leaseMilliseconds, task);
    if (!(lease instanceof Lease)) return { ...emptySummary(contentType), heldBy: lease };
    try {
      const stop = AbortSignal.any([task.stop, lease.lost]);
      return await this.#healAndCollect(contentType, subscription, { ...task, stop });
    } finally {
      await lease.release();
    }
  }

  #takeLease(
    contentType: ContentType,
    milliseconds: number,
    { stop, onHeld }: Task,
  ): Promise<Lease | HeldLease> {
    const name = `${this.#layout.ledgerPrefix(contentType)}lease.json`;
    const settings = { store: this.#parts.ledgerStore, name, milliseconds, clock: this.#serviceClock() };
    if (onHeld === undefined) return Lease.take(settings);
    return Lease.wait(settings, stop, held => onHeld(contentType, held));
  }

  async #healAndCollect(
    contentType: ContentType,
    subscription: string,
    task: Task,
  ): Promise<ContentTypeSummary> {
    if (isEnabled(subscription)) return this.#collect(contentType, await this.#openLedger(contentType), task);
    if (!this.#settings.selfHeal) throw new Error(describeNotEnabled(contentType, subscription));
    const ledger = await this.#openLedger(contentType);
    const healed = await this.#heal(contentType, subscription, ledger);
    return { ...(await this.#collect(contentType, ledger, task)), isComplete: false, healed };
  }

  async #heal(contentType: ContentType, subscription: string, ledger: Ledger): Promise<UnsubscribedSpan> {
    try {
      return await heal({ contentType, client: this.#parts.client, ledger, clock: this.#serviceClock() });
    } catch (error) {
      throw new Error(
        `The subscription to ${contentType} is ${subscription}, so nothing can be collected. ${(error as Error).message}`,
        { cause: error },
      );
    }
  }

  #openLedger(contentType: ContentType): Promise<Ledger> {
    return Ledger.open(this.#parts.ledgerStore, this.#layout.ledgerPrefix(contentType));
  }

  async #collect(contentType: ContentType, ledger: Ledger, task: Task): Promise<ContentTypeSummary> {
    const { client, eventStore, batchLimits } = this.#parts;
    const { stop, span } = task;
    const clock = this.#serviceClock();
    const delivery = new Delivery({
      ledger,
      events: eventStore,
      prefix: this.#layout.eventPrefix(contentType),
      clock,
      batchLimits,
    });
    await registerSinks(
      ledger,
      delivery,
      this.#settings.sinks.map(({ name }) => name),
      clock,
    );
    const filter = new RecordTypeFilter(this.#settings.recordTypes);
    return collect({
      contentType,
      client,
      ledger,
      delivery,
      filter,
      limits: this.#settings,
      clock,
      stop,
      span,
    });
  }

  /** The service judges windows by its own clock, which the date of its last answer tells. */
  #serviceClock(): Clock {
    const { client, clock } = this.#parts;
    return {
      now: () => clock.now() + (client.clockSkewMilliseconds ?? 0),
      sleep: milliseconds => clock.sleep(milliseconds),
    };
  }
}

function withSinks(collected: RunSummary, sinks: SinkSummary[], startedAt: number): RunSummary {
  return {
    ...collected,
    durationSeconds: (Date.now() - startedAt) / 1000,
    isComplete: collected.isComplete && sinks.every(({ isComplete }) => isComplete),
    sinks,
  };
}

/** Microsoft's own sample of the list has an entry without status: only what says otherwise is not enabled. */
function stateOf(subscription: Subscription | undefined): string {
  return subscription === undefined ? "missing" : (subscription.status ?? "enabled");
}

function isEnabled(state: string): boolean {
  return state.toLowerCase() === "enabled";
}

function describeNotEnabled(contentType: ContentType, subscription: string): string {
  return (
    `The subscription to ${contentType} is ${subscription}, so nothing can be collected. Run \`pulumi up --refresh\`, which ` +
    `starts it. Content that became available without a subscription cannot be fetched.`
  );
}
