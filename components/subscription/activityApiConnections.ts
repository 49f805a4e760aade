import { ActivityApiClient, type Subscription } from "../../activity-api/client.ts";
import type { Clock } from "../../activity-api/clock.ts";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { ContentType, parseContentType } from "../../activity-api/contentTypes.ts";
import { parseCredential } from "../../activity-api/credentialKind.ts";
import { checkToken } from "../../activity-api/tokenClaims.ts";
import { tokenSource } from "../../activity-api/tokens.ts";
import { ConnectionPool } from "../../activity-api/transport.ts";
import type { AuditSubscriptionInputs } from "./auditSubscriptionInputs.ts";

/**
 * The Management Activity API as the resources of one application in one tenant share it: a refresh of all their
 * subscriptions needs one token and one list.
 */
export class ActivityApiConnection {
  readonly client: ActivityApiClient;
  #list: Promise<Subscription[]> | undefined;

  constructor(client: ActivityApiClient) {
    this.client = client;
  }

  /** The subscriptions, from the first list of this process until one of them is changed here. */
  listed(): Promise<Subscription[]> {
    if (this.#list === undefined) {
      const list = this.client.listSubscriptions();
      this.#list = list;
      list.catch(() => {
        if (this.#list === list) this.#list = undefined;
      });
    }
    return this.#list;
  }

  /** To be called once a start or stop was sent, whatever became of it. */
  forgetList(): void {
    this.#list = undefined;
  }
}

export interface ConnectionOptions {
  /** Where credentials are looked for. Defaults to the environment of the process. */
  env?: NodeJS.ProcessEnv;
  /** Defaults to the system's. */
  clock?: Clock;
}

export class ActivityApiConnections {
  readonly #connections = new Map<string, ActivityApiConnection>();
  /** Of all tenants: they have one host, and a handshake with it is dearer than a list. */
  readonly #pool = new ConnectionPool();
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** The connection for the application, tenant and endpoints of a resource. */
  to(inputs: AuditSubscriptionInputs): ActivityApiConnection {
    const key = keyOf(inputs);
    const existing = this.#connections.get(key);
    if (existing !== undefined) return existing;
    const connection = new ActivityApiConnection(clientFor(inputs, this.#options, this.#pool));
    this.#connections.set(key, connection);
    return connection;
  }

  async close(): Promise<void> {
    await this.#pool.close();
    this.#connections.clear();
  }
}

function keyOf(inputs: AuditSubscriptionInputs): string {
  const { tenantId, clientId, cloud, publisherIdentifier, credential, activityApiUrl, authorityUrl } = inputs;
  return JSON.stringify([
    tenantId,
    clientId,
    cloud,
    publisherIdentifier,
    credential,
    activityApiUrl,
    authorityUrl,
  ]);
}

function clientFor(
  inputs: AuditSubscriptionInputs,
  { env, clock }: ConnectionOptions,
  pool: ConnectionPool,
): ActivityApiClient {
  const { tenantId, clientId, publisherIdentifier, activityApiUrl, authorityUrl } = inputs;
  const cloud = inputs.cloud === undefined ? Cloud.commercial : parseCloud(inputs.cloud);
  const credential = inputs.credential === undefined ? undefined : parseCredential(inputs.credential);
  const application = { tenantId, clientId, cloud, authorityUrl };
  const settings = { tenantId, cloud, publisherIdentifier, activityApiUrl };
  return new ActivityApiClient(settings, tokenSource({ ...application, credential }, env), {
    checkToken: (token, contentType) =>
      checkToken(token, { ...application, contentTypes: [contentTypeOf(contentType)] }),
    pool,
    clock,
  });
}

/** A list is about all content types; the role that most of them take is what it needs. */
function contentTypeOf(asked: string | undefined): ContentType {
  return asked === undefined ? ContentType.General : parseContentType(asked);
}
