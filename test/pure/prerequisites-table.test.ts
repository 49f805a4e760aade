import { describe, expect, it } from "vitest";
import { prerequisiteTable } from "../../activity-api/prerequisites/table.ts";

describe("the table of prerequisites", () => {
  it("puts state and name in columns of their own, and the fix below what was found", () => {
    const table = prerequisiteTable([
      { name: "token", state: "ok", finding: "Obtained." },
      { name: "roles", state: "failed", finding: "One is missing.", fix: "Consent." },
    ]);
    expect(table).toBe(
      ["ok      token  Obtained.", "failed  roles  One is missing.", "               Fix: Consent."].join(
        "\n",
      ),
    );
  });

  it("keeps lines within the width of the terminal", () => {
    const finding = "word ".repeat(60).trim();
    const lines = prerequisiteTable([{ name: "roles", state: "failed", finding }], 80).split("\n");
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80);
    expect(lines.join(" ").match(/word/g)).toHaveLength(60);
  });

  it("breaks no URL, however narrow the terminal", () => {
    const url = `https://login.microsoftonline.com/${"a".repeat(100)}/adminconsent`;
    expect(prerequisiteTable([{ name: "roles", state: "failed", finding: "No.", fix: url }], 20)).toContain(
      url,
    );
  });

  it("keeps the lines and the indentation of what lists several things", () => {
    const finding = "Tried:\n  certificate: not set\n  clientSecret: not set";
    expect(prerequisiteTable([{ name: "token", state: "failed", finding }]).split("\n")).toEqual([
      "failed  token  Tried:",
      "                 certificate: not set",
      "                 clientSecret: not set",
    ]);
  });
});
