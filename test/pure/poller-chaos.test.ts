import { describe, expect, it } from "vitest";
import { describeReport, runChaos } from "../chaos/chaos.ts";
import { chaosSeed } from "../chaos/environment.ts";

/** The short version of `npm run chaos`. */
describe("Pollers that are killed in the midst of troubles", () => {
  it.concurrent.each(["container", "folder"] as const)(
    "leave each wanted event exactly once in the %s and at least once in every sink, byte for byte, and report what expired",
    async store => {
      const seed = chaosSeed();
      console.log(`CHAOS_SEED=${seed} (${store})`);
      const report = await runChaos({ seed, store, kills: 8 });
      console.log(`${store}: ${describeReport(report)}`);
      const { kills, wantedEvents, expiredContents, arrivedEvents } = report;
      expect(kills).toBeGreaterThanOrEqual(8);
      expect(wantedEvents).toBeGreaterThan(0);
      expect(arrivedEvents).toBeGreaterThanOrEqual(2 * wantedEvents);
      expect(expiredContents).toBeGreaterThan(0);
    },
    150_000,
  );
});
