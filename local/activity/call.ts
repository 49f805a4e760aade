import type { ContentType } from "./contentTypes.ts";
import type { Operation } from "./operation.ts";
import type { RequestParameters } from "./requestParameters.ts";
import type { SubscriptionKey } from "./subscriptions.ts";

/** A request whose caller is known and may ask for what it asks. */
export interface Call {
  operation: Operation;
  tenantId: string;
  /** Application that the token was issued to; subscriptions belong to it. */
  clientId: string;
  parameters: RequestParameters;
  /** Of the query, or for a blob the one it belongs to. */
  contentType: ContentType | undefined;
  contentId: string | undefined;
  acceptLanguage: string | undefined;
  body: string;
  /** Scheme, host and port that the client used, so that every link leads back there. */
  origin: string;
  /** Path and query as requested. */
  url: string;
}

/** @throws Error when the operation is one without content type, which is a mistake of ours. */
export function subscriptionKey({ tenantId, clientId, contentType, operation }: Call): SubscriptionKey {
  if (contentType === undefined) throw new Error(`The operation ${operation} has no content type.`);
  return { tenantId, clientId, contentType };
}
