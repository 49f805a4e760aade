import type { Clock } from "../../activity-api/clock.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { PlannedBatch } from "../ledger/ledgerHead.ts";
import type { Store } from "../store/store.ts";
import { callOff, isCalledOff } from "./eventBlobCreation.ts";
import { dropPlans, recordPlans } from "./planRecords.ts";

/**
 * For how long the plan of another poller is left alone, since it is probably still at work. Two pollers that call off each
 * other's plans would never get anything done, so every time that happens they become more patient.
 */
const FIRST_GRACE_MILLISECONDS = 5000;
const LONGEST_GRACE_MILLISECONDS = 300_000;
const GRACE_STEP_MILLISECONDS = 250;

/** Brings the plans to their end that a crash, or another poller, has left open: see `Delivery`. */
export class OpenPlans {
  readonly #ledger: Ledger;
  readonly #events: Store;
  readonly #clock: Clock;
  #graceMilliseconds = FIRST_GRACE_MILLISECONDS;

  constructor(ledger: Ledger, events: Store, clock: Clock) {
    this.#ledger = ledger;
    this.#events = events;
    this.#clock = clock;
  }

  async finish(): Promise<void> {
    while (this.#ledger.head.planned.length > 0) {
      if (this.#ledger.head.planned.some(plan => this.#isRecent(plan))) {
        await this.#clock.sleep(GRACE_STEP_MILLISECONDS);
        await this.#ledger.reload();
      } else {
        await this.#finish(this.#ledger.head.planned);
      }
    }
  }

  /** A plan was called off: its poller was at work, or this one is. */
  becomePatient(): void {
    this.#graceMilliseconds = Math.min(2 * this.#graceMilliseconds, LONGEST_GRACE_MILLISECONDS);
  }

  async #finish(plans: readonly PlannedBatch[]): Promise<void> {
    const written: PlannedBatch[] = [];
    for (const plan of plans) {
      if (await callOff(this.#events, plan.eventBlob)) this.becomePatient();
      else if (!(await isCalledOff(this.#events, plan.eventBlob))) written.push(plan);
    }
    await recordPlans(this.#ledger, written);
    await this.#ledger.commit(head => dropPlans(head, plans));
  }

  /** A clock that has jumped makes a plan old, never recent for ever. */
  #isRecent(plan: PlannedBatch): boolean {
    return Math.abs(this.#clock.now() - Date.parse(plan.plannedAt)) < this.#graceMilliseconds;
  }
}
