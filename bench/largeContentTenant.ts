import { randomBytes } from "node:crypto";
import { startActivityApi } from "../local/activity/server.ts";
import type { LocalTls } from "../local/tls.ts";

/** A tenant with content blobs that are longer than any memory, made up while they are served. */
export interface LargeContentOrder {
  tls: LocalTls;
  tenantId: string;
  clientId: string;
  blobs: number;
  eventsPerBlob: number;
  eventBytes: number;
  /** Whether the events are of random letters, which hardly compress. */
  isRandom: boolean;
}

/** What events repeat: longer than what gzip looks back upon, so that it does not help. */
const NOISE_BYTES = 4 * 1024 * 1024;

process.once("message", async (order: LargeContentOrder) => {
  const { tls, tenantId, clientId } = order;
  const audience = "https://manage.office.com";
  const claims = { tid: tenantId, appid: clientId, aud: audience, roles: ["ActivityFeed.Read"] };
  const knobs = { quotaPerMinute: null, backfillHours: 48, startThrottleMinutes: 0 };
  const api = await startActivityApi({ tls, tenantId, audience, knobs, verifyToken: async () => claims });
  const start = `${api.url}/api/v1.0/${tenantId}/activity/feed/subscriptions/start?contentType=Audit.General`;
  await fetch(start, { method: "POST", headers: { authorization: "Bearer token", "content-length": "0" } });
  const noise = order.isRandom ? randomBytes(NOISE_BYTES).toString("base64") : "a".repeat(NOISE_BYTES);
  for (let blob = 0; blob < order.blobs; blob += 1)
    api.service.publishStream("Audit.General", () => eventsOf(blob, noise, order));
  process.send!({ url: api.url });
});

function* eventsOf(
  blob: number,
  noise: string,
  { eventsPerBlob, eventBytes }: LargeContentOrder,
): Generator<string> {
  for (let index = 0; index < eventsPerBlob; index += 1) {
    const Id = `${blob.toString(16).padStart(8, "0")}-0000-4000-8000-${index.toString(16).padStart(12, "0")}`;
    const event = { CreationTime: "2026-11-21T07:00:00", Id, RecordType: 28, Workload: "ThreatIntelligence" };
    const bare = JSON.stringify({ ...event, Noise: "" });
    const at = (index * 997) % (noise.length - eventBytes);
    yield `${bare.slice(0, -2)}${noise.slice(at, at + eventBytes - bare.length)}"}`;
  }
}
