import type { ContentType } from "./contentTypes.ts";
import { checkFault, type Fault, type FaultEffect, operationsOf } from "./faultDefinition.ts";
import type { Operation } from "./operation.ts";

/** What a request is matched by. */
export interface FaultTarget {
  operation: Operation;
  tenantId: string;
  clientId: string;
  contentType: ContentType | undefined;
  contentId: string | undefined;
}

interface ActiveFault {
  fault: Fault;
  skip: number;
  times: number;
}

/** The faults that are set. A request meets at most one: the one that was set first among those that match. */
export class Faults {
  #active: ActiveFault[] = [];

  /** @throws TypeError when the fault is not complete or could never do anything. */
  set(fault: Fault): void {
    checkFault(fault);
    const times = fault.times === "always" ? Infinity : (fault.times ?? 1);
    this.#active.push({ fault, skip: fault.skip ?? 0, times });
  }

  clear(): void {
    this.#active = [];
  }

  /** What is still to come, with the remaining numbers. */
  all(): Fault[] {
    return this.#active.map(({ fault, skip, times }) => ({
      ...fault,
      skip,
      times: times === Infinity ? "always" : times,
    }));
  }

  /** The effect that the request meets, which is used up by it. */
  take(target: FaultTarget): FaultEffect | undefined {
    for (const active of this.#active) {
      if (!matches(active.fault, target)) continue;
      if (active.skip > 0) {
        active.skip -= 1;
        continue;
      }
      active.times -= 1;
      this.#active = this.#active.filter(({ times }) => times > 0);
      return active.fault.effect;
    }
    return undefined;
  }
}

function matches(fault: Fault, target: FaultTarget): boolean {
  return (
    operationsOf(fault).includes(target.operation) &&
    (fault.tenantId ?? target.tenantId) === target.tenantId &&
    (fault.clientId ?? target.clientId) === target.clientId &&
    (fault.contentType ?? target.contentType) === target.contentType &&
    (fault.contentId === undefined || fault.contentId.toLowerCase() === target.contentId?.toLowerCase())
  );
}
