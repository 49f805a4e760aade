/** A role that a principal holds on an Azure resource and on everything below it. */
export interface RoleAssignment {
  /** Resource id of a subscription, resource group, account or container. */
  scope: string;
  /** GUID of the role, or the resource id that ends with it. */
  roleDefinitionId: string;
  /** Object id of the service principal. */
  principalObjectId: string;
}

/** Whether the principal holds one of the roles on the resource or on anything above it. */
export function holdsRole(
  assignments: readonly RoleAssignment[],
  principalObjectId: string,
  roles: readonly string[],
  resourceId: string,
): boolean {
  return assignments.some(
    assignment =>
      assignment.principalObjectId.toLowerCase() === principalObjectId.toLowerCase() &&
      roles.includes(roleGuid(assignment.roleDefinitionId)) &&
      covers(assignment.scope, resourceId),
  );
}

function roleGuid(roleDefinitionId: string): string {
  return roleDefinitionId.slice(roleDefinitionId.lastIndexOf("/") + 1).toLowerCase();
}

/** Azure compares resource ids without regard to letter case. */
function covers(scope: string, resourceId: string): boolean {
  const upper = scope.toLowerCase().replace(/\/+$/, "");
  const lower = resourceId.toLowerCase();
  return lower === upper || lower.startsWith(`${upper}/`);
}
