import { sampleEvents } from "../local/activity/sampleEvents.ts";
import { startActivityApi } from "../local/activity/server.ts";
import type { LocalTls } from "../local/tls.ts";

/** What the tenant of the benchmark holds. It runs in a process of its own, so that its CPU counts for nobody else. */
export interface TenantOrder {
  tls: LocalTls;
  tenantId: string;
  clientId: string;
  blobs: number;
  eventsPerBlob: number;
  eventBytes: number;
  wantedShare: number;
  latencyMilliseconds: number;
}

const HOUR_MILLISECONDS = 3_600_000;
/** Events are made up in this number and then repeated with other ids: making up is slower than any poller. */
const DISTINCT_EVENTS = 2000;

process.once("message", async (order: TenantOrder) => {
  const { tls, tenantId, clientId, latencyMilliseconds } = order;
  const audience = "https://manage.office.com";
  const claims = { tid: tenantId, appid: clientId, aud: audience, roles: ["ActivityFeed.Read"] };
  const knobs = { latencyMilliseconds, quotaPerMinute: null, backfillHours: 48, startThrottleMinutes: 0 };
  const api = await startActivityApi({ tls, tenantId, audience, knobs, verifyToken: async () => claims });
  const start = `${api.url}/api/v1.0/${tenantId}/activity/feed/subscriptions/start?contentType=Audit.General`;
  await fetch(start, { method: "POST", headers: { authorization: "Bearer token", "content-length": "0" } });
  const bytes = publish(api.service, order);
  process.send!({ url: api.url, bytes });
});

/** Spread over the last hour, as a busy tenant has them. */
function publish(
  service: Awaited<ReturnType<typeof startActivityApi>>["service"],
  order: TenantOrder,
): number {
  const { tenantId, blobs, eventsPerBlob, eventBytes, wantedShare } = order;
  const now = Date.now();
  const options = {
    count: DISTINCT_EVENTS,
    seed: "bench",
    tenantId,
    at: now,
    wantedShare,
    minimumBytes: eventBytes,
  };
  const { lines } = sampleEvents(options);
  let bytes = 0;
  for (let blob = 0; blob < blobs; blob += 1) {
    const events = Array.from({ length: eventsPerBlob }, (_, index) =>
      withId(lines[(blob * eventsPerBlob + index) % lines.length]!, blob * eventsPerBlob + index),
    );
    const created = now - HOUR_MILLISECONDS + Math.floor((blob * HOUR_MILLISECONDS) / blobs);
    const [published] = service.publish("Audit.General", events, {
      created,
      listedAt: created,
      eventsPerBlob,
      duplicateShare: 0,
    });
    bytes += (published!.body as Buffer).length;
  }
  return bytes;
}

function withId(line: string, number: number): string {
  const id = `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
  return line.replace(/"Id":"[^"]*"/, `"Id":"${id}"`);
}
