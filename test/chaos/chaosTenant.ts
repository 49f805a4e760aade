import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startActivityApi } from "../../local/activity/server.ts";
import type { ActivityService } from "../../local/activity/service.ts";
import { Directory } from "../../local/entra/directory.ts";
import { startManagedIdentityEndpoint } from "../../local/entra/managedIdentity.ts";
import { type Entra, startEntra } from "../../local/entra/server.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";
import { type ChaosSinks, startSinks } from "./chaosSinks.ts";
import { type StoreHooks, startContainer, startFolder, type WatchedStore } from "./watchedStore.ts";
import { startWeakWire } from "./weakWire.ts";

export type StoreKind = "container" | "folder";

/** Microsoft's side, with a way to each part of it that may break, and what a poller is told to find it. */
export interface ChaosTenant {
  service: ActivityService;
  store: WatchedStore;
  sinks: ChaosSinks;
  /** What `poller/main.ts` runs with. */
  environment: Record<string, string>;
  clock: TenantClock;
  /** From now on the service refuses every token that it has seen, as if they had expired on the way. */
  expireTokens(): void;
  close(): Promise<void>;
}

/** The time at Microsoft and on the poller's machine, which goes faster than here. */
class TenantClock {
  aheadMilliseconds = 0;

  readonly now = () => Date.now() + this.aheadMilliseconds;

  advance(milliseconds: number): void {
    this.aheadMilliseconds += milliseconds;
  }
}

export interface ChaosHooks extends StoreHooks {
  /** Called for every request to a sink. */
  onArrival: () => void;
}

const AUDIENCE = "https://manage.office.com";

/** @param hooks `onRequest` is called for the requests to the Management Activity API too. */
export async function startChaosTenant(kind: StoreKind, hooks: ChaosHooks): Promise<ChaosTenant> {
  const folder = await mkdtemp(path.join(tmpdir(), "chaos-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const clock = new TenantClock();
  const directory = new Directory({ now: clock.now });
  const entra = await startEntra({ directory, tls, now: clock.now });
  const poller = registerPoller(directory, entra);
  const identityEndpoint = await startManagedIdentityEndpoint({
    directory,
    entra,
    clientIds: [poller.identity.clientId],
  });
  const tokens = new ExpiringTokens(entra);
  const api = await startActivityApi({
    tls,
    tenantId: directory.tenantId,
    audience: AUDIENCE,
    now: clock.now,
    knobs: { backfillHours: 24 * 8, pageSize: 4, startThrottleMinutes: 0 },
    verifyToken: token => {
      hooks.onRequest();
      return tokens.verify(token);
    },
  });
  const apiWire = await startWeakWire(api.url, hooks.breaksWire);
  const { principalObjectId } = poller.identity;
  const store =
    kind === "folder"
      ? await startFolder(path.join(folder, "store"), hooks.onWrite)
      : await startContainer({ tls, folder, entra, principalObjectId }, hooks);
  const sinks = await startSinks(tls, hooks.onArrival);
  await startSubscription(api.url, await poller.token());
  return {
    service: api.service,
    store,
    sinks,
    clock,
    expireTokens: () => tokens.expireAll(),
    environment: {
      ...identityEndpoint.environment,
      NODE_EXTRA_CA_CERTS: tls.caFile,
      // Most of a short process is loading code: so it comes sooner to where a death is interesting.
      NODE_COMPILE_CACHE: path.join(folder, "compiled"),
      SIEM_TENANT_ID: directory.tenantId,
      SIEM_CLIENT_ID: poller.clientId,
      SIEM_MANAGED_IDENTITY_CLIENT_ID: poller.identity.clientId,
      SIEM_AUTHORITY_URL: entra.url,
      SIEM_ACTIVITY_API_URL: apiWire.url,
      SIEM_STORE: store.location,
      ...sinks.environment,
      SIEM_SWEEP_INTERVAL_HOURS: "1",
      // Faults stand for the quota here; keeping below it would only make everything slow.
      SIEM_REQUESTS_PER_MINUTE: "1000000",
    },
    close: async () => {
      await apiWire.close();
      for (const part of [store, sinks, api, identityEndpoint, entra]) await part.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The application that owns the subscription, and the managed identity that it trusts, as the stack declares them. */
function registerPoller(directory: Directory, entra: Entra) {
  const identity = directory.createManagedIdentity("poller");
  const secret = "only-for-starting-the-subscription";
  const clientId = crypto.randomUUID();
  const application = directory.registerConsentedClient(clientId, secret);
  directory.addFederatedCredential(application.objectId, {
    name: "poller",
    issuer: `${entra.url}/${directory.tenantId}/v2.0`,
    subject: identity.principalObjectId,
    audiences: ["api://AzureADTokenExchange"],
  });
  const token = async () => {
    const response = await fetch(`${entra.url}/${directory.tenantId}/oauth2/v2.0/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: secret,
        scope: `${AUDIENCE}/.default`,
      }),
    });
    return String(((await response.json()) as { access_token: unknown }).access_token);
  };
  return { clientId, identity, token };
}

async function startSubscription(url: string, token: string): Promise<void> {
  const tenantId = JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString()).tid;
  const response = await fetch(
    `${url}/api/v1.0/${tenantId}/activity/feed/subscriptions/start?contentType=Audit.General`,
    { method: "POST", headers: { authorization: `Bearer ${token}` } },
  );
  if (!response.ok) throw new Error(`The subscription did not start: ${await response.text()}`);
}

class ExpiringTokens {
  readonly #entra: Entra;
  readonly #seen = new Set<string>();
  #expired = new Set<string>();

  constructor(entra: Entra) {
    this.#entra = entra;
  }

  async verify(token: string): Promise<object> {
    this.#seen.add(token);
    if (this.#expired.has(token)) throw new Error("expired");
    return this.#entra.verify(token);
  }

  expireAll(): void {
    this.#expired = new Set(this.#seen);
  }
}
