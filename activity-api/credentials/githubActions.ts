import { CLOUDS } from "../clouds.ts";
import { requestIdToken } from "./idTokenRequest.ts";
import { type CredentialFinder, firstSet } from "./proof.ts";

/**
 * The OIDC token of a GitHub Actions job: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, which GitHub sets
 * for jobs with `permissions: id-token: write`, or the same pair as ARM_OIDC_REQUEST_URL and ARM_OIDC_REQUEST_TOKEN.
 * https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-cloud-providers
 */
export const findGithubActions: CredentialFinder = (wanted, env) => {
  const url = firstSet(env, ["ACTIONS_ID_TOKEN_REQUEST_URL", "ARM_OIDC_REQUEST_URL"]);
  const token = firstSet(env, ["ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ARM_OIDC_REQUEST_TOKEN"]);
  // Azure DevOps uses the same ARM_ pair with a protocol of its own.
  if (url?.name.startsWith("ARM_") && env.ARM_ADO_PIPELINE_SERVICE_CONNECTION_ID)
    return { unusable: "ARM_OIDC_REQUEST_URL is that of Azure DevOps" };
  if (url === undefined || token === undefined) return { unusable: missing(env) };
  return {
    proof: {
      shows: "assertion",
      assertion: () => requestToken(url.value, token.value, CLOUDS[wanted.cloud].tokenExchangeAudience),
    },
  };
};

function missing(env: NodeJS.ProcessEnv): string {
  if (env.GITHUB_ACTIONS === "true") return "the job has no `permissions: id-token: write`";
  return "ACTIONS_ID_TOKEN_REQUEST_URL is not set: this is no GitHub Actions job";
}

async function requestToken(requestUrl: string, requestToken: string, audience: string): Promise<string> {
  const url = new URL(requestUrl);
  url.searchParams.set("audience", audience);
  return requestIdToken({
    issuedBy: "GitHub Actions",
    request: { method: "GET", url: url.href, headers: { authorization: `Bearer ${requestToken}` } },
    field: "value",
    advice: "Check that the job has `permissions: id-token: write` and is still running.",
  });
}
