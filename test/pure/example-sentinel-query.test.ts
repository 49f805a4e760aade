/** The analytics rule of `examples/sentinel`: what a SOC is told, and what not. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { INGESTION_TIME } from "../../local/logAnalytics/kqlExpressions.ts";
import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import type { Row } from "../../local/logAnalytics/kqlValues.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";

const QUERY = readFileSync(
  new URL("../../examples/sentinel/threats-that-got-through.kql", import.meta.url),
  "utf8",
);
const NOW = new Date("2026-11-21T12:00:00Z");
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);

const MAIL = { Verdict: "Phish", DeliveryAction: "Delivered", Recipients: ["adele@contoso.example"] };

let rowCount = 0;

function row(
  RecordType: number,
  Raw: Row,
  { arrived = 5, happened = 90, EventId = `${++rowCount}` } = {},
): Row {
  return {
    TimeGenerated: minutesAgo(happened),
    RecordType,
    Operation: "",
    UserId: "alex@contoso.example",
    EventId,
    Workload: "ThreatIntelligence",
    Raw,
    [INGESTION_TIME]: minutesAgo(arrived),
  };
}

function alerts(...rows: Row[]): Row[] {
  return runKql(QUERY, { schemas: WORKSPACE_TABLES, rows: { DefenderEvents_CL: rows } }, NOW);
}

describe("the rule of the Sentinel example", () => {
  it("tells of mail that was delivered and of warnings that were passed over, with whom it happened to", () => {
    expect(
      alerts(
        row(28, MAIL),
        row(28, { ...MAIL, Verdict: "Malware" }),
        row(41, { UrlClickAction: 4, Url: "https://contoso-login.example/" }),
        row(41, { UrlClickAction: 5 }),
      ).map(({ Threat, Account }) => [Threat, Account]),
    ).toEqual([
      ["Phish was delivered", "adele@contoso.example"],
      ["Malware was delivered", "adele@contoso.example"],
      ["A warning of Safe Links was passed over", "alex@contoso.example"],
      ["A warning of Safe Links was passed over", "alex@contoso.example"],
    ]);
  });

  it("does not tell of what was stopped", () => {
    expect(
      alerts(
        row(28, { ...MAIL, DeliveryAction: "Blocked" }),
        row(28, { ...MAIL, Verdict: "Spam" }),
        row(41, { UrlClickAction: 2 }),
        row(41, {}),
        row(64, { Status: "Remediated" }),
      ),
    ).toEqual([]);
  });

  it("tells once of an event that came twice", () => {
    expect(alerts(row(28, MAIL, { EventId: "twice" }), row(28, MAIL, { EventId: "twice" }))).toHaveLength(1);
  });

  it("tells of an event that came days late, and of none that an earlier run has told", () => {
    expect(alerts(row(28, MAIL, { happened: 3 * 1440 }))).toHaveLength(1);
    expect(alerts(row(28, MAIL, { arrived: 61 }))).toEqual([]);
  });
});
