import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSplunk } from "../../local/splunk/server.ts";
import { createCertificateAuthority } from "../../local/tls.ts";
import { sinkEvent } from "../../poller/sinks/eventChunks.ts";
import { type RefusedEvent, type Sink, SinkUnavailableError } from "../../poller/sinks/sink.ts";
import { openSplunkHec, type SplunkHecSettings } from "../../poller/sinks/splunkHec.ts";
import { VirtualClock } from "./activityApiFixture.ts";
import { event } from "./pollerFixture.ts";
import { hecToken, type SplunkFixture, startSplunkFixture } from "./splunkFixture.ts";

describe("The Splunk sink", () => {
  let fixture: SplunkFixture;
  let clock: VirtualClock;
  let sinks: Sink[];
  beforeAll(async () => {
    fixture = await startSplunkFixture();
  });
  beforeEach(() => {
    clock = new VirtualClock();
    sinks = [];
  });
  afterEach(async () => {
    const { splunk } = fixture;
    splunk.clearFaults();
    splunk.indexed.length = 0;
    splunk.refuses = () => false;
    splunk.questionsUntilIndexed = 0;
    splunk.longestContentBytes = 1_000_000;
    splunk.setToken({ value: hecToken, indexes: ["defender"], hasAcknowledgement: true });
    await Promise.all(sinks.map(sink => sink.close()));
  });
  afterAll(() => fixture.close());

  async function open(settings: Partial<SplunkHecSettings> = {}, token = hecToken): Promise<Sink> {
    const sink = await openSplunkHec({ url: fixture.url, index: "defender", ...settings }, token, clock);
    sinks.push(sink);
    return sink;
  }
  const send = async (lines: readonly string[], sink?: Sink): Promise<RefusedEvent[]> =>
    (sink ?? (await open())).send(lines.map(line => sinkEvent(Buffer.from(line))));
  const indexedIds = () => fixture.splunk.indexed.map(({ fields }) => fields.event_id);
  const lines = (count: number, length = 0) =>
    Array.from({ length: count }, (_, index) => event(`e${index}`, 28, { Padding: "x".repeat(length) }));

  it("carries an event byte for byte, with its time, its id and what Splunk's add-on looks for", async () => {
    const line =
      '{"CreationTime":"2026-11-21T07:00:00.250","Id":"a-1","RecordType":28,"Size":12345678901234567890, "Name":"Zoë \\u00e9","Name":"\\"}"}';
    expect(await send([line])).toEqual([]);
    expect(fixture.splunk.indexed).toEqual([
      {
        index: "defender",
        time: Date.UTC(2026, 10, 21, 7, 0, 0, 250) / 1000,
        source: "defender-siem",
        sourcetype: "o365:management:activity",
        fields: { event_id: "a-1" },
        raw: line,
      },
    ]);
  });

  it.each([
    ['{"CreationTime":"2026-11-21T07:00:00Z"}', Date.UTC(2026, 10, 21, 7) / 1000],
    ['{"CreationTime":"2026-11-21T07:00:00+02:00"}', Date.UTC(2026, 10, 21, 5) / 1000],
    ['{"CreationTime":"yesterday"}', undefined],
    ['{"CreationTime":null}', undefined],
    ["{}", undefined],
  ])("takes the time of %s", async (line, time) => {
    await send([line], await open({ sourcetype: "mail" }));
    expect(fixture.splunk.indexed).toMatchObject([{ raw: line, sourcetype: "mail", fields: {} }]);
    expect(fixture.splunk.indexed[0]!.time).toBe(time);
  });

  it("waits until Splunk has indexed what it took", async () => {
    fixture.splunk.questionsUntilIndexed = 3;
    expect(await send(lines(3))).toEqual([]);
    expect(clock.sleeps).toEqual([500, 1000, 2000, 4000]);
    expect(indexedIds()).toEqual(["e0", "e1", "e2"]);
  });

  it("sends again what is not acknowledged in time", async () => {
    fixture.splunk.setFault("eventsLost", 1);
    await send(lines(2));
    expect(indexedIds()).toEqual(["e0", "e1"]);
    expect(clock.sleptMilliseconds).toBeGreaterThan(60_000);
  });

  it("is down for as long as nothing is acknowledged", async () => {
    fixture.splunk.setFault("acknowledgementLost");
    await expect(send(lines(2))).rejects.toThrow(
      /took 2 events 2 times and did not acknowledge them within 60 s\. See that its indexers are up/,
    );
  });

  it("believes the answer itself of a token without acknowledgement, as in Splunk Cloud", async () => {
    fixture.splunk.setToken({ value: hecToken, indexes: ["defender"], hasAcknowledgement: false });
    expect(await send(lines(2))).toEqual([]);
    expect(clock.sleeps).toEqual([]);
    expect(indexedIds()).toEqual(["e0", "e1"]);
  });

  it("sends again when acknowledgement is taken from the token in between", async () => {
    fixture.splunk.setFault("acknowledgementDisabled", 1, "ack");
    expect(await send(lines(1))).toEqual([]);
    expect(indexedIds()).toEqual(["e0", "e0"]);
  });

  it("keeps to the length that every HEC takes", async () => {
    // Three of them would be longer than a megabyte.
    await send(lines(5, 350_000));
    expect(indexedIds()).toEqual(["e0", "e1", "e2", "e3", "e4"]);
  });

  it("makes requests smaller where less is taken, and gives back what is too long by itself", async () => {
    fixture.splunk.longestContentBytes = 10_000;
    const refused = await send([...lines(6, 2000), event("long", 28, { Padding: "x".repeat(20_000) })]);
    expect(refused.map(({ event: { id }, reason }) => [id, reason])).toEqual([
      ["long", "Splunk answers with HTTP 413"],
    ]);
    expect(indexedIds()).toEqual(["e0", "e1", "e2", "e3", "e4", "e5"]);
  });

  it("gives back the events that HEC calls wrong, and delivers all others", async () => {
    fixture.splunk.refuses = ({ fields }) => ["e0", "e3", "e6"].includes(String(fields.event_id));
    const refused = await send(lines(7));
    expect(refused.map(({ event: { id } }) => id)).toEqual(["e0", "e3", "e6"]);
    expect(refused[0]!.reason).toBe('Splunk answers "Invalid data format" (HTTP 400, code 6)');
    expect([...new Set(indexedIds())]).toEqual(["e1", "e2", "e4", "e5"]);
  });

  it("gives back a line that is no JSON, whatever HEC makes of it and its neighbours", async () => {
    const refused = await send([event("a"), '{"Id":"b",}', event("c")]);
    expect(refused.map(({ event: { line } }) => line.toString())).toEqual(['{"Id":"b",}']);
    expect([...new Set(indexedIds())]).toEqual(["a", "c"]);
  });

  it.each([
    ["serverIsBusy", false, /answers "Server is busy" \(HTTP 503, code 9\)\.$/],
    ["queueFull", false, /HTTP 429, code 26/],
    ["channelFull", false, /HTTP 429, code 27/],
    ["internalServerError", false, /HTTP 500, code 8/],
    ["shuttingDown", false, /HTTP 503, code 23/],
    ["down", false, /cannot be reached: /],
    ["answerLost", false, /cannot be reached: /],
    ["invalidToken", true, /code 4\)\. See that the token of this sink is one of HTTP Event Collector/],
    ["tokenDisabled", true, /code 1\)\. See that the token/],
    [
      "incorrectIndex",
      true,
      /code 7\)\. See that there is an index "defender", and that the token may write/,
    ],
    ["channelMissing", true, /which is not an answer of HTTP Event Collector to events/],
  ] as const)("is down for %s; only somebody's change helps: %s", async (fault, needsSomebody, message) => {
    fixture.splunk.setFault(fault, 1);
    const error = await send(lines(2)).catch(reason => reason);
    expect(error).toBeInstanceOf(SinkUnavailableError);
    expect(error).toMatchObject({ needsSomebody, message: expect.stringMatching(message) });
  });

  it("takes the warning that a queue is nearly full for the success that it is", async () => {
    fixture.splunk.setToken({ value: hecToken, indexes: ["defender"], hasAcknowledgement: false });
    fixture.splunk.setFault("queueNearlyFull", 1);
    expect(await send(lines(1))).toEqual([]);
  });

  it("says so when the URL is that of something else", async () => {
    fixture.splunk.setFault("healthy", 1);
    await expect(send(lines(1))).rejects.toThrow("which is not an answer of HTTP Event Collector to events");
  });

  it("never prints the token, not even when it is sent back", async () => {
    fixture.splunk.setFault("headersRepeated", 1);
    await expect(send(lines(1))).rejects.toThrow('answers "authorization: Splunk ***" (HTTP 500, code 8).');
    const error = (await send(lines(1), await open({}, "wrong-token-value")).catch(
      reason => reason,
    )) as Error;
    expect(error.message).toContain('"Invalid token" (HTTP 403, code 4)');
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain("wrong-token-value");
  });

  it("sends nothing to whom no trusted authority vouches for", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "splunk-"));
    const stranger = await startSplunk({ tls: await createCertificateAuthority(folder) });
    try {
      const error = await send(lines(1), await open({ url: stranger.url })).catch(reason => reason);
      expect(error).toMatchObject({ name: "SinkUnavailableError", needsSomebody: true });
      expect(error.message).toMatch(/name the file of its certificate authority in NODE_EXTRA_CA_CERTS\.$/);
    } finally {
      await stranger.close();
      await rm(folder, { recursive: true });
    }
  });
});
