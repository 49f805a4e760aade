/**
 * Each alert's query, run on the rows that the real poller leaves in a workspace: a healthy hour, and an hour of the
 * trouble that it is for. The queries are parsed and checked by Microsoft's language library; what executes them is
 * local (see kql-query.test.ts).
 */
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AlertSettings, alerts } from "../../components/monitoring/alerts.ts";
import { type Sink, SinkUnavailableError } from "../../poller/sinks/sink.ts";
import { minutes } from "./activityApiFixture.ts";
import { type PollerFixture, startPollerFixture } from "./pollerFixture.ts";
import { COMPONENT_ID, WatchedPoller } from "./watchedPoller.ts";

const settings: AlertSettings = {
  componentId: COMPONENT_ID,
  codeId: "0123456789ab",
  pollIntervalMinutes: 5,
  stalledAfterMinutes: 30,
  lagMinutes: 720,
  hasSinks: true,
};
const all = alerts(settings);

let fixture: PollerFixture;
let watched: WatchedPoller;
beforeEach(async () => {
  fixture = await startPollerFixture();
  watched = new WatchedPoller(fixture);
  watched.publish();
  await watched.poll();
});
afterEach(() => fixture.close());

const firing = () => all.filter(alert => watched.isFiring(alert)).map(({ name }) => name);

describe("A healthy hour", () => {
  it("fires no alert, with content or without", async () => {
    for (let run = 0; run < 6; run += 1) {
      watched.publish();
      await watched.poll();
    }
    await watched.poll(6);
    expect(firing()).toEqual([]);
  });

  it("is that of one poller: those of others in the same workspace are not looked at", async () => {
    watched.publish();
    await watched.poll(2);
    for (const row of [...watched.rows.AppTraces!, ...watched.rows.AppRequests!])
      row._ResourceId = "/somebody/elses";
    expect(firing()).toEqual(["stalled"]);
  });
});

describe("The alert", () => {
  it("stalled fires when the function does not run any more", async () => {
    fixture.clock.advance(31 * minutes);
    expect(firing()).toEqual(["stalled"]);
  });

  it("stalled and failing fire when runs cannot even list the subscriptions", async () => {
    const effect = { kind: "answer", status: 503 } as const;
    fixture.service.setFault({ operation: "list", times: "always", effect });
    await watched.poll(7);
    expect(firing()).toEqual(["stalled", "failing"]);
  });

  it("failing does not fire for a single failure", async () => {
    fixture.service.setFault({ operation: "list", times: 3, effect: { kind: "answer", status: 503 } });
    await watched.poll(3);
    expect(watched.rows.AppRequests!.map(({ Success }) => Success)).toContain(false);
    expect(firing()).toEqual([]);
  });

  it("old-code fires when what was published has not come to run", async () => {
    watched.code = "ba9876543210";
    await watched.poll(1);
    expect(firing()).toEqual([]);
    await watched.poll(4);
    expect(firing()).toEqual(["old-code"]);
  });

  it("subscription-disabled fires when somebody disabled it, and failing while it stays so", async () => {
    fixture.clock.advance(20 * minutes);
    fixture.service.disable("Audit.General");
    await watched.poll(1);
    expect(firing()).toEqual(["subscription-disabled"]);
    await watched.poll(2);
    expect(firing()).toEqual(["failing", "subscription-disabled"]);
  });

  it("subscription-disabled fires as well when the poller has enabled it again", async () => {
    fixture.clock.advance(20 * minutes);
    fixture.service.disable("Audit.General");
    await watched.poll(2, { selfHeal: true });
    expect(firing()).toEqual(["subscription-disabled"]);
  });

  it("behind fires when listing has failed for two hours", async () => {
    const effect = { kind: "error", code: "AF20055" } as const;
    fixture.service.setFault({ operation: "content", times: "always", effect });
    await watched.poll(2, {}, 30);
    expect(firing()).not.toContain("behind");
    await watched.poll(6, {}, 25);
    expect(firing()).toEqual(["behind"]);
  });

  it("lag fires when no content has become available for half a day", async () => {
    await watched.poll(3, {}, 200);
    expect(firing()).toEqual([]);
    await watched.poll(1, {}, 200);
    await watched.poll(1);
    expect(firing()).toEqual(["lag"]);
  });

  it("content-given-up fires when a content blob could not be read run after run", async () => {
    const contentId = watched.publish();
    watched.publish();
    fixture.service.setFault({
      operation: "blob",
      contentId,
      times: "always",
      effect: { kind: "malformedJson" },
    });
    await watched.poll(1, { attemptsPerBlob: 2 });
    expect(firing()).toEqual([]);
    await watched.poll(1, { attemptsPerBlob: 2 });
    expect(firing()).toEqual(["content-given-up"]);
  });

  it("content-given-up fires when content could not be listed within seven days", async () => {
    fixture.clock.advance(8 * 24 * 60 * minutes);
    await watched.poll();
    expect(firing()).toContain("content-given-up");
  });

  it("throttled fires when most runs of an hour are", async () => {
    const effect = { kind: "throttle", status: 429, retryAfterSeconds: 0 } as const;
    await watched.poll(2);
    for (let run = 0; run < 5; run += 1) {
      fixture.service.setFault({ operation: "content", effect });
      await watched.poll();
    }
    expect(firing()).toEqual(["throttled"]);
  });
});

