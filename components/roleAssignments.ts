import { getClientConfigOutput } from "@pulumi/azure-native/authorization/getClientConfig.js";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import * as pulumi from "@pulumi/pulumi";
import { roleAssignmentName } from "./naming.ts";

/** https://learn.microsoft.com/azure/role-based-access-control/built-in-roles */
export const AzureRole = {
  /** Locks, timer status, keys and the deployment package of a function app. */
  storageBlobDataOwner: "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
  /** Read, write and delete blobs, but not change who may. */
  storageBlobDataContributor: "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
} as const;
export type AzureRole = (typeof AzureRole)[keyof typeof AzureRole];

export interface RoleGrant {
  /** Resource id of the narrowest thing that the principal needs. */
  scope: pulumi.Input<string>;
  role: AzureRole;
  principalObjectId: pulumi.Input<string>;
}

/**
 * Grants a role to a managed identity. `principalType` is always given: without it Azure looks the principal up and
 * refuses one that is seconds old (PrincipalNotFound, Azure/avdaccelerator#99).
 */
export function grantRole(name: string, grant: RoleGrant, opts: pulumi.CustomResourceOptions) {
  const subscriptionId = getClientConfigOutput({ parent: opts.parent }).subscriptionId;
  const roleDefinitionId = pulumi.interpolate`/subscriptions/${subscriptionId}/providers/Microsoft.Authorization/roleDefinitions/${grant.role}`;
  return new RoleAssignment(
    name,
    {
      scope: grant.scope,
      roleDefinitionId,
      principalId: grant.principalObjectId,
      principalType: "ServicePrincipal",
      roleAssignmentName: pulumi
        .all([grant.scope, roleDefinitionId, grant.principalObjectId])
        .apply(([scope, role, principal]) => roleAssignmentName(scope, role, principal)),
    },
    opts,
  );
}
