import { badRequest } from "./directoryError.ts";
import type { AppRoleAssignment, AppRoleGrant, ServicePrincipal } from "./directoryObjects.ts";

/** Assigned where a resource defines no roles; it puts nothing into tokens. */
const DEFAULT_ACCESS_ROLE_ID = "00000000-0000-0000-0000-000000000000";

/**
 * @param held what the principal was granted on the resource before
 * @throws DirectoryError when Graph would refuse the grant
 */
export function refuseInvalidGrant(
  { appRoleId }: AppRoleGrant,
  resource: ServicePrincipal,
  held: AppRoleAssignment[],
): void {
  const knownRoleIds = [DEFAULT_ACCESS_ROLE_ID, ...resource.appRoles.map(role => role.id)];
  if (!knownRoleIds.includes(appRoleId)) {
    throw badRequest(`Permission entry '${appRoleId}' not found on application '${resource.displayName}'.`);
  }
  if (held.some(assignment => assignment.appRoleId === appRoleId)) {
    throw badRequest("Permission being assigned already exists on the object");
  }
}
