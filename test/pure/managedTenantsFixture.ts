import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import type { ActivityService } from "../../local/activity/service.ts";
import { Directory } from "../../local/entra/directory.ts";
import { startEntra } from "../../local/entra/server.ts";
import { LocalFunctionApp } from "../../local/functions/functionHost.ts";
import { type ManyTenants, startManyTenants } from "../../local/manyTenants.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";
import { functionPackage } from "../../poller/functionPackage.ts";
import { unpacked } from "./unpacked.ts";

const SECRET = "swordfish-swordfish";
const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
const NEVER = "0 0 0 1 1 *";

export interface ManagedTenantsFixture {
  customers: ManyTenants;
  /** Puts the application out of a tenant. A poller that has a token already keeps it for up to an hour. */
  revokeConsent(tenantId: string): void;
  service: ActivityService;
  folder: string;
  /** The poller's function package on the Functions host. */
  app: LocalFunctionApp;
  /** Runs the command as a person does, on the same settings. */
  command(...words: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** Publishes events in a tenant, and waits for the next second of the service, by which leases of runs are told apart. */
  publish(tenantId: string, ids: string[]): Promise<void>;
  /** The ids of the events in the store of a tenant, sorted. */
  storedIds(tenantId: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Tenants of the given names with one application, all of which have consented, and a poller of them all. */
export async function startManagedTenantsFixture(names: string[]): Promise<ManagedTenantsFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), "managed-tenants-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const entra = await startEntra({ directory: new Directory(), tls });
  const customers = await startManyTenants({ tls, entra }, names.length, {
    application: { clientId, secret: SECRET },
    knobs: { duplicateShare: 0, backfillHours: 24, startThrottleMinutes: 0 },
  });
  const { service, url } = customers.activityApi;
  const environment = {
    NODE_EXTRA_CA_CERTS: tls.caFile,
    SIEM_CLIENT_ID: clientId,
    SIEM_CLIENT_SECRET: SECRET,
    SIEM_STORE: path.join(folder, "store"),
    SIEM_ACTIVITY_API_URL: url,
    SIEM_AUTHORITY_URL: entra.url,
    ...Object.fromEntries(
      names.flatMap((name, index) => [
        [
          `SIEM_MANAGED_TENANT_${name.toUpperCase()}`,
          JSON.stringify({ tenantId: customers.tenantIds[index] }),
        ],
        [`SIEM_POLL_SCHEDULE_${name.toUpperCase()}`, NEVER],
      ]),
    ),
  };
  for (const tenantId of customers.tenantIds) await subscribe(entra.url, url, tenantId);
  const app = await LocalFunctionApp.start({
    name: "siem-poller",
    runtimeVersion: "24",
    appSettings: environment,
    packageFolder: await unpacked(functionPackage().path, path.join(folder, "package")),
    platformEnvironment: {},
  });
  return {
    customers,
    revokeConsent: tenantId => customers.revokeConsent(tenantId, clientId),
    service,
    folder,
    app,
    command: (...words) => runCommand(environment, words),
    publish: async (tenantId, ids) => {
      const events = ids.map(id => JSON.stringify({ Id: id, RecordType: 28, OrganizationId: tenantId }));
      service.publish("Audit.General", events, { tenantId, created: Date.now() - 60_000 });
      await setTimeout(1000 - (Date.now() % 1000));
    },
    storedIds: async tenantId => {
      const root = path.join(environment.SIEM_STORE, "events", tenantId);
      const entries = await readdir(root, { recursive: true, withFileTypes: true });
      const files = entries
        .filter(entry => entry.isFile())
        .map(entry => path.join(entry.parentPath, entry.name));
      const texts = await Promise.all(files.map(async file => gunzipSync(await readFile(file)).toString()));
      return texts
        .flatMap(text => text.split("\n").slice(0, -1))
        .map(line => JSON.parse(line).Id)
        .sort();
    },
    close: async () => {
      await app.close();
      await customers.close();
      await entra.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As `pulumi up` does. */
async function subscribe(authorityUrl: string, activityApiUrl: string, tenantId: string): Promise<void> {
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: SECRET,
    scope: "https://manage.office.com/.default",
  };
  const request = { method: "POST", body: new URLSearchParams(form) };
  const answer = await fetch(`${authorityUrl}/${tenantId}/oauth2/v2.0/token`, request);
  const { access_token: token } = (await answer.json()) as { access_token: string };
  await fetch(
    `${activityApiUrl}/api/v1.0/${tenantId}/activity/feed/subscriptions/start?contentType=Audit.General`,
    { method: "POST", headers: { authorization: `Bearer ${token}`, "content-length": "0" } },
  );
}

function runCommand(environment: Record<string, string>, words: string[]) {
  const main = path.join(import.meta.dirname, "../../poller/main.ts");
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise<{ exitCode: number; stdout: string; stderr: string }>(resolve => {
    const child = execFile(process.execPath, [main, ...words], { env }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
