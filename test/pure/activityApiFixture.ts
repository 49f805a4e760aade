import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { ActivityApiClient, type ActivityApiClientOptions } from "../../activity-api/client.ts";
import type { Clock } from "../../activity-api/clock.ts";
import type { TokenSource } from "../../activity-api/tokens.ts";
import type { Operation } from "../../local/activity/operation.ts";
import type { SeenRequest } from "../../local/activity/requestLog.ts";
import { type ActivityApi, startActivityApi } from "../../local/activity/server.ts";
import type { ActivityService } from "../../local/activity/service.ts";
import { createCertificateAuthority, type LocalTls, trustInThisProcess } from "../../local/tls.ts";
import { secondsFromNow, unsignedToken } from "./fakeEntra.ts";

export const tenantId = "11111111-2222-4333-8444-555555555555";
export const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
export const minutes = 60_000;

/** A clock that stands still until somebody sleeps, and then jumps. */
export class VirtualClock implements Clock {
  #now = Date.now();
  readonly sleeps: number[] = [];
  /** Called after every sleep, for what happens meanwhile elsewhere. */
  afterSleep: () => void | Promise<void> = () => {};

  now = () => this.#now;

  async sleep(milliseconds: number): Promise<void> {
    this.sleeps.push(milliseconds);
    this.advance(milliseconds);
    await this.afterSleep();
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  get sleptMilliseconds(): number {
    return this.sleeps.reduce((sum, sleep) => sum + sleep, 0);
  }
}

/** Tokens that the fixture's service believes, with the roles that are granted at the moment they are asked for. */
export class GrantedTokens implements TokenSource {
  roles: string[] = ["ActivityFeed.Read"];
  requested = 0;
  /** Tokens up to this number are refused. */
  revoked = 0;
  #cached: string | undefined;

  /** Makes the service refuse every token that was issued so far. */
  revokeAll(): void {
    this.revoked = this.requested;
  }

  /** What the service reads in a token. */
  verify(token: string): object {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    if (claims.jti <= this.revoked) throw new Error("revoked");
    return claims;
  }

  async getToken({ forceRefresh = false } = {}): Promise<string> {
    if (this.#cached === undefined || forceRefresh) this.#cached = this.#newToken();
    return this.#cached;
  }

  #newToken(): string {
    this.requested += 1;
    return unsignedToken({
      aud: "https://manage.office.com",
      tid: tenantId,
      appid: clientId,
      roles: this.roles,
      exp: secondsFromNow(3600),
      jti: this.requested,
    });
  }
}

export interface ActivityApiFixture {
  tls: LocalTls;
  service: ActivityService;
  url: string;
  clock: VirtualClock;
  tokens: GrantedTokens;
  client(options?: ActivityApiClientOptions): ActivityApiClient;
  /** The requests of one operation that the service has seen. */
  requests(operation: Operation): SeenRequest[];
  close(): Promise<void>;
}

/** The Management Activity API of the local tenant on a virtual clock, with tokens that need no Entra. */
export async function startActivityApiFixture(): Promise<ActivityApiFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), "activity-api-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const clock = new VirtualClock();
  const tokens = new GrantedTokens();
  const api = await startActivityApi({
    tls,
    tenantId,
    audience: "https://manage.office.com",
    verifyToken: async token => tokens.verify(token),
    now: clock.now,
  });
  const clients: ActivityApiClient[] = [];
  return {
    tls,
    service: api.service,
    url: api.url,
    clock,
    tokens,
    client: options => {
      const client = new ActivityApiClient(
        { tenantId, cloud: "commercial", activityApiUrl: api.url },
        tokens,
        { clock, ...options },
      );
      clients.push(client);
      return client;
    },
    requests: operation => api.service.requests().filter(seen => seen.operation === operation),
    close: () => closeAll(clients, api, folder),
  };
}

async function closeAll(clients: ActivityApiClient[], api: ActivityApi, folder: string): Promise<void> {
  await Promise.all(clients.map(client => client.close()));
  await api.close();
  await rm(folder, { recursive: true });
}
