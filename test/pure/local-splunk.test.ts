import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { hecToken, type SplunkFixture, startSplunkFixture } from "./splunkFixture.ts";

const channel = "FE0ECFAD-13D5-401B-847D-77833BD77131";

describe("The local Splunk", () => {
  let fixture: SplunkFixture;
  beforeAll(async () => {
    fixture = await startSplunkFixture();
  });
  beforeEach(() => {
    fixture.splunk.indexed.length = 0;
    fixture.splunk.clearFaults();
  });
  afterAll(() => fixture.close());

  async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
    const response = await fetch(`${fixture.url}/services/collector/${path}`, {
      method: "POST",
      headers: {
        authorization: `Splunk ${hecToken}`,
        "x-splunk-request-channel": channel,
        ...headers,
      },
      body: Buffer.from(body),
    });
    return { status: response.status, ...((await response.json()) as Record<string, unknown>) };
  }

  it("takes events one after the other, keeps the text of each, and gives their number in the channel", async () => {
    const body =
      '{"time":1763708400.5,"event":{"a": 1.0, "b":"}\\"{"},"index":"defender","fields":{"id":"x"}}\n' +
      '  {"event":"plain","sourcetype":"s","source":"o"}';
    expect(await post("event", body)).toEqual({ status: 200, text: "Success", code: 0, ackId: 0 });
    expect(await post("event", '{"event":1}')).toMatchObject({ ackId: 1 });
    expect(fixture.splunk.indexed).toMatchObject([
      { raw: '{"a": 1.0, "b":"}\\"{"}', time: 1763708400.5, index: "defender", fields: { id: "x" } },
      { raw: '"plain"', index: "defender", sourcetype: "s", source: "o" },
      { raw: "1" },
    ]);
  });

  it("acknowledges what it has indexed, once, and only in the channel that it came by", async () => {
    const { ackId } = (await post("event", '{"event":1}')) as unknown as { ackId: number };
    const asked = JSON.stringify({ acks: [ackId, 99] });
    const other = { "x-splunk-request-channel": "FE0ECFAD-13D5-401B-847D-000000000000" };
    expect(await post("ack", asked, other)).toEqual({ status: 200, acks: { [ackId]: false, 99: false } });
    expect(await post("ack", asked)).toEqual({ status: 200, acks: { [ackId]: true, 99: false } });
    expect(await post("ack", asked)).toEqual({ status: 200, acks: { [ackId]: false, 99: false } });
  });

  it("takes gzip", async () => {
    const answer = await post("event", gzipSync('{"event":"zipped"}'), { "content-encoding": "gzip" });
    expect(answer).toMatchObject({ code: 0 });
    expect(fixture.splunk.indexed).toMatchObject([{ raw: '"zipped"' }]);
  });

  it.each([
    ["no data", "", {}, 400, 5, undefined],
    ["broken JSON", '{"event":1}{"event":', {}, 400, 6, 1],
    ["what is no object", '{"event":1}[]', {}, 400, 6, 1],
    ["another index", '{"event":1}{"event":2,"index":"main"}', {}, 400, 7, 1],
    ["no event", '{"time":1}', {}, 400, 12, 0],
    ["an empty event", '{"event":""}', {}, 400, 13, 0],
    ["fields with structure", '{"event":1,"fields":{"a":{}}}', {}, 400, 15, 0],
    ["no channel", '{"event":1}', { "x-splunk-request-channel": "" }, 400, 11, undefined],
    ["an unknown token", '{"event":1}', { authorization: "Splunk none" }, 403, 4, undefined],
    ["a bearer token", '{"event":1}', { authorization: "Bearer none" }, 401, 3, undefined],
  ])("refuses %s with its code", async (_, body, headers, status, code, number) => {
    const answer = await post("event", body, headers);
    expect(answer).toMatchObject({ status, code });
    expect(answer["invalid-event-number" as keyof typeof answer]).toBe(number);
  });

  it("refuses a disabled token, and acknowledgements to a token that has none", async () => {
    fixture.splunk.setToken({ value: "off", indexes: ["a"], hasAcknowledgement: false, isDisabled: true });
    fixture.splunk.setToken({ value: "plain", indexes: ["a"], hasAcknowledgement: false });
    expect(await post("event", '{"event":1}', { authorization: "Splunk off" })).toMatchObject({ code: 1 });
    const plain = { authorization: "Splunk plain" };
    expect(await post("event", '{"event":1}', plain)).toEqual({ status: 200, text: "Success", code: 0 });
    expect(await post("ack", '{"acks":[0]}', plain)).toMatchObject({ status: 400, code: 14 });
  });

  it("is in trouble when told to be", async () => {
    fixture.splunk.setFault("serverIsBusy", 1);
    expect(await post("event", '{"event":1}')).toMatchObject({ status: 503, code: 9 });
    fixture.splunk.setFault("down", 1);
    await expect(post("event", '{"event":1}')).rejects.toThrow("fetch failed");
    fixture.splunk.setFault("eventsLost", 1);
    const { ackId } = (await post("event", '{"event":1}')) as unknown as { ackId: number };
    expect(await post("ack", JSON.stringify({ acks: [ackId] }))).toMatchObject({ acks: { [ackId]: false } });
    expect(fixture.splunk.indexed).toEqual([]);
  });
});