describe("With a sink, the alert", () => {
  /** What the sink does with events. */
  let behave: Sink["send"];
  beforeEach(() => {
    behave = async () => [];
    watched.deliverTo("lab", { send: events => behave(events), close: async () => {} });
  });

  const isDown: Sink["send"] = async () => {
    throw new SinkUnavailableError("It does not answer.");
  };

  async function deliver(runs: number, minutesBetween = 5): Promise<void> {
    for (let run = 0; run < runs; run += 1) {
      watched.publish();
      await watched.poll(1, {}, minutesBetween);
    }
  }

  it("is none while it takes what it is given", async () => {
    await deliver(4);
    expect(firing()).toEqual([]);
  });

  it("sink-failing fires when every run of an hour found it down, and failing with it", async () => {
    behave = isDown;
    await deliver(2);
    expect(firing()).toEqual([]);
    await deliver(1);
    expect(firing()).toEqual(["failing", "sink-failing"]);
  });

  it("sink-failing does not fire while one run got through", async () => {
    await deliver(1);
    behave = isDown;
    await deliver(3);
    expect(firing()).toEqual(["failing"]);
  });

  it("sink-behind fires as well when events have waited for more than an hour", async () => {
    behave = isDown;
    await deliver(6, 25);
    expect(firing()).toContain("sink-behind");
  });

  it("events-refused fires when it will never take some", async () => {
    behave = async events => [{ event: events[0]!, reason: "too large" }];
    await deliver(1);
    expect(firing()).toEqual(["events-refused"]);
  });
});

describe("Every alert", () => {
  it("has a name of its own, a window and a frequency that Azure knows, and says what to do", () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    for (const { windowMinutes, frequencyMinutes, why } of all) {
      expect([5, 10, 15, 30, 45, 60, 120, 180, 240, 300, 360, 1440, 2880]).toContain(windowMinutes);
      expect([1, 5, 10, 15, 30, 45, 60]).toContain(frequencyMinutes);
      expect(frequencyMinutes).toBeLessThanOrEqual(windowMinutes);
      expect(why.length).toBeGreaterThan(80);
    }
  });

  it("is in docs/monitoring.md, with its severity", async () => {
    const section = await sectionOf("docs/monitoring.md", "Alerts");
    const told = [...section.matchAll(/^\| `([\w-]+)` \| (\d) \|/gm)].map(([, name, severity]) => [
      name,
      severity,
    ]);
    expect(told.sort()).toEqual(all.map(({ name, severity }) => [name, String(severity)]).sort());
  });

  it("is in docs/operations.md, with what it asks of people", async () => {
    const section = await sectionOf("docs/operations.md", "What each alert asks of you");
    const told = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name!);
    expect(told.sort()).toEqual(all.map(({ name }) => name).sort());
  });

  it("that docs/security.md names is there", async () => {
    const section = await sectionOf("docs/security.md", "If somebody tries");
    const rows = section.split("\n").filter(line => line.startsWith("| "));
    const named = rows.flatMap(row => [
      ...row
        .split("|")
        .at(-2)!
        .matchAll(/`([a-z]+(?:-[a-z]+)*)`/g),
    ]);
    expect(named.length).toBeGreaterThan(8);
    const names = [...all.map(({ name }) => name), "verify"];
    expect(named.map(([, name]) => name!).filter(name => !names.includes(name))).toEqual([]);
  });

  it("looks back over three runs at the longest interval, too", () => {
    const hourly = alerts({ ...settings, pollIntervalMinutes: 60, stalledAfterMinutes: 180 });
    const windows = Object.fromEntries(hourly.map(({ name, windowMinutes }) => [name, windowMinutes]));
    expect(windows).toMatchObject({ stalled: 180, failing: 180, "old-code": 180, "sink-failing": 180 });
  });
});

/** What is below a heading of a document. */
async function sectionOf(document: string, heading: string): Promise<string> {
  const text = await readFile(new URL(`../../${document}`, import.meta.url), "utf8");
  return text.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
}
