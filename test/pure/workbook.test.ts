/** The workbook: its queries on the rows of a real poller, its JSON, and its picture in the documents. */
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type FeedWorkbookSettings,
  feedPanels,
  feedWorkbook,
  WORKBOOK_TITLE,
} from "../../components/monitoring/feedWorkbook.ts";
import { workbookPicture } from "../../docs/picture/workbookPicture.ts";
import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import type { Row } from "../../local/logAnalytics/kqlValues.ts";
import { parseKql } from "../../local/logAnalytics/kustoLanguage.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";
import { LOGS_INGESTION_COLUMNS, LOGS_INGESTION_TABLE } from "../../poller/sinks/logsIngestionTable.ts";
import { type PollerFixture, startPollerFixture } from "./pollerFixture.ts";
import { COMPONENT_ID, WatchedPoller } from "./watchedPoller.ts";

const settings: FeedWorkbookSettings = {
  workspaceId: "/workspace",
  componentId: COMPONENT_ID,
  eventsTable: LOGS_INGESTION_TABLE,
};

describe("The workbook, on the rows of a real poller,", () => {
  let fixture: PollerFixture;
  let watched: WatchedPoller;
  beforeEach(async () => {
    fixture = await startPollerFixture();
    watched = new WatchedPoller(fixture);
  });
  afterEach(() => fixture.close());

  function rowsOf(name: string): Row[] {
    const panel = feedPanels(settings).find(each => each.name === name)!;
    return watched.query(panel.query, 24 * 60);
  }
  const sum = (rows: Row[], column: string) => rows.reduce((all, row) => all + Number(row[column]), 0);

  it("shows runs, lag, events by type and what became of each content blob", async () => {
    watched.publish(3);
    watched.publish(4);
    fixture.service.publish("Audit.General", ['{"Id":"noise","RecordType":15}']);
    await watched.poll(2);
    expect(rowsOf("subscriptions")).toMatchObject([
      { "Content type": "Audit.General", Subscription: "enabled", "Behind (min)": 0, Waiting: 0 },
    ]);
    expect(sum(rowsOf("runs"), "Runs")).toBe(2);
    expect(rowsOf("runs")[0]).toMatchObject({ outcome: "everything delivered" });
    // An hour may end between the two runs.
    expect(new Set(rowsOf("types").map(({ recordType }) => recordType))).toEqual(
      new Set(["ThreatIntelligence"]),
    );
    expect(sum(rowsOf("types"), "Events")).toBe(7);
    expect(rowsOf("lag").map(({ Minutes }) => Number(Minutes))).toSatisfy((lags: number[]) =>
      // The service tells its time in whole seconds.
      lags.every(lag => lag > 4.9),
    );
    const completeness = rowsOf("completeness");
    expect(sum(completeness, "Listed")).toBe(3);
    expect(sum(completeness, "Delivered")).toBe(2);
    expect(sum(completeness, "Filtered")).toBe(1);
    expect(rowsOf("troubles")).toEqual([]);
    expect(rowsOf("sinks")).toEqual([]);
  });

  it("shows a disabled subscription, content that was given up, and what a sink says", async () => {
    const contentId = watched.publish();
    watched.publish();
    const effect = { kind: "malformedJson" } as const;
    fixture.service.setFault({ operation: "blob", contentId, times: "always", effect });
    watched.deliverTo("lab", {
      send: async events => [{ event: events[0]!, reason: "too large" }],
      close: async () => {},
    });
    await watched.poll(1, { attemptsPerBlob: 1 });
    fixture.service.disable("Audit.General");
    await watched.poll();
    expect(rowsOf("subscriptions")).toMatchObject([{ Subscription: "disabled" }]);
    expect(rowsOf("sinks")).toMatchObject([{ Sink: "lab", Delivered: 2, Refused: 1 }]);
    expect(rowsOf("troubles").map(({ What, Where }) => `${What} ${Where}`)).toEqual(
      expect.arrayContaining([
        "content.dead Audit.General",
        "subscription.notEnabled Audit.General",
        "sink.refused lab",
      ]),
    );
  });
});

describe("The verdicts", () => {
  it("are where each record type has them", () => {
    const event = (RecordType: number, Raw: object) => ({
      TimeGenerated: new Date(),
      RecordType,
      Operation: "Other",
      Raw: Raw as Row,
    });
    const rows = [
      event(28, { Verdict: "Phish" }),
      event(28, { Verdict: "Phish" }),
      event(41, { UrlClickAction: 5 }),
      event(41, {}),
      event(47, { FileData: { FileVerdict: 1 } }),
      event(64, { Status: "Remediated" }),
    ];
    const { query } = feedPanels(settings).find(({ name }) => name === "verdicts")!;
    const found = runKql(
      query,
      { schemas: WORKSPACE_TABLES, rows: { [LOGS_INGESTION_TABLE]: rows } },
      new Date(),
    );
    expect(found.map(({ Type, Verdict, Events }) => [Type, Verdict, Events])).toEqual([
      ["Mail", "Phish", 2],
      ["Click", "stopped", 1],
      ["Click", "went on in spite of the warning", 1],
      ["File", "Malware", 1],
      ["Investigation", "Remediated", 1],
    ]);
  });

  it("are shown only where a sink writes the events into the workspace", () => {
    const names = feedPanels({ ...settings, eventsTable: undefined }).map(({ name }) => name);
    expect(names).not.toContain("verdicts");
  });

  it("are read from the columns that the sink writes", () => {
    const columns = LOGS_INGESTION_COLUMNS.map(({ name, type }) => `${name}: ${type}`).join(", ");
    expect(WORKSPACE_TABLES[LOGS_INGESTION_TABLE]).toBe(`(${columns})`);
  });
});

describe("The workbook's JSON", () => {
  it("has one item for each panel, with names of their own, below the choice of the time", () => {
    const { version, items, fallbackResourceIds } = feedWorkbook(settings);
    expect(version).toBe("Notebook/1.0");
    expect(fallbackResourceIds).toEqual(["/workspace"]);
    expect(items.map(({ type }) => type)).toEqual([1, 9, ...feedPanels(settings).map(() => 3)]);
    expect(new Set(items.map(({ name }) => name)).size).toBe(items.length);
  });

  it("takes the time of every query from the choice, and has only queries that Microsoft's library accepts", () => {
    const { items } = feedWorkbook(settings);
    const choices = items.flatMap(item => (item.type === 9 ? item.content.parameters : []));
    for (const { type, content } of items) {
      if (type !== 3) continue;
      expect(choices.map(({ name }) => name)).toContain(content.timeContextFromParameter);
      expect(["table", "timechart", "barchart"]).toContain(content.visualization);
      expect(parseKql(content.query, WORKSPACE_TABLES)).toBeDefined();
    }
  });
});

describe("The picture in docs/monitoring.md", () => {
  it("is of the workbook as it is; npm run picture draws it", async () => {
    const read = (file: string) => readFile(new URL(`../../${file}`, import.meta.url), "utf8");
    const picture = await read("docs/images/workbook.svg");
    for (const { title } of feedPanels(settings)) expect(picture).toContain(`>${title}</text>`);
    expect(picture).toBe(workbookPicture());
    expect(await read("docs/monitoring.md")).toContain(`![${WORKBOOK_TITLE}](images/workbook.svg)`);
  });
});
