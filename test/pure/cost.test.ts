/** The estimate of the monthly cost, and that its page says what it computes. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { costItems, costRows, SIZES } from "../../docs/cost/estimate.ts";

const costOf = (start: string) => costItems().find(({ item }) => item.startsWith(start))!.cost;

describe("The estimate", () => {
  it("is of two sizes, ten thousand and a million events a day", () => {
    expect(SIZES.map(({ eventsPerDay }) => eventsPerDay)).toEqual([10_000, 1_000_000]);
  });

  it("takes the monthly grant off the function: 21,600 and 129,600 GB-seconds, of which 100,000 are free", () => {
    const [small, large] = costOf("Function");
    expect(small).toBe(0);
    expect(large).toBeCloseTo(29_600 * 0.000026, 6);
  });

  it("has a throughput unit for every hour, and each event", () => {
    const [small, large] = costOf("with an `eventHubs`");
    expect(small).toBeCloseTo(730 * 0.03 + 0.3 * 0.028, 6);
    expect(large).toBeCloseTo(730 * 0.03 + 30 * 0.028, 6);
  });

  it("has every byte of every event in Log Analytics: 0.75 and 75 GB", () => {
    expect(costOf("with a `logsIngestion`").map(cost => cost / 2.3)).toEqual([
      expect.closeTo(0.75, 6),
      expect.closeTo(75, 6),
    ]);
  });

  it("counts the alert rules that are declared", () => {
    expect(costOf("Monitoring: alert rules")).toEqual([5, 5]);
    expect(costOf("with sinks")).toEqual([1.5, 1.5]);
  });
});

describe("docs/cost/README.md", () => {
  it("has the table that the estimate gives", async () => {
    const page = await readFile(new URL("../../docs/cost/README.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter(line => line.startsWith("| ") && !line.startsWith("| USD"));
    expect(rows).toEqual(costRows().map(cells => `| ${cells.join(" | ")} |`));
  });
});
