import { setTimeout } from "node:timers/promises";

/** Time as retries and waits see it, so that a test of fifteen minutes takes none. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async milliseconds => {
    await setTimeout(milliseconds);
  },
};
