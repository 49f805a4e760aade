import type { Alert } from "../../components/monitoring/alerts.ts";
import { rowOf, type TelemetryTable } from "../../local/applicationInsights/telemetryRow.ts";
import { runKql } from "../../local/logAnalytics/kqlQuery.ts";
import type { Row, Value } from "../../local/logAnalytics/kqlValues.ts";
import { WORKSPACE_TABLES } from "../../local/logAnalytics/tables.ts";
import { createLog, type LogLevel, logSummary } from "../../poller/log.ts";
import type { PollerParts } from "../../poller/poller.ts";
import type { PollerSettings } from "../../poller/settings.ts";
import type { Sink } from "../../poller/sinks/sink.ts";
import type { SinkSettings } from "../../poller/sinks/sinkSettings.ts";
import { minutes } from "./activityApiFixture.ts";
import { events, type PollerFixture } from "./pollerFixture.ts";

export const COMPONENT_ID =
  "/subscriptions/0a0a0a0a-0000-4000-8000-000000000003/resourceGroups/siem/providers/Microsoft.Insights/components/defender";

const SEVERITY: Record<LogLevel, number> = { info: 1, warn: 2, error: 3 };

/** The tables of a workspace, as the runs of a real poller fill them. */
export class WatchedPoller {
  readonly fixture: PollerFixture;
  readonly rows: Record<string, Row[]> = { AppTraces: [], AppRequests: [] };
  /** What the code that runs calls itself. */
  code = "0123456789ab";
  #published = 0;
  #sinks: SinkSettings[] = [];
  #parts: Partial<PollerParts> = {};

  constructor(fixture: PollerFixture) {
    this.fixture = fixture;
  }

  get now(): Date {
    return new Date(this.fixture.clock.now());
  }

  /** Has the poller deliver to a sink from now on. */
  deliverTo(name: string, sink: Sink): void {
    const splunk = { kind: "splunkHec", name, url: "https://127.0.0.1:1", index: undefined, token: "none" };
    this.#sinks = [splunk as unknown as SinkSettings];
    this.#parts = { openSink: async () => sink };
  }

  /** Lets the time pass and polls, as often as told. */
  async poll(runs = 1, settings: Partial<PollerSettings> = {}, minutesBetween = 5): Promise<void> {
    for (let run = 0; run < runs; run += 1) {
      this.fixture.clock.advance(minutesBetween * minutes);
      await this.#invoke(settings);
    }
  }

  /** Publishes threats in one content blob. */
  publish(count = 3): string {
    this.#published += 1;
    const prefix = `threat-${this.#published}-`;
    return this.fixture.service.publish("Audit.General", events(prefix, count))[0]!.contentId;
  }

  /** The rows that a query gives now, looking no further back than a window. */
  query(query: string, windowMinutes: number, at = this.now): Row[] {
    const from = at.getTime() - windowMinutes * minutes;
    const isWithin = ({ TimeGenerated: time }: Row) => time instanceof Date && +time > from && time <= at;
    const rows = Object.fromEntries(
      Object.entries(this.rows).map(([table, all]) => [table, all.filter(isWithin)]),
    );
    return runKql(query, { schemas: WORKSPACE_TABLES, rows }, at);
  }

  /** What the rule would be firing about now, in the words of the columns that tell it. */
  firingFor(alert: Alert): string[] {
    const rows = this.query(alert.query, alert.windowMinutes).filter(row =>
      isOver(alert, row[alert.measure]!),
    );
    return rows.map(row => (alert.splitBy ?? []).map(column => row[column]).join(" "));
  }

  /** Whether the rule would be firing now: in this evaluation, and in those before it that it wants. */
  isFiring(alert: Alert): boolean {
    const evaluations = Array.from({ length: alert.evaluations }, (_, index) => index);
    return evaluations.every(index => {
      const at = new Date(this.now.getTime() - index * alert.frequencyMinutes * minutes);
      return this.query(alert.query, alert.windowMinutes, at).some(row => isOver(alert, row[alert.measure]!));
    });
  }

  /** As `poller/function.ts` does it: a run that fails fails the invocation. */
  async #invoke(settings: Partial<PollerSettings>): Promise<void> {
    const log = createLog((level, line) => this.#trace(level, line)).child({ code: this.code });
    let success = true;
    try {
      const summary = await this.fixture
        .poller({ ...settings, sinks: this.#sinks }, this.#parts)
        .run(new AbortController().signal);
      logSummary(log, summary);
      success = [...summary.contentTypes, ...summary.sinks].every(({ error }) => error === undefined);
    } catch {
      success = false;
    }
    const name = settings.tenant === undefined ? "poll" : `poll-${settings.tenant}`;
    this.#add("RequestData", { name, duration: "00:00:01", success, responseCode: "0" });
  }

  #trace(level: LogLevel, message: string): void {
    this.#add("MessageData", { message, severityLevel: SEVERITY[level] });
  }

  #add(baseType: string, baseData: Record<string, unknown>): void {
    const item = { name: "", time: this.now.toISOString(), iKey: "", data: { baseType, baseData } };
    const { table, row } = rowOf(item, COMPONENT_ID) as { table: TelemetryTable; row: Row };
    this.rows[table]!.push({ ...row, TimeGenerated: this.now });
  }
}

function isOver({ operator, threshold }: Alert, value: Value): boolean {
  if (typeof value !== "number") return false;
  return operator === "LessThan" ? value < threshold : value > threshold;
}
