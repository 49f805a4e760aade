import type { Cloud } from "../../activity-api/clouds.ts";
import { type TokenSource, tokenSource } from "../../activity-api/tokens.ts";

export interface DeployerIn {
  tenantId: string;
  cloud: Cloud;
  authorityUrl: string | undefined;
}

/** Tokens of whoever deploys, as the environment names it, for a service of Azure. */
export function deployerTokens(
  { tenantId, cloud, authorityUrl }: DeployerIn,
  audience: string,
  env: NodeJS.ProcessEnv,
): TokenSource {
  const clientId = env.ARM_CLIENT_ID || env.AZURE_CLIENT_ID || undefined;
  return tokenSource({ tenantId, clientId, cloud, authorityUrl, scope: `${audience}/.default` }, env);
}
