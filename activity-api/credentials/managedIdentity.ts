import { AuthError, ManagedIdentityApplication } from "@azure/msal-node";
import { CLOUDS } from "../clouds.ts";
import { EntraTransport, unreachable } from "../entraTransport.ts";
import {
  type AccessToken,
  CredentialError,
  type CredentialFinder,
  type Finding,
  type Proof,
  type WantedToken,
} from "./proof.ts";

/**
 * A managed identity. For the Management Activity API it is the user-assigned identity that SIEM_MANAGED_IDENTITY_CLIENT_ID
 * names: as federated credential of the application, where its token is the assertion and the application has the role; or,
 * when the client id is its own, as the client, with a role of its own. For everything else it is the identity itself,
 * which Pulumi's ARM_USE_MSI=true asks for.
 *
 * msal-node finds the endpoint (App Service and Container Apps by IDENTITY_ENDPOINT and IDENTITY_HEADER, else the metadata
 * service of the machine) in the environment of the process, once, and keeps it.
 */
export const findManagedIdentity: CredentialFinder = (wanted, env) =>
  wanted.forActivityApi ? forActivityApi(wanted, env) : asDeployer(wanted, env);

function forActivityApi(wanted: WantedToken, env: NodeJS.ProcessEnv): Finding {
  const identityClientId = env.SIEM_MANAGED_IDENTITY_CLIENT_ID?.trim().toLowerCase();
  if (!identityClientId) return { unusable: "SIEM_MANAGED_IDENTITY_CLIENT_ID is not set" };
  if (identityClientId === wanted.clientId) return { proof: asItself(wanted) };
  const audience = CLOUDS[wanted.cloud].tokenExchangeAudience;
  const assertion = async () => (await managedIdentityToken(identityClientId, audience, false)).token;
  return { proof: { shows: "assertion", assertion } };
}

function asDeployer(wanted: WantedToken, env: NodeJS.ProcessEnv): Finding {
  return env.ARM_USE_MSI === "true" ? { proof: asItself(wanted) } : { unusable: "ARM_USE_MSI is not true" };
}

/** The platform keeps such a token for about a day, whoever asks for a new one: a role that it lacks comes that late. */
function asItself(wanted: WantedToken): Proof {
  const audience = wanted.scope.replace(/\/\.default$/, "");
  return {
    shows: "token",
    token: ({ forceRefresh }) => managedIdentityToken(wanted.clientId, audience, forceRefresh),
  };
}

/** A token of the identity for a resource. Both msal-node and the platform keep it, the latter for about a day. */
export async function managedIdentityToken(
  identityClientId: string | undefined,
  audience: string,
  forceRefresh: boolean,
): Promise<AccessToken> {
  const identity = new ManagedIdentityApplication({
    ...(identityClientId ? { managedIdentityIdParams: { userAssignedClientId: identityClientId } } : {}),
    // The transport retries already.
    system: { networkClient: new EntraTransport(), disableInternalRetries: true },
  });
  const result = await identity.acquireToken({ resource: audience, forceRefresh }).catch(error => {
    throw refusal(error, identityClientId);
  });
  return { token: result.accessToken, expiresAt: result.expiresOn ?? new Date() };
}

function refusal(error: unknown, identityClientId: string | undefined): CredentialError {
  const whose = identityClientId
    ? `the managed identity with client id ${identityClientId}`
    : "the managed identity";
  if (error instanceof AuthError && error.errorCode === unreachable)
    return new CredentialError(
      `No token of ${whose}: ${error.errorMessage} Outside of Azure there is no managed identity.`,
      "transient",
    );
  return new CredentialError(
    `No token of ${whose}. Check that it is user-assigned, that it is assigned to this function app, container or ` +
      `machine, and that the id is its client id, not its principal id.`,
    // A new assignment takes minutes to reach the endpoint.
    "propagation",
  );
}
