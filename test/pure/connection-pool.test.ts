import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ActivityApiClient } from "../../activity-api/client.ts";
import { ConnectionPool } from "../../activity-api/transport.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";

let folder: string;
let service: Server;
let handshakes: number;
let pool: ConnectionPool;

/** A service without any subscription, which counts who greets it. */
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "connection-pool-"));
  const { ca, key, cert } = await createCertificateAuthority(folder);
  trustInThisProcess(ca);
  handshakes = 0;
  service = createServer({ key, cert }, (_request, response) => response.end("[]"));
  service.on("secureConnection", () => {
    handshakes += 1;
  });
  await once(service.listen(0, "127.0.0.1"), "listening");
  pool = new ConnectionPool();
});

afterEach(async () => {
  await pool.close();
  service.closeAllConnections();
  await new Promise(resolve => service.close(resolve));
  await rm(folder, { recursive: true });
});

function clientOf(tenantId: string, pool?: ConnectionPool): ActivityApiClient {
  const activityApiUrl = `https://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const tokens = { getToken: async () => "token" };
  return new ActivityApiClient({ tenantId, cloud: "commercial", activityApiUrl }, tokens, {
    pool,
    retryBudgetSeconds: 0,
  });
}

describe("clients of several tenants", () => {
  it("that share a pool, one after the other, use the connections that are there", async () => {
    for (let tenant = 1; tenant <= 20; tenant += 1) await clientOf(`${tenant}`, pool).listSubscriptions();
    // A connection counts as taken until a moment after its answer, so that there may be a second one.
    expect(handshakes).toBeLessThanOrEqual(2);
  });

  it("leave a shared pool open when one of them is closed", async () => {
    const closed = clientOf("one", pool);
    await closed.listSubscriptions();
    await closed.close();
    await expect(clientOf("two", pool).listSubscriptions()).resolves.toEqual([]);
  });

  it("have connections of their own otherwise, which end with them", async () => {
    const clients = [clientOf("one"), clientOf("two")];
    for (const client of clients) await client.listSubscriptions();
    expect(handshakes).toBe(2);
    for (const client of clients) await client.close();
    await expect(clients[0]!.listSubscriptions()).rejects.toThrow();
  });
});
