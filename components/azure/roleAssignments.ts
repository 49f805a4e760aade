import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import * as pulumi from "@pulumi/pulumi";
import { leaveToAnotherPerson } from "../deployer/manualSteps.ts";
import { selfAndAncestors } from "../pulumi/ancestors.ts";
import { parseOrRefuse } from "../pulumi/validation.ts";
import { roleAssignmentName } from "./naming.ts";

/** Who assigns Azure roles to the poller's identity: this program, or a person with the commands that it prints. */
export const RoleAssignments = {
  /** The program assigns them; the deployer needs the right to. */
  grant: "grant",
  /** A person with the right assigns them, by the printed commands. */
  manual: "manual",
} as const;
export type RoleAssignments = (typeof RoleAssignments)[keyof typeof RoleAssignments];

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const AzureRole = {
  /** Locks, timer status, keys and the deployment package of a function app. */
  storageBlobDataOwner: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  /** Read, write and delete blobs, but not change who may. */
  storageBlobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
  /** Send telemetry to Application Insights and rows to a data collection rule; its name says metrics only. */
  monitoringMetricsPublisher: "3913510d-42f4-4e42-8a64-420c390055eb",
  /** Send to an event hub, and not read from it. */
  azureEventHubsDataSender: "2b629674-e913-4c01-ae53-ef4638d8f975",
  /** Read the values of secrets, and not change them. */
  keyVaultSecretsUser: "4633458b-17de-408a-b874-0445c86b69e6",
  /** Use keys without seeing them, so as to sign. */
  keyVaultCryptoUser: "12338af0-0e69-4776-bea7-57ae8d297424",
  /** Make certificates with their keys, and not use the keys. */
  keyVaultCertificatesOfficer: "a4417e6f-fecd-4de8-b567-7b0420556985",
} as const;
export type AzureRole = (typeof AzureRole)[keyof typeof AzureRole];

export interface RoleGrant {
  /** Resource id of the narrowest thing that the principal needs. */
  scope: pulumi.Input<string>;
  role: AzureRole;
  principalObjectId: pulumi.Input<string>;
  /** Of a person who deploys, "User". Defaults to "ServicePrincipal", which a managed identity is too. */
  principalType?: pulumi.Input<"ServicePrincipal" | "User">;
}

const chosen = new WeakMap<pulumi.Resource, RoleAssignments>();

/**
 * Decides for everything below a component who assigns roles. To be called before anything is declared below it;
 * without it, or with undefined, what was decided further up holds, and else the program grants.
 */
export function chooseRoleAssignments(
  component: pulumi.Resource,
  roleAssignments: RoleAssignments | undefined,
): void {
  if (roleAssignments === undefined) return;
  chosen.set(component, parseOrRefuse(component, "roleAssignments", roleAssignments, parseRoleAssignments));
}

/**
 * Grants a role to a managed identity, or to the deployer. `principalType` is always given: without it Azure looks the principal up and
 * refuses one that is seconds old (PrincipalNotFound, Azure/avdaccelerator#99).
 *
 * Where role assignments are manual nothing is assigned: a component of the same name stands in the place of the
 * assignment, and the command that makes the very same one is left to another person.
 *
 * @returns what has to exist before the role can be used.
 */
export function grantRole(
  name: string,
  grant: RoleGrant,
  opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): pulumi.Resource {
  const subscriptionId = getClientConfigOutput({ parent: opts.parent }).subscriptionId;
  const roleDefinitionId = pulumi.interpolate`/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${grant.role}`;
  const assignmentName = pulumi
    .all([grant.scope, roleDefinitionId, grant.principalObjectId])
    .apply(([scope, role, principal]) => roleAssignmentName(scope, role, principal));
  const principalType = grant.principalType ?? "ServicePrincipal";
  if (isManual(opts.parent)) {
    const { scope, principalObjectId } = grant;
    leaveToAnotherPerson(
      opts.parent,
      pulumi.interpolate`the role ${roleTitle(grant.role)} (${name})`,
      pulumi.interpolate`az role assignment create --name ${assignmentName} --assignee-object-id ${principalObjectId} --assignee-principal-type ${principalType} --role ${grant.role} --scope ${scope}`,
    );
    return new pulumi.ComponentResource("defender-siem:index:ManualRoleAssignment", name, {}, opts);
  }
  return new RoleAssignment(
    name,
    {
      scope: grant.scope,
      roleDefinitionId,
      principalId: grant.principalObjectId,
      principalType,
      roleAssignmentName: assignmentName,
    },
    opts,
  );
}

function isManual(parent: pulumi.Resource): boolean {
  for (const ancestor of selfAndAncestors(parent)) {
    const choice = chosen.get(ancestor);
    if (choice !== undefined) return choice === RoleAssignments.manual;
  }
  return false;
}

function parseRoleAssignments(value: string): RoleAssignments {
  if (value === RoleAssignments.grant || value === RoleAssignments.manual) return value;
  throw new Error(
    `"${value}" is not a way to assign roles. Use "grant" (the deployer assigns them) or "manual" (another person runs the commands that are printed).`,
  );
}

/** The role's name as Azure shows it, for people: "Storage Blob Data Owner". */
function roleTitle(role: AzureRole): string {
  const [name] = Object.entries(AzureRole).find(([, id]) => id === role)!;
  return name.replaceAll(/([A-Z])/g, " $1").replace(/^./, letter => letter.toUpperCase());
}
