import { randomBytes } from "node:crypto";
import type { Clock } from "../../activity-api/clock.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { type LedgerHead, type RegisteredSink, registeredSink } from "../ledger/ledgerHead.ts";

/** As long as the ledger knows event blobs: a sink that comes back later is given what it knows then. */
const KEPT_MILLISECONDS = 8 * 86_400_000;
/** So that most runs need not write it. */
const SEEN_INTERVAL_MILLISECONDS = 3_600_000;

/**
 * Enters the sinks of this run into the ledger's head, so that whoever delivers from now on, with whatever settings, marks
 * event blobs for them too. A sink that is new is given every event blob of the eight days that the ledger knows:
 *
 * 1. The head takes down the sink. Whoever plans an event blob after that knows of it.
 * 2. The plans that are open come to their end. Those of before are in the days of the ledger then.
 * 3. All event blobs of these days are marked, and the head takes down that they are.
 *
 * Killed in between, the next run that is told of the sink repeats it from the second step on, and some events are
 * delivered twice, as sinks must bear. A sink that no run was told of for eight days is dropped, and the markers of it are
 * removed with the old days of the ledger: so this is to be called in every run, also in one that has no sinks.
 *
 * @param clock by the service's time.
 */
export async function registerSinks(
  ledger: Ledger,
  delivery: Delivery,
  sinkNames: readonly string[],
  clock: Clock,
): Promise<void> {
  const now = clock.now();
  if (isOutdated(ledger.head, sinkNames, now)) await ledger.commit(head => update(head, sinkNames, now));
  const unseeded = sinkNames.filter(name => registeredSink(ledger.head, name)?.isSeeded === false);
  if (unseeded.length > 0) await seed(ledger, delivery, unseeded);
}

function isOutdated(head: Readonly<LedgerHead>, sinkNames: readonly string[], now: number): boolean {
  const isAnyForgotten = Object.entries(head.sinks ?? {}).some(
    ([name, sink]) => !sinkNames.includes(name) && isForgotten(sink, now),
  );
  return isAnyForgotten || !sinkNames.every(name => wasSeenLately(registeredSink(head, name), now));
}

function isForgotten({ seenAt }: RegisteredSink, now: number): boolean {
  return now - Date.parse(seenAt) > KEPT_MILLISECONDS;
}

/** Not by a clock that was ahead: the sink would be kept until that time comes. */
function wasSeenLately(sink: RegisteredSink | undefined, now: number): boolean {
  return sink !== undefined && Math.abs(now - Date.parse(sink.seenAt)) < SEEN_INTERVAL_MILLISECONDS;
}

function update(head: LedgerHead, sinkNames: readonly string[], now: number): void {
  const others = Object.entries(head.sinks ?? {}).filter(
    ([name, sink]) => !sinkNames.includes(name) && !isForgotten(sink, now),
  );
  const seenAt = new Date(now).toISOString();
  const wanted = sinkNames.map(name => [
    name,
    { ...(registeredSink(head, name) ?? newRegistration()), seenAt },
  ]);
  head.sinks = Object.fromEntries([...others, ...wanted]);
}

function newRegistration(): Pick<RegisteredSink, "registration" | "isSeeded"> {
  return { registration: randomBytes(6).toString("hex"), isSeeded: false };
}

async function seed(ledger: Ledger, delivery: Delivery, sinkNames: readonly string[]): Promise<void> {
  const registered = Object.entries(ledger.head.sinks ?? {}).filter(([name]) => sinkNames.includes(name));
  await ledger.removeDroppedSinks();
  await delivery.finishOpenPlans();
  for await (const day of ledger.settledDays()) {
    const entries = [...day.eventBlobs()].map(({ name, holds }) => ({
      eventBlob: name,
      events: holds.events,
    }));
    for (const [name, { registration }] of registered) await ledger.outbox(name).add(registration, entries);
  }
  await ledger.commit(head => {
    for (const [name, { registration }] of registered) {
      const sink = registeredSink(head, name);
      if (sink?.registration === registration) sink.isSeeded = true;
    }
  });
}
