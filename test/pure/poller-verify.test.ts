import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hourPathOf } from "../../poller/content/content.ts";
import { type CompletenessProof, proveCompleteness } from "../../poller/reports/completeness.ts";
import { describeProof } from "../../poller/reports/completenessText.ts";
import { minutes } from "./activityApiFixture.ts";
import { pollCommandLine } from "./pollCommandLine.ts";
import { event, events, type PollerFixture, startPollerFixture, tenantId } from "./pollerFixture.ts";
import { storeLike } from "./storeDouble.ts";

describe("The proof of completeness", () => {
  let fixture: PollerFixture;
  beforeEach(async () => {
    fixture = await startPollerFixture();
  });
  afterEach(() => fixture.close());

  const prefix = `${tenantId}/Audit.General/`;
  const publish = (lines: string[], minutesAgo = 0) =>
    fixture.service.publish("Audit.General", lines, {
      created: fixture.clock.now() - minutesAgo * minutes,
      eventsPerBlob: 1,
    });
  const prove = (againstService = false): Promise<CompletenessProof> =>
    proveCompleteness({
      contentType: "Audit.General",
      ledgerStore: fixture.store,
      ledgerPrefix: `ledger/${prefix}`,
      eventStore: fixture.store,
      eventPrefix: `events/${prefix}`,
      now: new Date(fixture.clock.now()),
      client: againstService ? fixture.client() : undefined,
    });
  const problems = async (againstService = false) =>
    (await prove(againstService)).gaps.map(({ problem }) => problem);
  const hour = (minutesAgo = 0) => hourPathOf(new Date(fixture.clock.now() - minutesAgo * minutes));
  const fault = (contentId: string) =>
    fixture.service.setFault({
      operation: "blob",
      contentId,
      times: "always",
      effect: { kind: "malformedJson" },
    });
  const storeOne = async () => {
    publish(events("a", 3));
    const { eventBlobs } = await fixture.run();
    return eventBlobs[0]!.name;
  };

  it("counts for each hour what became of every content blob and how many events are in the store", async () => {
    publish([...events("a", 3), event("x", 6)], 26 * 60);
    publish([...events("b", 2), event("b0")]);
    const [pending] = publish(events("p", 1));
    fault(pending!.contentId);
    const [dead] = publish(events("d", 1), 26 * 60);
    fault(dead!.contentId);
    await fixture.run();
    await fixture.run({ attemptsPerBlob: 2 });
    const [other] = publish(events("q", 1));
    fault(other!.contentId);
    await fixture.run();
    const { hours, gaps } = await prove(true);
    expect(gaps).toEqual([]);
    expect(hours).toEqual([
      {
        hour: hour(26 * 60),
        listed: 5,
        delivered: 3,
        filtered: 1,
        dead: 1,
        pending: 0,
        eventBlobs: 1,
        events: 3,
      },
      { hour: hour(), listed: 5, delivered: 2, filtered: 1, dead: 1, pending: 1, eventBlobs: 1, events: 2 },
    ]);
  });

  it("holds after a crash, while the plan of the dead poller is open", async () => {
    publish(events("a", 2));
    const dying = storeLike(fixture.store, {
      create: () => Promise.reject(new Error("The process is dead.")),
    });
    await fixture.poller({}, { eventStore: dying }).run(new AbortController().signal);
    expect(await prove()).toMatchObject({ hours: [{ listed: 2, pending: 2 }] });
    fixture.clock.advance(10 * minutes);
    await fixture.run();
    expect(await prove()).toMatchObject({ hours: [{ listed: 2, delivered: 2, events: 2 }], gaps: [] });
  });

  it("finds an event blob that is gone", async () => {
    const name = await storeOne();
    await rm(path.join(fixture.folder, name));
    expect(await prove()).toMatchObject({
      gaps: [{ hour: hour(), problem: `${name} is not in the store; it held 3 events` }],
    });
  });

  it("finds an event blob that lacks a line", async () => {
    const name = await storeOne();
    const file = path.join(fixture.folder, name);
    const lines = gunzipSync(await readFile(file))
      .toString()
      .split("\n");
    await writeFile(file, gzipSync(lines.slice(1).join("\n")));
    expect(await problems()).toEqual([`${name} holds 2 events, and the ledger says 3`]);
  });

  it("finds an event blob with as many lines and other bytes", async () => {
    const name = await storeOne();
    const file = path.join(fixture.folder, name);
    const text = gunzipSync(await readFile(file)).toString();
    await writeFile(file, gzipSync(text.replace('"a0"', '"A0"')));
    expect(await problems()).toEqual([
      expect.stringMatching(/ was changed: its SHA-256 is [0-9a-f]{64}, and the ledger says [0-9a-f]{64}$/),
    ]);
  });

  it("finds an event blob that is damaged", async () => {
    const name = await storeOne();
    await writeFile(path.join(fixture.folder, name), "not a gzip file");
    expect(await problems()).toEqual([`${name} is damaged (incorrect header check); it held 3 events`]);
  });

  it("finds an event blob that the ledger does not know, unless it is empty", async () => {
    const name = await storeOne();
    const stranger = name.replace(/[^/]*$/, "stranger.ndjson.gz");
    await fixture.store.create(stranger, gzipSync("{}\n"));
    expect(await problems()).toEqual([`${stranger} is in the store, and the ledger does not know it`]);
  });

  it("finds, against the service, content that the ledger does not know, up to where it is listed", async () => {
    const [late] = fixture.service.publish("Audit.General", [event("late")], {
      created: fixture.clock.now() - 200 * minutes,
      listedAt: fixture.clock.now() + minutes,
    });
    await fixture.run();
    fixture.clock.advance(2 * minutes);
    publish([event("new")]);
    expect(await problems()).toEqual([]);
    expect(await problems(true)).toEqual([
      `${late!.contentId} is listed by the service, and the ledger does not know it: "backfill" collects it`,
    ]);
  });

  it("is none before the content was listed to its end", async () => {
    expect(await problems()).toEqual(["the content was never listed to its end"]);
  });

  it("is a table for a person, with the gaps named below", async () => {
    const name = await storeOne();
    const words = (text: string) => text.split("\n").map(line => line.trim().replaceAll(/ {2,}/g, " | "));
    const hourInWords = `${hour().slice(0, 10).replaceAll("/", "-")} ${hour().slice(11)}:00`;
    expect(words(describeProof(await prove()))).toEqual([
      expect.stringMatching(/^Audit\.General, listed until 20.*Z$/),
      "hour (UTC) | listed | delivered | filtered | dead | pending | event blobs | events",
      `${hourInWords} | 3 | 3 | 0 | 0 | 0 | 1 | 3 | complete`,
      "all hours | 3 | 3 | 0 | 0 | 0 | 1 | 3",
      "No gap: listed = delivered + filtered + dead + pending.",
    ]);
    await rm(path.join(fixture.folder, name));
    expect(words(describeProof(await prove())).slice(-4)).toEqual([
      `${hourInWords} | 3 | 3 | 0 | 0 | 0 | 1 | 3 | gap`,
      "all hours | 3 | 3 | 0 | 0 | 0 | 1 | 3",
      `gap ${hourInWords}: ${name} is not in the store; it held 3 events`,
      "1 gap.",
    ]);
  });

  it("is printed by `verify`, which exits with 1 when there is a gap", async () => {
    const name = await storeOne();
    const whole = await pollCommandLine(fixture, "verify");
    expect(whole).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("No gap") });
    await rm(path.join(fixture.folder, name));
    const broken = await pollCommandLine(fixture, "verify", "--json");
    expect(broken.exitCode).toBe(1);
    expect(JSON.parse(broken.stdout)).toMatchObject({
      tenantId,
      isComplete: false,
      contentTypes: [{ contentType: "Audit.General", gaps: [{ problem: expect.stringContaining(name) }] }],
    });
  });
});
