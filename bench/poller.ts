import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { createCertificateAuthority, type LocalTls } from "../local/tls.ts";
import { BUNDLE_OPTIONS } from "../poller/bundle.ts";
import type { TenantOrder } from "./pollerTenant.ts";
import { type Result, run, start } from "./processes.ts";

interface Case {
  blobs: number;
  wantedShare: number;
  latencyMilliseconds: number;
}

const EVENTS_PER_BLOB = 50;
const EVENT_BYTES = 2000;
const CASES: readonly Case[] = [
  { blobs: 2000, wantedShare: 0.01, latencyMilliseconds: 50 },
  { blobs: 2000, wantedShare: 1, latencyMilliseconds: 50 },
  { blobs: 2000, wantedShare: 0.01, latencyMilliseconds: 0 },
  { blobs: 2000, wantedShare: 1, latencyMilliseconds: 0 },
  { blobs: 20_000, wantedShare: 0.01, latencyMilliseconds: 0 },
];

const tenantId = "11111111-2222-4333-8444-555555555555";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";

/** What the function app sets: see `components/poller/flexFunctionApp.ts`. */
const AS_IN_AZURE = { MALLOC_ARENA_MAX: "1", NODE_OPTIONS: "--max-semi-space-size=2" };

/**
 * Measures a run of the poller over a backlog, beside two floors: the same requests with their bodies thrown away, and
 * gunzip and JSON.parse of everything. Tenant, poller and floors are processes of their own. Prints a table for each
 * case, and what ten times the content costs.
 */
export async function benchPoller(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "bench-poller-"));
  try {
    const tls = await createCertificateAuthority(folder);
    const results = new Map<Case, Result>();
    for (const each of CASES) results.set(each, await benchCase(each, tls, folder));
    reportGrowth(results);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function benchCase(each: Case, tls: LocalTls, folder: string): Promise<Result> {
  const order: TenantOrder = {
    ...each,
    tls,
    tenantId,
    clientId,
    eventsPerBlob: EVENTS_PER_BLOB,
    eventBytes: EVENT_BYTES,
  };
  const trusting = { ...process.env, NODE_EXTRA_CA_CERTS: tls.caFile };
  const tenant = start("pollerTenant.ts", trusting);
  try {
    tenant.child.send(order);
    const { url, bytes } = await tenant.answer<{ url: string; bytes: number }>();
    const env = {
      ...trusting,
      SIEM_TENANT_ID: tenantId,
      SIEM_CLIENT_ID: clientId,
      SIEM_ACTIVITY_API_URL: url,
      SIEM_STORE: await mkdtemp(path.join(folder, "store-")),
      // More than a machine can send: the quota would be all that is measured.
      SIEM_REQUESTS_PER_MINUTE: "1000000",
    };
    const requests = await run("pollerFloors.ts", { ...env, FLOOR: "requests" });
    const parsing = await run("pollerFloors.ts", { ...env, FLOOR: "parsing" });
    const poller = await run(packaged(folder), { ...env, ...AS_IN_AZURE });
    report(each, bytes, { poller, requests, parsing });
    return poller;
  } finally {
    tenant.child.kill();
    await tenant.ended;
  }
}

/** The poller in one file, as the function package has it. */
function packaged(folder: string): string {
  const outfile = path.join(folder, "poller.cjs");
  const entryPoints = [path.join(import.meta.dirname, "pollerUnderTest.ts")];
  buildSync({ ...BUNDLE_OPTIONS, entryPoints, outfile, logLevel: "warning" });
  return outfile;
}

function report(
  each: Case,
  bytes: number,
  results: { poller: Result; requests: Result; parsing: Result },
): void {
  const { poller, requests, parsing } = results;
  const gigabytes = bytes / 1e9;
  console.log(
    `\n${each.blobs} content blobs, ${Math.round(each.wantedShare * 100)} % wanted, ${each.latencyMilliseconds} ms a request, ${gigabytes.toFixed(2)} GB`,
  );
  console.table(
    Object.fromEntries(
      Object.entries({
        poller,
        "requests, bodies thrown away": requests,
        "gunzip and JSON.parse": parsing,
      }).map(([name, result]) => [name, row(result, gigabytes)]),
    ),
  );
  const processing = poller.cpuSeconds - requests.cpuSeconds;
  console.log(
    `wall ${ratio(poller.wallSeconds, requests.wallSeconds)} times the requests; ` +
      `CPU beyond the requests ${ratio(processing, parsing.cpuSeconds)} times gunzip and JSON.parse; ` +
      `${poller.events} events stored`,
  );
}

/** What the largest backlog costs, beside the same with fewer content blobs. */
function reportGrowth(results: Map<Case, Result>): void {
  const [large, largeResult] = [...results].at(-1)!;
  const [small, smallResult] = [...results].find(
    ([{ wantedShare, latencyMilliseconds }]) =>
      wantedShare === large.wantedShare && latencyMilliseconds === large.latencyMilliseconds,
  )!;
  console.log(
    `\n${ratio(large.blobs, small.blobs)} times the content blobs: ` +
      `${ratio(largeResult.wallSeconds, smallResult.wallSeconds)} times the wall time, ` +
      `${ratio(largeResult.cpuSeconds, smallResult.cpuSeconds)} times the CPU, ` +
      `${ratio(largeResult.peakRssMegabytes, smallResult.peakRssMegabytes)} times the peak RSS`,
  );
}

function row({ wallSeconds, cpuSeconds, requests = 0, peakRssMegabytes }: Result, gigabytes: number) {
  return {
    "wall s": wallSeconds.toFixed(2),
    "CPU s": cpuSeconds.toFixed(2),
    "CPU s/GB": (cpuSeconds / gigabytes).toFixed(1),
    requests,
    "peak RSS MB": Math.round(peakRssMegabytes),
  };
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2);
}
