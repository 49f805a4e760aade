import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createCertificateAuthority } from "../local/tls.ts";
import type { LargeContentOrder } from "./largeContentTenant.ts";
import { flagsOfPollScript, run, start } from "./processes.ts";

const EVENT_BYTES = 2000;
const EVENTS_PER_BLOB = 150_000;
const CASES: readonly Pick<LargeContentOrder, "blobs" | "isRandom">[] = [
  { blobs: 1, isRandom: false },
  { blobs: 4, isRandom: false },
  { blobs: 4, isRandom: true },
];

const tenantId = "11111111-2222-4333-8444-555555555555";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";

/** Measures the memory of a run over content blobs of 300 MB of which everything is wanted. Prints a table. */
export async function benchLargeContent(): Promise<void> {
  const rows: object[] = [];
  for (const each of CASES) rows.push(await benchCase(each));
  console.table(rows);
}

async function benchCase({ blobs, isRandom }: (typeof CASES)[number]): Promise<object> {
  const folder = await mkdtemp(path.join(tmpdir(), "bench-large-content-"));
  const tls = await createCertificateAuthority(folder);
  const trusting = { ...process.env, NODE_EXTRA_CA_CERTS: tls.caFile };
  const tenant = start("largeContentTenant.ts", trusting);
  try {
    const of = { tls, tenantId, clientId, eventsPerBlob: EVENTS_PER_BLOB, eventBytes: EVENT_BYTES };
    tenant.child.send({ ...of, blobs, isRandom } satisfies LargeContentOrder);
    const { url } = await tenant.answer<{ url: string }>();
    const env = {
      ...trusting,
      SIEM_TENANT_ID: tenantId,
      SIEM_CLIENT_ID: clientId,
      SIEM_ACTIVITY_API_URL: url,
      SIEM_STORE: path.join(folder, "store"),
    };
    const { wallSeconds, peakRssMegabytes, events } = await run(
      "pollerUnderTest.ts",
      env,
      await flagsOfPollScript(),
    );
    return {
      "content blobs": blobs,
      "MB each": (EVENTS_PER_BLOB * EVENT_BYTES) / 1e6,
      compressible: !isRandom,
      "events stored": events,
      "wall s": wallSeconds.toFixed(1),
      "peak RSS MB": Math.round(peakRssMegabytes),
    };
  } finally {
    tenant.child.kill();
    await tenant.ended;
    await rm(folder, { recursive: true });
  }
}
