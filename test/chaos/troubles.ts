import type { Fault, FaultEffect } from "../../local/activity/faultDefinition.ts";
import type { SeededRandom } from "../../local/activity/random.ts";
import type { StorageErrorCode } from "../../local/storage/storageErrors.ts";
import type { ChaosTenant } from "./chaosTenant.ts";

/** What goes wrong with requests to the Management Activity API, whichever they are. */
const OF_ANY: readonly FaultEffect[] = [
  { kind: "throttle", status: 429, retryAfterSeconds: 1 },
  { kind: "throttle", status: 403 },
  { kind: "error", code: "AF50000" },
  { kind: "answer", status: 503 },
  { kind: "html" },
  { kind: "reset" },
  { kind: "tokenRejected" },
  { kind: "truncate" },
  { kind: "malformedJson" },
  { kind: "slowBody", bytesPerSecond: 20_000 },
];
const OF_LISTINGS: readonly FaultEffect[] = [{ kind: "pageLoop" }, { kind: "html", status: 200 }];

const MOST_FAULTS = 5;
/** How often a request to the store fails, and how often a piece on the wire is the last of its connection. */
const STORE_FAULT_SHARE = 0.04;
const WIRE_FAULT_SHARE = 0.003;

/** Draws what goes wrong while a poller runs. */
export class Troubles {
  readonly #random: SeededRandom;
  #isOn = false;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** New faults of the service, in place of those that nobody has met. */
  begin({ service, store, sinks }: ChaosTenant): void {
    this.#isOn = true;
    sinks.begin(this.#random);
    service.clearFaults();
    const count = this.#random.integer(0, MOST_FAULTS);
    for (let index = 0; index < count; index += 1) service.setFault(this.#fault());
    store.fault = isWrite => this.#storeFault(isWrite);
  }

  end({ service, sinks }: ChaosTenant): void {
    this.#isOn = false;
    sinks.end();
    service.clearFaults();
  }

  breaksWire(): boolean {
    return this.#isOn && this.#random.next() < WIRE_FAULT_SHARE;
  }

  #fault(): Fault {
    const isOfListing = this.#random.next() < 0.3;
    return {
      operation: isOfListing ? "content" : this.#random.pick(["list", "content", "blob", "blob"]),
      skip: this.#random.integer(0, 12),
      times: this.#random.integer(1, 3),
      effect: this.#random.pick(isOfListing ? OF_LISTINGS : OF_ANY),
    };
  }

  /** Only a write can find that a condition is not met. */
  #storeFault(isWrite: boolean): StorageErrorCode | undefined {
    if (!this.#isOn || this.#random.next() >= STORE_FAULT_SHARE) return undefined;
    const code = this.#random.pick(["ConditionNotMet", "InternalError", "ServerBusy"] as const);
    return code === "ConditionNotMet" && !isWrite ? undefined : code;
  }
}
