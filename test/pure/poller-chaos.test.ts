import { describe, expect, it } from "vitest";
import { runChaos } from "../chaos/chaos.ts";
import { chaosSeed } from "../chaos/environment.ts";

/** The short version of `npm run chaos`. */
describe("Pollers that are killed in the midst of troubles", () => {
  it.concurrent.each(["container", "folder"] as const)(
    "leave each wanted event exactly once in the %s, byte for byte, and report what expired",
    async store => {
      const seed = chaosSeed();
      console.log(`CHAOS_SEED=${seed} (${store})`);
      const { kills, wantedEvents, expiredContents } = await runChaos({ seed, store, kills: 12 });
      expect(kills).toBeGreaterThanOrEqual(12);
      expect(wantedEvents).toBeGreaterThan(0);
      expect(expiredContents).toBeGreaterThan(0);
    },
    90_000,
  );
});
