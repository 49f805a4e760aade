import { ConfidentialClientApplication, type NodeAuthOptions } from "@azure/msal-node";
import { type AccessToken, CredentialError, type Proof } from "./credentials/proof.ts";
import { explainRefusal, type ShownProof } from "./entraRefusal.ts";
import { EntraTransport } from "./entraTransport.ts";

export interface EntraRequest {
  authorityUrl: string;
  tenantId: string;
  clientId: string;
  scope: string;
  proof: Exclude<Proof, { shows: "token" }>;
}

/**
 * A new token from Entra, by the client credentials grant.
 *
 * A client for one request, and so without a cache: msal-node would remember a failure for a minute, which would pass for
 * the answer of Entra while a grant spreads, and would want an assertion for every token that it has already.
 */
export async function requestFromEntra(request: EntraRequest): Promise<AccessToken> {
  const transport = new EntraTransport();
  const shown: ShownProof = {};
  const auth = {
    ...authority(request),
    ...(await credential(request, shown)),
    clientId: request.clientId,
  };
  const client = new ConfidentialClientApplication({ auth, system: { networkClient: transport } });
  const result = await client.acquireTokenByClientCredential({ scopes: [request.scope] }).catch(error => {
    throw explainRefusal(error, { ...shown, clockSkewMilliseconds: transport.clockSkewMilliseconds });
  });
  // msal-node takes every answer without an `error` for a success.
  if (!result?.accessToken)
    throw new CredentialError(
      "The login host answered with neither a token nor an error. Try again.",
      "transient",
    );
  return { token: result.accessToken, expiresAt: result.expiresOn ?? new Date() };
}

/**
 * Entra's endpoints, so that msal-node looks nothing up: it would ask Microsoft on the internet whether a login host of one's
 * own is known, and would say of an unknown tenant only that "endpoints cannot be resolved".
 */
function authority(request: EntraRequest) {
  const { authorityUrl, tenantId } = request;
  const tenantUrl = `${authorityUrl}/${tenantId}`;
  return {
    authority: tenantUrl,
    knownAuthorities: [new URL(authorityUrl).host],
    authorityMetadata: JSON.stringify({
      issuer: `${tenantUrl}/v2.0`,
      token_endpoint: tokenEndpoint(request),
      authorization_endpoint: `${tenantUrl}/oauth2/v2.0/authorize`,
      jwks_uri: `${tenantUrl}/discovery/v2.0/keys`,
    }),
  };
}

function tokenEndpoint({ authorityUrl, tenantId }: EntraRequest): string {
  return `${authorityUrl}/${tenantId}/oauth2/v2.0/token`;
}

async function credential(request: EntraRequest, shown: ShownProof): Promise<Partial<NodeAuthOptions>> {
  const { proof } = request;
  if (proof.shows === "secret") {
    shown.secret = proof.secret;
    return { clientSecret: proof.secret };
  }
  if (proof.shows === "certificate") return { clientCertificate: await proof.certificate() };
  shown.assertion = await proof.assertion(tokenEndpoint(request));
  return { clientAssertion: shown.assertion };
}
