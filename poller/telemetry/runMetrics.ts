import { total } from "../collection/counts.ts";
import { type ContentTypeSummary, type RunSummary, storedEvents } from "../reports/summary.ts";
import type { SinkSummary } from "../sinks/sinkSummary.ts";

/** One figure of a run. */
export interface Metric {
  /** `siem.<noun>`, the unit in its name where it has one. */
  name: string;
  value: number;
  /** What it is about: tenantId, contentType, recordType, sink, and the name of the tenant where there are several. */
  properties: Readonly<Record<string, string>>;
}

/**
 * A run as figures, each for one content type or one sink, so that a chart or an alert needs no log line to be taken apart. What a run
 * does not know, such as the lag before the first content, is no metric.
 */
export function metricsOf(summary: RunSummary): Metric[] {
  const { tenant, tenantId, durationSeconds, isComplete, contentTypes, sinks } = summary;
  const ofRun = [
    { name: "siem.runSeconds", value: durationSeconds, properties: {} },
    { name: "siem.runComplete", value: Number(isComplete), properties: {} },
  ];
  const metrics = [
    ...ofRun,
    ...contentTypes.flatMap(each => metricsOfContentType(each, endOf(summary))),
    ...sinks.flatMap(metricsOfSink),
  ];
  const whose: Record<string, string> = tenant === undefined ? { tenantId } : { tenant, tenantId };
  return metrics.map(metric => ({ ...metric, properties: { ...whose, ...metric.properties } }));
}

function endOf({ startedAt, durationSeconds }: RunSummary): number {
  return Date.parse(startedAt) + durationSeconds * 1000;
}

function metricsOfContentType(summary: ContentTypeSummary, now: number): Metric[] {
  const { contentType, kept, dropped, oldestGap } = summary;
  const properties = { contentType };
  const figures: Record<string, number | undefined> = {
    listed: summary.listed,
    fetched: summary.fetched,
    delivered: summary.delivered,
    filtered: summary.filtered,
    events: storedEvents(summary.eventBlobs),
    duplicates: summary.duplicates,
    droppedEvents: total(dropped),
    requests: summary.requests,
    retried: summary.retried,
    throttled: summary.throttled,
    pending: summary.pending.length,
    dead: summary.dead.length,
    failed: Number(summary.error !== undefined),
    subscriptionEnabled: Number(summary.subscription.toLowerCase() === "enabled"),
    behindSeconds: summary.behindSeconds,
    lagSeconds: summary.lagSeconds,
    oldestGapSeconds:
      oldestGap === undefined ? 0 : Math.max(0, Math.round((now - Date.parse(oldestGap)) / 1000)),
  };
  return [
    ...Object.entries(figures).flatMap(([noun, value]) =>
      value === undefined ? [] : [{ name: `siem.${noun}`, value, properties }],
    ),
    // Of the kept ones by type: the dropped ones are of hundreds of types, each a series to pay for.
    ...Object.entries(kept).map(([recordType, value]) => ({
      name: "siem.keptEvents",
      value,
      properties: { ...properties, recordType },
    })),
  ];
}

function metricsOfSink(summary: SinkSummary): Metric[] {
  const figures = {
    sinkDelivered: summary.delivered,
    sinkRefused: summary.refused,
    sinkLost: summary.lost.reduce((sum, { events }) => sum + events, 0),
    sinkPending: summary.pending,
    sinkFailed: Number(summary.error !== undefined),
    sinkLagSeconds: summary.lagSeconds,
  };
  const properties = { sink: summary.sink };
  return Object.entries(figures).map(([noun, value]) => ({ name: `siem.${noun}`, value, properties }));
}
