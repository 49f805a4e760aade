import { type EntraType, objectIdIn } from "./entraType.ts";

/** The grant of an application permission. None of its parts can change. */
export const appRoleAssignment: EntraType = {
  token: "azuread:index/appRoleAssignment:AppRoleAssignment",
  noun: "app role assignment",
  required: ["appRoleId", "principalObjectId", "resourceObjectId"],
  createOnly: ["appRoleId", "principalObjectId", "resourceObjectId"],
  outputs: ["principalDisplayName", "principalType", "resourceDisplayName"],
  create(inputs, { directory }) {
    const resourceObjectId = String(inputs.resourceObjectId);
    if (!directory.servicePrincipals.has(resourceObjectId)) {
      throw new Error(`Service principal not found for resource (Object ID: "${resourceObjectId}")`);
    }
    const { id } = directory.assignAppRole({
      appRoleId: String(inputs.appRoleId),
      principalObjectId: String(inputs.principalObjectId),
      resourceObjectId,
    });
    return `/servicePrincipals/${resourceObjectId}/appRoleAssignedTo/${id}`;
  },
  read(id, { directory }) {
    const assignment = directory.appRoleAssignments.get(objectIdIn(id));
    if (assignment === undefined) return undefined;
    const { appRoleId, principalObjectId, resourceObjectId } = assignment;
    return {
      appRoleId,
      principalObjectId,
      resourceObjectId,
      principalDisplayName: directory.getServicePrincipal(principalObjectId).displayName,
      principalType: "ServicePrincipal",
      resourceDisplayName: directory.getServicePrincipal(resourceObjectId).displayName,
    };
  },
  update() {},
  delete(id, { directory }) {
    directory.removeAppRoleAssignment(objectIdIn(id));
  },
};
