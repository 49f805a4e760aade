import type * as pulumi from "@pulumi/pulumi";
import { AdminConsent } from "../application/activityFeedGrants.ts";
import { PollerCredential } from "../application/pollerCredential.ts";
import { isGiven } from "../azure/existingResources.ts";
import { RoleAssignments } from "../azure/roleAssignments.ts";
import { DeployerPrerequisites } from "../deployer/deployerPrerequisites.ts";
import type { DeployedPart, PlannedDeployment } from "../deployer/needs.ts";
import { NetworkMode } from "../network/privateNetwork.ts";
import type { SinkArgs } from "../sinks/sinks.ts";
import type { SiemIntegrationArgs } from "./siemIntegrationArgs.ts";

/** The options of what is directly below an integration. */
export interface BelowIntegration {
  parent: pulumi.ComponentResource;
  dependsOn: pulumi.Resource[];
}

/** What of an integration's arguments says which rights it takes, whatever it does in Entra. */
export type PlannedIntegration = Pick<
  SiemIntegrationArgs,
  | "tenantId"
  | "cloud"
  | "authorityUrl"
  | "resourceManagerUrl"
  | "resourceGroup"
  | "roleAssignments"
  | "monitoring"
  | "network"
  | "pollerCredential"
  | "sinks"
>;

/** What an integration does in Entra. */
export type PlannedInEntra = Pick<PlannedDeployment, "registersApplication" | "grantsConsent">;

/** The preflight of the integration of one tenant. */
export function afterPreflight(
  name: string,
  args: SiemIntegrationArgs,
  parent: pulumi.ComponentResource,
): BelowIntegration {
  const isIdentity = args.pollerCredential === PollerCredential.managedIdentity;
  const inEntra = {
    registersApplication: !isIdentity && !isGiven(args.application),
    grantsConsent: args.adminConsent !== AdminConsent.manual,
  };
  return afterPrerequisites(name, args, inEntra, parent);
}

/**
 * Has everything else below an integration begin only when the deployer is known to be able to finish it. What is below a
 * component waits for what the component depends on, so that the parts of the parts wait, too.
 */
export function afterPrerequisites(
  name: string,
  args: PlannedIntegration,
  inEntra: PlannedInEntra,
  parent: pulumi.ComponentResource,
): BelowIntegration {
  const { tenantId, cloud, authorityUrl, resourceManagerUrl } = args;
  const preflight = new DeployerPrerequisites(
    name,
    {
      ...inEntra,
      tenantId,
      cloud,
      authorityUrl,
      resourceManagerUrl,
      resourceGroupName: args.resourceGroup?.name,
      assignsRoles: args.roleAssignments !== RoleAssignments.manual,
      createsResourceGroup: !isGiven(args.resourceGroup),
      parts: partsOf(args),
    },
    { parent },
  );
  return { parent, dependsOn: [preflight] };
}

/** What of the parts that may be left out is declared. */
function partsOf(args: PlannedIntegration): DeployedPart[] {
  return [
    ...(args.monitoring?.enabled === false ? [] : (["monitoring"] as const)),
    ...(args.network === NetworkMode.private ? (["privateNetwork"] as const) : []),
    ...(args.pollerCredential === PollerCredential.certificate ? (["keyVault"] as const) : []),
    ...Object.values(args.sinks ?? {}).flatMap(partOf),
  ];
}

/** A sink that is wrong is refused by its own check. */
function partOf(sink: SinkArgs): DeployedPart[] {
  switch (sink.kind) {
    case "eventHubs":
      return isGiven(sink.hub) ? [] : ["eventHubsSink"];
    case "logsIngestion":
      return ["logsIngestionSink"];
    case "splunkHec":
      return isGiven(sink.tokenSecret) ? [] : ["keyVault"];
    default:
      return [];
  }
}
