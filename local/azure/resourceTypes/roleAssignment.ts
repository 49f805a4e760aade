import { AzureError } from "../azureError.ts";
import { lastSegment } from "../resourceId.ts";
import type { ArmResource, AzureView, ResourceType } from "../resourceType.ts";
import { BUILT_IN_ROLES } from "./builtInRoles.ts";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Two properties of Azure are not here: an assignment takes minutes to have effect, and a new principal is found only
 * some time after its creation when no principal type is given. What follows from the second is: no type, no assignment.
 */
export const roleAssignment: ResourceType = {
  token: "azure-native:authorization:RoleAssignment",
  apiVersion: "2022-04-01",
  path: "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
  required: ["principalId", "roleDefinitionId"],
  createOnly: ["principalId"],
  outputs: ["createdBy", "createdOn", "updatedBy", "updatedOn"],
  refuse(assignment, azure, previous) {
    refuseName(assignment);
    refuseUnknownRole(assignment, azure);
    if (previous !== undefined) refuseOtherRole(assignment, previous);
    refusePrincipal(assignment, azure);
    refuseDuplicate(assignment, azure);
  },
  created(_, azure) {
    const now = new Date().toISOString();
    return {
      createdBy: azure.deployerObjectId,
      createdOn: now,
      updatedBy: azure.deployerObjectId,
      updatedOn: now,
    };
  },
};

function refuseName({ name }: ArmResource): void {
  if (GUID.test(name)) return;
  throw new AzureError(
    400,
    "InvalidRoleAssignmentId",
    `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
  );
}

function refuseUnknownRole({ properties }: ArmResource, azure: AzureView): void {
  const id = String(properties.roleDefinitionId);
  const prefix = `^(/subscriptions/${azure.subscriptionId})?/providers/Microsoft\\.Authorization/roleDefinitions/`;
  const role = lastSegment(id).toLowerCase();
  if (new RegExp(`${prefix}[^/]+$`, "i").test(id) && role in BUILT_IN_ROLES) return;
  throw new AzureError(
    404,
    "RoleDefinitionDoesNotExist",
    `The specified role definition with ID '${lastSegment(id)}' does not exist.`,
  );
}

/** https://learn.microsoft.com/azure/role-based-access-control/troubleshooting */
function refuseOtherRole(assignment: ArmResource, previous: ArmResource): void {
  if (roleOf(assignment) === roleOf(previous)) return;
  throw new AzureError(
    400,
    "RoleAssignmentUpdateNotPermitted",
    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
  );
}

function refusePrincipal({ properties }: ArmResource, azure: AzureView): void {
  const { principalId, principalType } = properties;
  const actualType = azure.principalType(String(principalId));
  if (actualType === undefined || principalType === undefined) {
    throw new AzureError(
      400,
      "PrincipalNotFound",
      `Principal ${String(principalId).replaceAll("-", "")} does not exist in the directory ${azure.tenantId}. Check ` +
        "that you have the correct principal ID. If you are creating this principal and then immediately assigning a " +
        "role, this error might be related to a replication delay. In this case, set the role assignment " +
        "principalType property to a value, such as ServicePrincipal, User, or Group.  See " +
        "https://aka.ms/docs-principaltype",
    );
  }
  // The SDK fills in "User" when the program gives no type. The misspelling is Azure's own.
  if (actualType !== principalType) {
    throw new AzureError(
      400,
      "UnmatchedPrincipalType",
      `The PrincipalId '${String(principalId).replaceAll("-", "")}' has type '${actualType}' , which is different ` +
        `from specified PrinciaplType '${principalType}'.`,
    );
  }
}

function refuseDuplicate(assignment: ArmResource, azure: AzureView): void {
  const twin = azure
    .list(roleAssignment.token)
    .find(other => other.id.toLowerCase() !== assignment.id.toLowerCase() && isSameGrant(other, assignment));
  if (twin === undefined) return;
  throw new AzureError(
    409,
    "RoleAssignmentExists",
    `The role assignment already exists. The ID of the existing role assignment is ${twin.name.replaceAll("-", "")}.`,
  );
}

function isSameGrant(a: ArmResource, b: ArmResource): boolean {
  return (
    roleOf(a) === roleOf(b) &&
    a.properties.principalId === b.properties.principalId &&
    String(a.properties.scope).toLowerCase() === String(b.properties.scope).toLowerCase()
  );
}

function roleOf({ properties }: ArmResource): string {
  return lastSegment(String(properties.roleDefinitionId)).toLowerCase();
}
