import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { sampleEvents } from "../activity/sampleEvents.ts";
import type { LocalTenant } from "../tenant.ts";
import { mustBeTrue } from "./storyFailure.ts";

/** The record types of Defender for Office 365. */
export const THREATS: Readonly<Record<number, string>> = {
  28: "ThreatIntelligence",
  41: "ThreatIntelligenceUrl",
  47: "ThreatIntelligenceAtpContent",
  64: "AirInvestigation",
};

export interface Published {
  events: number;
  /** The events of Defender for Office 365, as JSON texts. */
  threats: string[];
  contentBlobs: number;
}

/**
 * Publishes an hour of a quiet tenant: threats among much that is not. The service repeats some events, as the real one
 * does. Waits until the second of the publication is over: windows are cut to whole seconds and their end is exclusive, so
 * that content of this very second is listed by the next poll.
 */
export async function publishEvents(
  tenant: LocalTenant,
  { events, seed }: { events: number; seed: string },
): Promise<Published> {
  const created = Date.now();
  const { lines } = sampleEvents({ count: events, seed, tenantId: tenant.tenantId, at: created });
  const blobs = tenant.activity.publish("Audit.General", lines, { created });
  await setTimeout(1000 - (created % 1000));
  return { events, threats: lines.filter(line => recordTypeOf(line) in THREATS), contentBlobs: blobs.length };
}

/** The events in the event store, one JSON text each, and where they are. */
export async function landedEvents(
  { storage }: LocalTenant,
  eventsUrl: string,
): Promise<{ lines: string[]; blobNames: string[] }> {
  const place = storage.locate(eventsUrl);
  mustBeTrue(place !== undefined, `the outputs name the event store (${eventsUrl})`);
  const blobNames = await storage.listBlobs(place.account, place.container);
  const lines: string[] = [];
  for (const name of blobNames) {
    const ndjson = gunzipSync(await storage.readBlob(place.account, place.container, name)).toString("utf8");
    lines.push(...ndjson.split("\n").filter(line => line !== ""));
  }
  return { lines, blobNames };
}

/** `ThreatIntelligence 3, AirInvestigation 1` */
export function countByName(lines: string[]): string {
  const counts = new Map<string, number>();
  for (const line of lines) {
    const name = THREATS[recordTypeOf(line)] ?? "others";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, number]) => `${name} ${number}`).join(", ");
}

function recordTypeOf(line: string): number {
  return (JSON.parse(line) as { RecordType: number }).RecordType;
}
