import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { AuditSubscriptionInputs } from "../../components/subscription/auditSubscriptionInputs.ts";
import { AuditSubscriptionLifecycle } from "../../components/subscription/auditSubscriptionLifecycle.ts";
import type { Operation } from "../../local/activity/operation.ts";
import { type ActivityApi, startActivityApi } from "../../local/activity/server.ts";
import { Directory } from "../../local/entra/directory.ts";
import { type Entra, startEntra } from "../../local/entra/server.ts";
import { createCertificateAuthority, trustInThisProcess } from "../../local/tls.ts";
import { VirtualClock } from "./activityApiFixture.ts";

export const clientId = "9c1f3c6a-7a0e-4d0c-8d4e-3f1b2a6c7d88";
export const secret = "swordfish-swordfish";

export interface AuditSubscriptionFixture {
  directory: Directory;
  entra: Entra;
  api: ActivityApi;
  /** The clock of the service and of whoever waits for it. */
  clock: VirtualClock;
  /** What Pulumi would show. */
  lines: string[];
  /** A declaration of Audit.General. */
  inputs: AuditSubscriptionInputs;
  /** A new run of the engine, which is a new process. */
  newRun(env?: NodeJS.ProcessEnv): AuditSubscriptionLifecycle;
  /** The operations that the service was asked for, in order. */
  operations(): (Operation | null)[];
  status(contentType?: string): string | undefined;
  close(): Promise<void>;
}

/** Entra and the Management Activity API of one tenant, with an application that is consented to. */
export async function startAuditSubscriptionFixture(): Promise<AuditSubscriptionFixture> {
  const folder = await mkdtemp(path.join(tmpdir(), "audit-subscription-"));
  const tls = await createCertificateAuthority(folder);
  trustInThisProcess(tls.ca);
  const directory = new Directory();
  directory.registerConsentedClient(clientId, secret);
  const { tenantId } = directory;
  const entra = await startEntra({ directory, tls });
  const clock = new VirtualClock();
  const api = await startActivityApi({
    tls,
    tenantId,
    audience: "https://manage.office.com",
    verifyToken: token => entra.verify(token),
    now: clock.now,
  });
  const lines: string[] = [];
  const runs: AuditSubscriptionLifecycle[] = [];
  return {
    directory,
    entra,
    api,
    clock,
    lines,
    inputs: {
      tenantId,
      clientId,
      contentType: "Audit.General",
      activityApiUrl: api.url,
      authorityUrl: entra.url,
      status: "enabled",
    },
    newRun: (env = { SIEM_CLIENT_SECRET: secret }) => {
      const run = new AuditSubscriptionLifecycle({ env, clock, report: line => lines.push(line) });
      runs.push(run);
      return run;
    },
    operations: () => api.service.requests().map(({ operation }) => operation),
    status: (contentType = "Audit.General") =>
      api.service.subscriptions().find(found => found.contentType === contentType)?.status,
    close: async () => {
      await Promise.all(runs.map(run => run.close()));
      await api.close();
      await entra.close();
      await rm(folder, { recursive: true });
    },
  };
}
