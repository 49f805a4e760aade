import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Agent, request } from "undici";
import { windowsSince } from "../poller/collection/windows.ts";
import { measured } from "./measured.ts";

const {
  SIEM_ACTIVITY_API_URL: url,
  SIEM_TENANT_ID: tenantId,
  FLOOR: floor,
  SIEM_CONCURRENCY = "10",
} = process.env;
const root = `${url}/api/v1.0/${tenantId}/activity/feed`;
const dispatcher = new Agent({ connections: Number(SIEM_CONCURRENCY) + 1 });
const headers = { authorization: "Bearer token" };
let requests = 0;

const { result: _, ...measurement } =
  floor === "requests" ? await measured(throwBodiesAway) : await parseEverything();
process.send!({ ...measurement, requests: floor === "requests" ? requests : undefined });
process.disconnect();

/** The requests that the poller makes, as many at a time, and nothing done with the bodies. */
async function throwBodiesAway(): Promise<number> {
  return fetchAll(async uri => {
    const { body } = await get(uri);
    await body.dump({ limit: Number.MAX_SAFE_INTEGER });
  });
}

/** What it costs to uncompress and parse all bodies, by the way of least effort: the network is not part of it. */
async function parseEverything() {
  const bodies: Buffer[] = [];
  await fetchAll(async uri => {
    bodies.push(await promisify(gzip)(Buffer.from(await (await get(uri)).body.arrayBuffer())));
  });
  return measured(async () => {
    let events = 0;
    for (const body of bodies) events += JSON.parse((await promisify(gunzip)(body)).toString()).length;
    return events;
  });
}

async function fetchAll(fetchBody: (uri: string) => Promise<void>): Promise<number> {
  const most = Number(SIEM_CONCURRENCY);
  const running = new Set<Promise<void>>();
  let fetched = 0;
  await (await get(`${root}/subscriptions/list`)).body.dump();
  for await (const uri of listed()) {
    while (running.size >= most) await Promise.race(running);
    const fetching = fetchBody(uri).finally(() => running.delete(fetching));
    running.add(fetching);
    fetched += 1;
  }
  await Promise.all(running);
  return fetched;
}

async function* listed(): AsyncGenerator<string> {
  for (const { start, end } of windowsSince(undefined, new Date())) {
    const [from, to] = [start, end].map(date => date.toISOString().slice(0, 19));
    let page: string | undefined =
      `${root}/subscriptions/content?contentType=Audit.General&startTime=${from}&endTime=${to}`;
    while (page !== undefined) {
      const answer = await get(page);
      for (const { contentUri } of (await answer.body.json()) as { contentUri: string }[]) yield contentUri;
      page = answer.headers.nextpageuri as string | undefined;
    }
  }
}

function get(uri: string) {
  requests += 1;
  return request(uri, { dispatcher, headers });
}
