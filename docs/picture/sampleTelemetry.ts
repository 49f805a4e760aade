import { rowOf } from "../../local/applicationInsights/telemetryRow.ts";
import type { Row } from "../../local/logAnalytics/kqlValues.ts";
import { createLog, type LogLevel, logSummary } from "../../poller/log.ts";
import { type ContentTypeSummary, emptySummary } from "../../poller/reports/summary.ts";
import { emptySinkSummary, type SinkSummary } from "../../poller/sinks/sinkSummary.ts";

/** When the picture was taken, and for how long before there is telemetry. */
export const NOW = new Date("2026-11-21T08:00:00Z");
const HOURS = 24;
const INTERVAL_MINUTES = 5;
const MINUTE = 60_000;

const SEVERITY: Record<LogLevel, number> = { info: 1, warn: 2, error: 3 };

/**
 * A made-up day of a poller: quiet at night, a wave of phish in the morning, a content blob that could not be read, and an
 * hour in which the SIEM was down. The lines are written by the poller's own log, so they are of today's form.
 */
export function sampleTraces(componentId: string): Row[] {
  const rows: Row[] = [];
  for (let minute = HOURS * 60; minute > 0; minute -= INTERVAL_MINUTES) {
    const at = new Date(NOW.getTime() - minute * MINUTE);
    const log = createLog((level, message) => rows.push(traceRow(at, SEVERITY[level], message, componentId)));
    logSummary(log, {
      tenantId: "11111111-2222-4333-8444-555555555555",
      startedAt: at.toISOString(),
      durationSeconds: 4.2,
      ...sampleRun(at),
    });
  }
  return rows;
}

function traceRow(at: Date, severityLevel: number, message: string, componentId: string): Row {
  const data = { baseType: "MessageData", baseData: { message, severityLevel } };
  const { row } = rowOf({ name: "", time: at.toISOString(), iKey: "", data }, componentId)!;
  return { ...(row as Row), TimeGenerated: at };
}

function sampleRun(at: Date) {
  const contentType = sampleContent(at);
  const sink = sampleSink(at, contentType);
  return {
    isComplete: contentType.isComplete && sink.isComplete,
    contentTypes: [contentType],
    sinks: [sink],
  };
}

function sampleContent(at: Date): ContentTypeSummary {
  const hour = at.getUTCHours() + at.getUTCMinutes() / 60;
  const busy = hour > 6 && hour < 17 ? 1 + 0.5 * Math.sin((hour - 6) / 3.5) : 0.2;
  const wave = hour > 6.5 && hour < 7.75 ? 9 : 0;
  const listed = Math.round(8 * busy + wave / 2);
  const wanted = Math.round(3 * busy + wave / 3);
  const isDead = at.getUTCHours() === 22 && at.getUTCMinutes() === 35;
  const dead = {
    contentId: "20261120212000000011111$20261120213000000022222$audit_general$Audit_General$na0000",
    attempts: 12,
    since: new Date(at.getTime() - 60 * MINUTE).toISOString(),
    reason: "The service answered with HTTP 500 (AF50000).",
  };
  return {
    ...emptySummary("Audit.General"),
    isComplete: !isDead,
    listed,
    fetched: listed,
    delivered: wanted - (isDead ? 1 : 0),
    filtered: listed - wanted,
    kept: {
      ThreatIntelligence: Math.round(8 * busy + wave * 3),
      ThreatIntelligenceUrl: Math.round(3 * busy + wave),
      ...(at.getUTCMinutes() % 20 === 0 ? { ThreatIntelligenceAtpContent: 1 } : {}),
      ...(at.getUTCMinutes() === 30 ? { AirInvestigation: 1 + Math.round(wave / 3) } : {}),
    },
    dead: isDead ? [dead] : [],
    lagSeconds: Math.round(60 * (12 + (busy < 1 ? 45 : 15) * (0.5 + 0.5 * Math.sin(hour * 2.1)))),
    behindSeconds: 4,
  };
}

/** The events of that day, as a Logs Ingestion sink writes them: how many of each kind. */
export function sampleEvents(): Row[] {
  return [
    ...eventsOf(1310, 28, { Verdict: "Phish" }),
    ...eventsOf(402, 28, { Verdict: "Malware" }),
    ...eventsOf(611, 41, { UrlClickAction: 2 }),
    ...eventsOf(23, 41, { UrlClickAction: 4 }),
    ...eventsOf(72, 47, { FileData: { FileVerdict: 1 } }),
    ...eventsOf(25, 64, { Status: "Remediated" }),
  ];
}

function eventsOf(count: number, recordType: number, raw: object): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    TimeGenerated: new Date(NOW.getTime() - (index + recordType) * MINUTE),
    RecordType: recordType,
    Operation: "",
    Raw: raw as Row,
  }));
}

/** A SIEM that was down in the hour before two in the night. */
function sampleSink(at: Date, { kept }: ContentTypeSummary): SinkSummary {
  const events = Object.values(kept).reduce((sum, count) => sum + count, 0);
  const isDown = at.getUTCHours() === 1;
  if (!isDown) return { ...emptySinkSummary("splunk"), delivered: events };
  return {
    ...emptySinkSummary("splunk"),
    isComplete: false,
    error: "splunk.contoso.com:8088 does not answer.",
    pending: 1 + at.getUTCMinutes() / INTERVAL_MINUTES,
    lagSeconds: at.getUTCMinutes() * 60,
  };
}
