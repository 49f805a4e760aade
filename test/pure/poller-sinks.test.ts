/** Runs of the poller with Splunk beside the store. */
import pino from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { logSummary } from "../../poller/log.ts";
import { readStatus } from "../../poller/reports/status.ts";
import { describeStatus } from "../../poller/reports/statusText.ts";
import { describeSummary, type RunSummary } from "../../poller/reports/summary.ts";
import { replaySink } from "../../poller/sinks/replaySink.ts";
import type { SinkSettings } from "../../poller/sinks/sinkSettings.ts";
import { minutes } from "./activityApiFixture.ts";
import { pollCommandLine } from "./pollCommandLine.ts";
import { events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";
import { hecToken, type SplunkFixture, startSplunkFixture } from "./splunkFixture.ts";

describe("A poller with sinks", () => {
  let splunkFixture: SplunkFixture;
  let fixture: PollerFixture;
  /** Two indexes of the same Splunk: each is a sink of its own. */
  let sinks: SinkSettings[];
  beforeAll(async () => {
    splunkFixture = await startSplunkFixture();
  });
  beforeEach(async () => {
    fixture = await startPollerFixture();
    const { url, splunk } = splunkFixture;
    splunk.indexed.length = 0;
    splunk.clearFaults();
    splunk.refuses = () => false;
    splunk.setToken({ value: hecToken, indexes: ["defender"], hasAcknowledgement: true });
    splunk.setToken({ value: "lab", indexes: ["lab"], hasAcknowledgement: false });
    const sink = (name: string, token: string, index: string): SinkSettings => ({
      name,
      kind: "splunkHec",
      properties: { url, index },
      token,
    });
    sinks = [sink("lab", "lab", "lab"), sink("splunk", hecToken, "defender")];
  });
  afterEach(() => fixture.close());
  afterAll(() => splunkFixture.close());

  async function run(wanted = sinks): Promise<RunSummary> {
    const poller = fixture.poller({ sinks: wanted });
    try {
      return await poller.run(new AbortController().signal);
    } finally {
      await poller.close();
    }
  }
  const publish = (lines: readonly string[]) =>
    fixture.service.publish("Audit.General", [...lines], { eventsPerBlob: 2 });
  const indexed = (index: string) =>
    splunkFixture.splunk.indexed
      .filter(event => event.index === index)
      .map(({ fields }) => String(fields.event_id))
      .toSorted();
  const location = () => ({ kind: "folder", path: fixture.folder }) as const;
  const settings = () => ({
    tenantId,
    contentTypes: ["Audit.General"] as const,
    store: location(),
    ledger: location(),
  });
  const status = (afterMinutes = 0) =>
    readStatus({
      settings: settings(),
      ledgerStore: fixture.store,
      now: new Date(fixture.clock.now() + afterMinutes * minutes),
      mostBehindMinutes: 120,
    });

  it("has every event in the store and in every sink at the end of the run", async () => {
    publish(events("a", 5));
    const summary = await run();
    expect(summary).toMatchObject({
      isComplete: true,
      sinks: [
        { sink: "lab", isComplete: true, delivered: 5, pending: 0 },
        { sink: "splunk", isComplete: true, delivered: 5, pending: 0 },
      ],
    });
    const all = ["a0", "a1", "a2", "a3", "a4"];
    expect(await fixture.storedIds()).toEqual(all);
    expect([indexed("lab"), indexed("defender")]).toEqual([all, all]);
    expect((await run()).sinks).toMatchObject([{ delivered: 0 }, { delivered: 0 }]);
    expect(describeSummary(summary)).toContain("Sink splunk: 5 events delivered");
    expect(await status()).toMatchObject({ isWell: true, sinks: [{ sink: "lab", isConfigured: true }, {}] });
  });

  it("gives a sink that is new what the store has already", async () => {
    publish(events("a", 3));
    await run([]);
    publish(events("b", 1));
    await run();
    expect(indexed("defender")).toEqual(["a0", "a1", "a2", "b0"]);
  });

  it("goes on with the store and the other sinks while one is down, and catches up afterwards", async () => {
    publish(events("a", 3));
    splunkFixture.splunk.setToken({ value: hecToken, indexes: [], hasAcknowledgement: true });
    const summary = await run();
    expect(summary).toMatchObject({
      isComplete: false,
      contentTypes: [{ isComplete: true }],
      sinks: [
        { sink: "lab", isComplete: true, delivered: 3 },
        {
          sink: "splunk",
          isComplete: false,
          delivered: 0,
          error: expect.stringContaining("Incorrect index"),
        },
      ],
    });
    expect([indexed("lab"), indexed("defender")]).toEqual([["a0", "a1", "a2"], []]);
    const failed = await status(121);
    expect(failed.problems).toEqual([
      expect.stringMatching(/^The last run could not deliver to the sink splunk: https:.*Incorrect index/),
      expect.stringMatching(/^Audit\.General is listed until/),
      expect.stringMatching(
        /^The sink splunk lacks \d event blobs, the oldest since .*Z, more than 120 minutes ago\.$/,
      ),
    ]);
    expect(describeStatus(failed)).toMatch(/Sink splunk\n {2}pending {2}\d event blobs, the oldest since /);

    splunkFixture.splunk.setToken({ value: hecToken, indexes: ["defender"], hasAcknowledgement: true });
    expect(await run()).toMatchObject({ isComplete: true });
    expect([indexed("lab"), indexed("defender")]).toEqual([
      ["a0", "a1", "a2"],
      ["a0", "a1", "a2"],
    ]);
  });

  it("delivers what waits even when nothing can be collected", async () => {
    publish(events("a", 2));
    splunkFixture.splunk.setFault("invalidToken", 1);
    splunkFixture.splunk.setFault("invalidToken", 1);
    await run();
    expect(splunkFixture.splunk.indexed).toEqual([]);
    fixture.tokens.roles = [];
    fixture.tokens.revokeAll();
    await expect(run()).rejects.toThrow("ActivityFeed.Read");
    expect([indexed("lab"), indexed("defender")]).toEqual([
      ["a0", "a1"],
      ["a0", "a1"],
    ]);
    expect((await status()).runs[0]).toMatchObject({ sinks: [{ delivered: 2 }, { delivered: 2 }] });
  });

  it("keeps what a sink refuses, is not well until it is sent again, and sends it by `replay --sink`", async () => {
    publish(events("a", 3));
    splunkFixture.splunk.refuses = ({ fields, index }) => index === "lab" && fields.event_id === "a1";
    await run();
    expect([...new Set(indexed("lab"))]).toEqual(["a0", "a2"]);
    const refusing = await status();
    expect(refusing).toMatchObject({
      isWell: false,
      problems: ['The sink lab has refused 1 events. Have them sent again with "replay --sink lab".'],
    });
    expect(describeStatus(refusing)).toContain(
      '  refused  1 events\n    Splunk answers "Invalid data format" (HTTP 400, code 6)',
    );
    splunkFixture.splunk.refuses = () => false;
    expect(await pollCommandLine(fixture, "replay", "--sink", "lab")).toMatchObject({
      exitCode: 0,
      stdout: "The next run sends 1 event to the sink lab again.\n",
    });
    expect(await run()).toMatchObject({ isComplete: true, sinks: [{ delivered: 1 }, { delivered: 0 }] });
    expect([...new Set(indexed("lab"))]).toEqual(["a0", "a1", "a2"]);
    expect(await status()).toMatchObject({ isWell: true });
  });

  it("names the sinks there are when one is replayed that is not", async () => {
    await run();
    const question = { settings: settings(), ledgerStore: fixture.store };
    await expect(replaySink({ ...question, sink: "splink" })).rejects.toThrow(
      'There is no sink "splink". Use lab, splunk.',
    );
    expect(await replaySink({ ...question, sink: "lab" })).toEqual({ sink: "lab", events: 0 });
  });

  it("does not complain of a sink that no run sends to any more", async () => {
    publish(events("a", 1));
    await run([]);
    splunkFixture.splunk.setFault("invalidToken");
    await run();
    await run([]);
    const left = await status();
    expect(left).toMatchObject({
      isWell: true,
      sinks: [{ sink: "lab", isConfigured: false, pending: 1 }, {}],
    });
    expect(describeStatus(left)).toContain("Sink lab (the last run did not send to it)");
  });

  it("logs each sink that failed, refused or lost events, at error level, and counts all in the run's line", async () => {
    const lines: Record<string, unknown>[] = [];
    const log = pino({ base: null }, { write: line => lines.push(JSON.parse(line)) });
    const name = "events/x.ndjson.gz";
    const sink = {
      isComplete: false,
      delivered: 1,
      refused: 0,
      refusedReasons: [],
      lost: [],
      pending: 0,
      lagSeconds: 0,
    };
    logSummary(log, {
      ...(await run([])),
      isComplete: false,
      sinks: [
        { ...sink, sink: "a", error: "It is down.", pending: 2, lagSeconds: 60 },
        { ...sink, sink: "b", refused: 3, refusedReasons: ["It is odd."] },
        { ...sink, sink: "c", lost: [{ name, events: 4, reason: "it was deleted" }] },
      ],
    });
    expect(lines).toMatchObject([
      { level: 50, msg: "sink.failed", sink: "a", error: "It is down.", pending: 2, lagSeconds: 60 },
      { level: 50, msg: "sink.refused", sink: "b", refused: 3, reasons: ["It is odd."] },
      { level: 50, msg: "sink.lost", sink: "c", name, events: 4, reason: "it was deleted" },
      {
        level: 50,
        msg: "poll.completed",
        sinks: [
          { sink: "a", delivered: 1, pending: 2, lagSeconds: 60, error: "It is down." },
          { sink: "b", refused: 3 },
          { sink: "c", lost: 1 },
        ],
      },
    ]);
  });
});
