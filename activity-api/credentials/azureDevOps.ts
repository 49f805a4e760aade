import { checkAssertion } from "./assertion.ts";
import { requestIdToken } from "./idTokenRequest.ts";
import { type CredentialFinder, firstSet } from "./proof.ts";

/**
 * The OIDC token of a service connection in Azure DevOps: SYSTEM_OIDCREQUESTURI (or ARM_OIDC_REQUEST_URL),
 * SYSTEM_ACCESSTOKEN (or ARM_OIDC_REQUEST_TOKEN) and the connection's id, AZURESUBSCRIPTION_SERVICE_CONNECTION_ID as set by
 * AzureCLI@2 and AzurePowerShell@5, or ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID. Else `idToken`, which AzureCLI@2 sets with
 * `addSpnToEnvironment: true`.
 * https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 */
export const findAzureDevOps: CredentialFinder = (_wanted, env) => {
  const url = firstSet(env, ["SYSTEM_OIDCREQUESTURI", "ARM_OIDC_REQUEST_URL"]);
  const accessToken = firstSet(env, ["SYSTEM_ACCESSTOKEN", "ARM_OIDC_REQUEST_TOKEN"]);
  const connectionId = firstSet(env, [
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    "ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID",
  ]);
  if (url && accessToken && connectionId)
    return {
      proof: {
        shows: "assertion",
        assertion: () => requestToken(url.value, accessToken.value, connectionId.value),
      },
    };
  const given = env.idToken;
  if (given && isPipeline(env))
    return {
      proof: { shows: "assertion", assertion: async () => checkAssertion(given, "idToken of AzureCLI@2") },
    };
  return { unusable: missing(env) };
};

function isPipeline(env: NodeJS.ProcessEnv): boolean {
  return env.TF_BUILD !== undefined || env.SYSTEM_OIDCREQUESTURI !== undefined;
}

function missing(env: NodeJS.ProcessEnv): string {
  if (!isPipeline(env)) return "SYSTEM_OIDCREQUESTURI is not set: this is no Azure DevOps pipeline";
  if (!env.SYSTEM_ACCESSTOKEN)
    return "SYSTEM_ACCESSTOKEN is not set. Map it into the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`";
  return "no service connection is named: run in AzureCLI@2, or set ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID";
}

async function requestToken(requestUri: string, accessToken: string, connectionId: string): Promise<string> {
  const url = new URL(requestUri);
  url.searchParams.set("api-version", "7.1");
  url.searchParams.set("serviceConnectionId", connectionId);
  return requestIdToken({
    issuedBy: "Azure DevOps",
    request: {
      method: "POST",
      url: url.href,
      headers: {
        authorization: `Bearer ${accessToken}`,
        "content-type": "application/json",
        // Else a refusal is a redirect to a login page.
        "x-tfs-fedauthredirect": "Suppress",
      },
    },
    field: "oidcToken",
    advice: `Check that the service connection ${connectionId} exists and that this pipeline may use it.`,
  });
}
