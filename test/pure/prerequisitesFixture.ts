import { ActivityApiClient } from "../../activity-api/client.ts";
import {
  checkPrerequisites,
  type PrerequisiteCheck,
  type PrerequisiteSettings,
} from "../../activity-api/prerequisites.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import type { SeenRequest } from "../../local/activity/requestLog.ts";
import { sampleEvents } from "../../local/activity/sampleEvents.ts";
import { type ActivityApi, startActivityApi } from "../../local/activity/server.ts";
import type { ActivityService } from "../../local/activity/service.ts";
import {
  type EntraFixture,
  grantActivityFeedRead,
  registerReader,
  startFixture,
} from "./localEntraFixture.ts";

export interface PrerequisitesFixture {
  entra: EntraFixture;
  service: ActivityService;
  tenantId: string;
  clientId: string;
  /** Leads to this tenant, and names the application that may read it. */
  settings: PrerequisiteSettings;
  /** What GitHub Actions gives the job that is trusted by the application. */
  env: Record<string, string>;
  requests(): readonly SeenRequest[];
  /** The checks by name. */
  look(
    settings?: Partial<PrerequisiteSettings>,
    env?: NodeJS.ProcessEnv,
  ): Promise<Record<string, PrerequisiteCheck>>;
  start(contentType: string): Promise<void>;
  /** Publishes a content blob of the records that a tenant with Defender for Office 365 has, or of others only. */
  publish(options?: { defender?: boolean; created?: Date }): void;
  /** Takes the grant of ActivityFeed.Read back. */
  revoke(): void;
  close(): Promise<void>;
}

/** A tenant with an application that is trusted by its pipeline and may read the feed, which it has not subscribed to. */
export async function startPrerequisitesFixture(): Promise<PrerequisitesFixture> {
  const entra = await startFixture();
  const { directory, issuer, tls } = entra;
  const { application, servicePrincipal } = registerReader(directory);
  directory.addFederatedCredential(application.objectId, {
    name: "pipeline",
    issuer: issuer.issuer,
    subject: issuer.subject,
    audiences: ["api://AzureADTokenExchange"],
  });
  grantActivityFeedRead(directory, servicePrincipal.objectId);
  const api = await startActivityApi({
    tls,
    tenantId: directory.tenantId,
    audience: "https://manage.office.com",
    verifyToken: token => entra.entra.verify(token),
  });
  return describe(entra, api, application.clientId);
}

function describe(entra: EntraFixture, api: ActivityApi, clientId: string): PrerequisitesFixture {
  const { directory, issuer } = entra;
  const { tenantId } = directory;
  const settings = { tenantId, clientId, activityApiUrl: api.url, authorityUrl: entra.entra.url };
  const env = { ...issuer.environment };
  return {
    entra,
    service: api.service,
    tenantId,
    clientId,
    settings,
    env,
    requests: () => api.service.requests(),
    look: async (changes = {}, environment = env) => {
      const { checks } = await checkPrerequisites({ ...settings, ...changes }, environment);
      return Object.fromEntries(checks.map(check => [check.name, check]));
    },
    start: async contentType => {
      const known = { ...settings, cloud: "commercial" } as const;
      const client = new ActivityApiClient(known, tokenSource(known, env));
      await client.startSubscription(contentType);
      await client.close();
    },
    publish: ({ defender = true, created } = {}) => {
      const options = { count: 20, seed: "prerequisites", tenantId, at: created ?? new Date() };
      const { lines } = sampleEvents({ ...options, wantedShare: defender ? 0.5 : 0 });
      api.service.publish("Audit.General", lines, { created });
    },
    revoke: () => {
      for (const { id } of directory.appRoleAssignments.values()) directory.removeAppRoleAssignment(id);
    },
    close: async () => {
      await api.close();
      await entra.close();
    },
  };
}
