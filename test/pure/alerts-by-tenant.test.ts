/** The alerts of a poller of several tenants, on the rows that it leaves: each names the tenant that is in trouble. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { alerts } from "../../components/monitoring/alerts.ts";
import { feedPanels } from "../../components/monitoring/feedWorkbook.ts";
import { SinkUnavailableError } from "../../poller/sinks/sink.ts";
import { minutes } from "./activityApiFixture.ts";
import { type PollerFixture, startPollerFixture } from "./pollerFixture.ts";
import { COMPONENT_ID, WatchedPoller } from "./watchedPoller.ts";

const TENANTS = ["contoso", "fabrikam"];
const all = alerts({
  componentId: COMPONENT_ID,
  codeId: "0123456789ab",
  pollIntervalMinutes: 5,
  stalledAfterMinutes: 30,
  lagMinutes: 720,
  hasSinks: true,
  tenantNames: TENANTS,
});

let fixture: PollerFixture;
let watched: WatchedPoller;
beforeEach(async () => {
  fixture = await startPollerFixture();
  watched = new WatchedPoller(fixture);
  watched.publish();
  await pollAll();
});
afterEach(() => fixture.close());

async function pollAll(rounds = 1, tenants = TENANTS): Promise<void> {
  for (let round = 0; round < rounds; round += 1)
    for (const tenant of tenants) await watched.poll(1, { tenant }, 5 / tenants.length);
}

function firing(): Record<string, string[]> {
  const found = all.map(alert => [alert.name, watched.firingFor(alert)] as const);
  return Object.fromEntries(found.filter(([, about]) => about.length > 0));
}

describe("The alerts of several tenants", () => {
  it("are silent in a healthy hour", async () => {
    await pollAll(6);
    expect(firing()).toEqual({});
  });

  it("say whose runs have stopped, of tenants that never ran too", async () => {
    await pollAll(8, ["contoso"]);
    expect(firing()).toEqual({ stalled: ["fabrikam"] });
    fixture.clock.advance(60 * minutes);
    expect(firing()).toEqual({ stalled: ["contoso", "fabrikam"] });
  });

  it("say whose runs fail", async () => {
    for (let round = 0; round < 3; round += 1) {
      await watched.poll(1, { tenant: "contoso" }, 2);
      fixture.service.setFault({ operation: "list", times: 10, effect: { kind: "answer", status: 403 } });
      await watched.poll(1, { tenant: "fabrikam" }, 3);
      fixture.service.clearFaults();
    }
    expect(firing()).toEqual({ failing: ["fabrikam"] });
  });

  it("say whose subscription is disabled", async () => {
    fixture.service.disable("Audit.General");
    await watched.poll(1, { tenant: "fabrikam" });
    expect(firing()).toEqual({ "subscription-disabled": ["fabrikam Audit.General"] });
  });

  it("say for whom a sink takes nothing", async () => {
    watched.deliverTo("hub", {
      deliver: () => Promise.reject(new SinkUnavailableError("It is down.")),
      close: async () => {},
    } as never);
    watched.publish();
    await pollAll(4, ["fabrikam"]);
    expect(firing()).toMatchObject({ "sink-failing": ["fabrikam hub"] });
  });
});

describe("The workbook of several tenants", () => {
  it("shows each on a line of its own, and whose a trouble is", async () => {
    fixture.service.disable("Audit.General");
    await watched.poll(1, { tenant: "fabrikam" });
    const panels = feedPanels({ workspaceId: "/workspace", componentId: COMPONENT_ID, isByTenant: true });
    const rowsOf = (name: string) => watched.query(panels.find(each => each.name === name)!.query, 24 * 60);
    expect(rowsOf("subscriptions")).toMatchObject([
      { Tenant: "contoso", "Content type": "Audit.General", Subscription: "enabled" },
      { Tenant: "fabrikam", "Content type": "Audit.General", Subscription: "disabled" },
    ]);
    expect(rowsOf("troubles").map(({ Where }) => Where)).toContain("fabrikam Audit.General");
    for (const { query } of panels) expect(() => watched.query(query, 60)).not.toThrow();
  });
});
