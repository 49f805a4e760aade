import { CLOUDS, type Cloud } from "../../activity-api/clouds.ts";
import { TokenError } from "../../activity-api/entraErrors.ts";
import { UnreachableError } from "../../activity-api/jsonRequest.ts";
import { decodeClaims } from "../../activity-api/jwt.ts";
import { CheckState, type PrerequisiteCheck } from "../../activity-api/prerequisites/check.ts";
import { AzureSubscription } from "./azureSubscription.ts";
import { checkAzure, checkGraph, checkResourceProvider } from "./checks.ts";
import type { DeployerNeeds } from "./needs.ts";
import { deployerTokens } from "./tokens.ts";

export interface PreflightSettings {
  tenantId: string;
  subscriptionId: string;
  cloud: Cloud;
  /** Existing resource group to which everything goes; undefined where the deployer creates one. */
  resourceGroupName: string | undefined;
  authorityUrl: string | undefined;
  resourceManagerUrl: string | undefined;
  needs: DeployerNeeds;
}

/**
 * Looks whether the deployer may do what it is about to do, and whether the subscription is prepared for it. It only
 * reads: the claims of a token for Microsoft Graph, and what Azure Resource Manager tells the caller.
 *
 * @param env where the deployer's credential is looked for.
 * @returns what was found; unknown where the deployer's credential is not one that can be used here, or nothing answers.
 */
export async function preflight(
  settings: PreflightSettings,
  env: NodeJS.ProcessEnv,
): Promise<PrerequisiteCheck[]> {
  const [graph, azure] = await Promise.all([
    orUnknown("Microsoft Graph", checkGraphRights(settings, env)),
    orUnknown("Azure", checkSubscription(settings, env)),
  ]);
  return [...graph, ...azure];
}

async function checkGraphRights(
  settings: PreflightSettings,
  env: NodeJS.ProcessEnv,
): Promise<PrerequisiteCheck[]> {
  const { graph } = settings.needs;
  if (graph.length === 0) return [];
  const token = await deployerTokens(settings, CLOUDS[settings.cloud].graphUrl, env).getToken();
  return graph.map(need => checkGraph(need, decodeClaims(token) ?? {}));
}

async function checkSubscription(
  settings: PreflightSettings,
  env: NodeJS.ProcessEnv,
): Promise<PrerequisiteCheck[]> {
  const { cloud, subscriptionId, resourceGroupName, needs } = settings;
  const tokens = deployerTokens(settings, CLOUDS[cloud].resourceManagerAudience, env);
  const url = settings.resourceManagerUrl ?? CLOUDS[cloud].resourceManagerUrl;
  const subscription = new AzureSubscription(url, subscriptionId, tokens);
  const scope = `/subscriptions/${subscriptionId}${resourceGroupName ? `/resourceGroups/${resourceGroupName}` : ""}`;
  const [permissions, providers] = await Promise.all([
    subscription.permissions(resourceGroupName),
    Promise.all(
      needs.resourceProviders.map(async namespace =>
        checkResourceProvider(namespace, await subscription.registrationState(namespace)),
      ),
    ),
  ]);
  if (permissions === undefined) return [noAnswer("Azure", "it gave no permissions"), ...providers];
  return [...needs.azure.map(need => checkAzure(need, permissions, scope)), ...providers];
}

/** Pulumi's own providers may have other credentials than those that are found here: that is no reason to fail. */
async function orUnknown(name: string, checks: Promise<PrerequisiteCheck[]>): Promise<PrerequisiteCheck[]> {
  try {
    return await checks;
  } catch (error) {
    if (error instanceof TokenError || error instanceof UnreachableError)
      return [noAnswer(name, error.message)];
    throw error;
  }
}

function noAnswer(name: string, reason: string): PrerequisiteCheck {
  return { name, state: CheckState.unknown, finding: `The deployer's rights are not known: ${reason}` };
}
