import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import type { Clock } from "../../activity-api/clock.ts";
import { type Store, StoreConflictError } from "../store/store.ts";

/** How often it is renewed while it lasts: two renewals may fail. */
const RENEWALS = 3;
/** A lease that is to last longer than this many of its time is of a clock that was ahead, and counts as none. */
const LONGEST_BELIEVED = 2;
/** How often it is tried for when others are faster each time. */
const MOST_TRIES = 5;
/** How often one that somebody else holds is looked at while this poller waits for it. */
const WAIT_MILLISECONDS = 1000;

/** Who is at work, and until when others take that for granted. */
export interface HeldLease {
  holder: string;
  until: string;
}

export interface LeaseSettings {
  store: Store;
  /** Of the document. */
  name: string;
  /** How long others take it for granted that a poller is alive which said so. */
  milliseconds: number;
  /** By the service's time, which all pollers share. */
  clock: Clock;
}

/**
 * Says to other pollers that one is at work, so that they need not work in vain: what is delivered does not depend on it.
 * Whoever dies holds it until its time is up.
 */
export class Lease {
  readonly #settings: LeaseSettings;
  readonly #holder: string;
  readonly #released = new AbortController();
  readonly #lost = new AbortController();
  readonly #renewing: Promise<void>;
  #version: string;

  private constructor(settings: LeaseSettings, holder: string, version: string) {
    this.#settings = settings;
    this.#holder = holder;
    this.#version = version;
    this.#renewing = this.#keep();
  }

  /**
   * Takes the lease, or says who holds it.
   *
   * @throws StoreConflictError when the store says again and again that others are faster.
   */
  static async take(settings: LeaseSettings): Promise<Lease | HeldLease> {
    const holder = `${hostname()} (process ${process.pid}, run ${randomBytes(4).toString("hex")})`;
    for (let attempt = 1; ; attempt += 1) {
      const { held, version } = await read(settings);
      // A conflict may come from a request of this very call, repeated since its answer was lost.
      if (held?.holder === holder) return new Lease(settings, holder, version!);
      if (held !== undefined) return held;
      const taken = await replace(settings, holder, version);
      if (taken !== undefined) return new Lease(settings, holder, taken);
      if (attempt >= MOST_TRIES) throw new StoreConflictError(settings.name);
    }
  }

  /**
   * Takes the lease, and waits for the holder's time to be up if need be: it may be dead. One that renews is alive.
   *
   * @param onHeld told once of who holds it, before waiting.
   */
  static async wait(
    settings: LeaseSettings,
    stop: AbortSignal,
    onHeld: (held: HeldLease) => void,
  ): Promise<Lease | HeldLease> {
    const first = await Lease.take(settings);
    if (first instanceof Lease) return first;
    onHeld(first);
    for (;;) {
      const rest = Date.parse(first.until) - settings.clock.now();
      await settings.clock.sleep(Math.min(WAIT_MILLISECONDS, Math.max(0, rest)));
      const now = await Lease.take(settings);
      if (now instanceof Lease || now.until !== first.until || stop.aborted) return now;
    }
  }

  /** Tells that another poller has taken it, since this one stood still for too long. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Lets others have it. */
  async release(): Promise<void> {
    this.#released.abort();
    await this.#renewing;
    // If this fails, it ends by itself.
    if (!this.lost.aborted)
      await replace({ ...this.#settings, milliseconds: 0 }, this.#holder, this.#version).catch(
        () => undefined,
      );
  }

  async #keep(): Promise<void> {
    const { signal } = this.#released;
    for (;;) {
      const pause = this.#settings.milliseconds / RENEWALS;
      await setTimeout(pause, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted || this.lost.aborted) return;
      // A store that fails now and then is nothing to give up for.
      await this.#renew().catch(() => undefined);
    }
  }

  async #renew(): Promise<void> {
    const renewed = await replace(this.#settings, this.#holder, this.#version);
    if (renewed !== undefined) {
      this.#version = renewed;
      return;
    }
    const document = await this.#settings.store.read(this.#settings.name);
    if (document !== undefined && parse(document.bytes)?.holder === this.#holder)
      this.#version = document.version;
    else this.#lost.abort();
  }
}

async function read({
  store,
  name,
  milliseconds,
  clock,
}: LeaseSettings): Promise<{ held: HeldLease | undefined; version: string | undefined }> {
  const document = await store.read(name);
  const held = document === undefined ? undefined : parse(document.bytes);
  const rest = held === undefined ? 0 : Date.parse(held.until) - clock.now();
  const isHeld = rest > 0 && rest <= LONGEST_BELIEVED * milliseconds;
  return { held: isHeld ? held : undefined, version: document?.version };
}

/** The new version, or undefined when somebody else was faster. */
async function replace(
  { store, name, milliseconds, clock }: LeaseSettings,
  holder: string,
  version: string | undefined,
): Promise<string | undefined> {
  const lease: HeldLease = { holder, until: new Date(clock.now() + milliseconds).toISOString() };
  try {
    return await store.replace(name, Buffer.from(`${JSON.stringify(lease)}\n`), version);
  } catch (error) {
    if (error instanceof StoreConflictError) return undefined;
    throw error;
  }
}

/** Who holds it is of no importance to what is delivered: a document that cannot be read is as good as none. */
function parse(document: Buffer): HeldLease | undefined {
  try {
    const { holder, until } = JSON.parse(document.toString());
    return typeof holder === "string" && typeof until === "string" ? { holder, until } : undefined;
  } catch {
    return undefined;
  }
}
