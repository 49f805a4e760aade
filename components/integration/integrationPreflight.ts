import type * as pulumi from "@pulumi/pulumi";
import { AdminConsent } from "../application/activityFeedGrants.ts";
import { PollerCredential } from "../application/pollerCredential.ts";
import { RoleAssignments } from "../azure/roleAssignments.ts";
import { DeployerPrerequisites } from "../deployer/deployerPrerequisites.ts";
import type { DeployedPart } from "../deployer/needs.ts";
import { NetworkMode } from "../network/privateNetwork.ts";
import type { SinkArgs } from "../sinks/sinks.ts";
import type { SiemIntegrationArgs } from "./siemIntegrationArgs.ts";

/** The options of what is directly below an integration. */
export interface BelowIntegration {
  parent: pulumi.ComponentResource;
  dependsOn: pulumi.Resource[];
}

/**
 * Has everything else below an integration begin only when the deployer is known to be able to finish it. What is below a
 * component waits for what the component depends on, so that the parts of the parts wait, too.
 */
export function afterPreflight(
  name: string,
  args: SiemIntegrationArgs,
  parent: pulumi.ComponentResource,
): BelowIntegration {
  const { tenantId, cloud, authorityUrl, resourceManagerUrl, pollerCredential } = args;
  const isIdentity = pollerCredential === PollerCredential.managedIdentity;
  const preflight = new DeployerPrerequisites(
    name,
    {
      tenantId,
      cloud,
      authorityUrl,
      resourceManagerUrl,
      resourceGroupName: args.resourceGroup?.name,
      registersApplication: !isIdentity && !isGiven(args.application),
      grantsConsent: args.adminConsent !== AdminConsent.manual,
      assignsRoles: args.roleAssignments !== RoleAssignments.manual,
      createsResourceGroup: !isGiven(args.resourceGroup),
      parts: partsOf(args),
    },
    { parent },
  );
  return { parent, dependsOn: [preflight] };
}

/** What of the parts that may be left out is declared. */
export function partsOf(
  args: Pick<SiemIntegrationArgs, "monitoring" | "network" | "pollerCredential" | "sinks">,
): DeployedPart[] {
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

/** A stack's configuration has an empty object for what is not given. */
export function isGiven(existing: object | undefined): boolean {
  return existing !== undefined && Object.keys(existing).length > 0;
}
