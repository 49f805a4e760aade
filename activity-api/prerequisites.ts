import { ActivityApiClient } from "./client.ts";
import { CLOUDS, Cloud } from "./clouds.ts";
import { ContentType, parseContentType } from "./contentTypes.ts";
import type { CredentialKind } from "./credentialKind.ts";
import { parseEndpoint } from "./endpoints.ts";
import { parseClientId, parsePublisherIdentifier, parseTenantId } from "./identifiers.ts";
import { checkAuditLogging } from "./prerequisites/auditLogging.ts";
import { CheckState, type PrerequisiteCheck } from "./prerequisites/check.ts";
import { hintAtLicence } from "./prerequisites/defenderLicence.ts";
import { type Listing, listForReport } from "./prerequisites/listing.ts";
import { findNewestContent, type NewestContent } from "./prerequisites/newestContent.ts";
import { checkClock, checkCloud, checkService } from "./prerequisites/serviceChecks.ts";
import { checkSubscriptions, isEnabled } from "./prerequisites/subscriptionChecks.ts";
import { readTenantMetadata } from "./prerequisites/tenantMetadata.ts";
import { noApplication, obtainToken } from "./prerequisites/tokenChecks.ts";
import { findSubscription } from "./subscriptionList.ts";
import type { TokenSource } from "./tokens.ts";

export { CheckState, type PrerequisiteCheck } from "./prerequisites/check.ts";

export interface PrerequisiteSettings {
  /** Tenant id (a GUID) of the tenant whose audit feed is wanted. */
  tenantId: string;
  /** Client id of the application that collects. Without one, what depends on it stays unknown. */
  clientId?: string;
  /** Defaults to commercial. */
  cloud?: Cloud;
  /** Defaults to Audit.General. */
  contentTypes?: readonly string[];
  /** Tenant id of the company that wrote the client. Defaults to `tenantId`. */
  publisherIdentifier?: string;
  /** Defaults to "auto": the first that is there, in the order of `CredentialKind`. */
  credential?: CredentialKind | "auto";
  /** Whether the subscriptions are still to be started, so that one that is not enabled is no failure. Defaults to false. */
  beforeDeployment?: boolean;
  /** Management Activity API instead of the cloud's own. */
  activityApiUrl?: string;
  /** Login host instead of the cloud's own. */
  authorityUrl?: string;
}

export interface PrerequisiteReport {
  /** In the order in which one builds on another: the first that failed is the one to look at. */
  checks: PrerequisiteCheck[];
}

/**
 * Looks at everything that the integration of a tenant needs, from the token to the events. It only reads: nothing is
 * started, granted or changed in the tenant.
 *
 * @param env where credentials are looked for. Defaults to the environment of the process.
 * @throws SettingError for a malformed setting. Whatever is wrong with the tenant is a check that failed.
 */
export async function checkPrerequisites(
  settings: PrerequisiteSettings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<PrerequisiteReport> {
  const wanted = readSettings(settings);
  const { tenantId, cloud, contentTypes, clientId, authorityUrl } = wanted;
  const [metadata, obtained] = await Promise.all([
    readTenantMetadata(authorityUrl ?? CLOUDS[cloud].authorityUrl, tenantId),
    clientId === undefined ? noApplication : obtainToken({ ...wanted, clientId }, env),
  ]);
  const client = new ActivityApiClient(wanted, tokensFor(obtained.token), clientOptions);
  try {
    const listing = await listForReport(client);
    const contents = await findContents(client, contentTypes, listing);
    return {
      checks: [
        checkCloud(cloud, metadata, listing),
        checkService(listing, hostOf(wanted), obtained.token !== undefined),
        checkClock(client.clockSkewMilliseconds ?? metadata.clockSkewMilliseconds),
        ...obtained.checks,
        ...checkSubscriptions(contentTypes, listing, settings.beforeDeployment ?? false),
        checkAuditLogging(listing, contents),
        ...(contentTypes.includes(ContentType.General)
          ? [
              await hintAtLicence(
                client,
                contents.find(({ contentType }) => contentType === ContentType.General),
              ),
            ]
          : []),
      ],
    };
  } finally {
    await client.close();
  }
}

/** Whether the report names something that has to be fixed. */
export function hasFailed({ checks }: PrerequisiteReport): boolean {
  return checks.some(({ state }) => state === CheckState.failed);
}

/** A person or a pipeline is waiting for the report. */
const clientOptions = { retryBudgetSeconds: 15, answerTimeoutSeconds: 20, connections: 5 };

type Wanted = ReturnType<typeof readSettings>;

function readSettings(settings: PrerequisiteSettings) {
  const { clientId, publisherIdentifier, activityApiUrl, authorityUrl } = settings;
  const parsed = <T>(value: string | undefined, parse: (value: string) => T) =>
    value === undefined ? undefined : parse(value);
  return {
    tenantId: parseTenantId(settings.tenantId),
    clientId: parsed(clientId, parseClientId),
    cloud: settings.cloud ?? Cloud.commercial,
    contentTypes: [...new Set((settings.contentTypes ?? [ContentType.General]).map(parseContentType))],
    publisherIdentifier: parsed(publisherIdentifier, parsePublisherIdentifier),
    credential: settings.credential,
    activityApiUrl: parsed(activityApiUrl, url => parseEndpoint("activityApiUrl", url)),
    authorityUrl: parsed(authorityUrl, url => parseEndpoint("authorityUrl", url)),
  };
}

/** Without a token the service still tells that it is there, and what time it is. */
function tokensFor(token: string | undefined): TokenSource {
  return { getToken: async () => token ?? "" };
}

function hostOf({ activityApiUrl, cloud }: Wanted): string {
  return new URL(activityApiUrl ?? CLOUDS[cloud].activityApiUrl).host;
}

/** Only of what is enabled: of anything else the service lists nothing. */
async function findContents(
  client: ActivityApiClient,
  contentTypes: readonly ContentType[],
  listing: Listing,
): Promise<NewestContent[]> {
  if ("failure" in listing) return [];
  const now = Date.now() + (client.clockSkewMilliseconds ?? 0);
  const enabled = contentTypes.filter(contentType =>
    isEnabled(findSubscription(listing.subscriptions, contentType)),
  );
  return Promise.all(enabled.map(contentType => findNewestContent(client, contentType, now)));
}
