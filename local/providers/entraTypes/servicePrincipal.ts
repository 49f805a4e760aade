import type { Properties } from "../../azure/properties.ts";
import type { ServicePrincipal } from "../../entra/directoryObjects.ts";
import { ServicePrincipalKind } from "../../entra/directoryObjects.ts";
import { type Entra, type EntraType, listOf, objectIdIn } from "./entraType.ts";

/** Microsoft's own tenant, in which the applications live that every other tenant knows by a principal only. */
const MICROSOFT_SERVICES_TENANT_ID = "f8cdef31-a31e-4b4a-93e4-5f571e91255a";

export const servicePrincipal: EntraType = {
  token: "azuread:index/servicePrincipal:ServicePrincipal",
  noun: "service principal",
  required: ["clientId"],
  createOnly: ["clientId"],
  outputs: [
    "appRoleIds",
    "appRoles",
    "applicationTenantId",
    "displayName",
    "homepageUrl",
    "logoutUrl",
    "oauth2PermissionScopeIds",
    "oauth2PermissionScopes",
    "objectId",
    "redirectUris",
    "samlMetadataUrl",
    "servicePrincipalNames",
    "signInAudience",
    "type",
  ],
  failures: ({ featureTags, tags }) =>
    featureTags !== undefined && tags !== undefined ? ['"featureTags": conflicts with tags'] : [],
  create(inputs, entra) {
    const { directory } = entra;
    for (const owner of listOf<string>(inputs.owners)) directory.getServicePrincipal(owner);
    const clientId = String(inputs.clientId);
    const existing = directory.findServicePrincipalByClientId(clientId);
    const { objectId } =
      existing !== undefined && inputs.useExisting === true
        ? existing
        : directory.createServicePrincipal(clientId);
    describe(objectId, inputs, entra);
    return `/servicePrincipals/${objectId}`;
  },
  read(id, entra) {
    const found = entra.directory.servicePrincipals.get(objectIdIn(id));
    return found === undefined ? undefined : servicePrincipalProperties(found, entra);
  },
  update(id, inputs, entra) {
    describe(objectIdIn(id), inputs, entra);
  },
  /** Also one that was adopted by `useExisting`: https://github.com/pulumi/pulumi-azuread/issues/2045 */
  delete(id, { directory, descriptions }) {
    directory.deleteServicePrincipal(objectIdIn(id));
    descriptions.delete(objectIdIn(id));
  },
};

function describe(objectId: string, inputs: Properties, { directory, descriptions }: Entra): void {
  directory.updateServicePrincipal(objectId, { accountEnabled: inputs.accountEnabled !== false });
  descriptions.set(objectId, inputs);
}

/** As the resource and as `getServicePrincipal` give them. */
export function servicePrincipalProperties(
  principal: ServicePrincipal,
  { directory, descriptions }: Entra,
): Properties {
  const { objectId, clientId, displayName, accountEnabled, appRoles, kind, servicePrincipalNames } =
    principal;
  return {
    appRoleAssignmentRequired: false,
    ...descriptions.get(objectId),
    accountEnabled,
    appRoleIds: Object.fromEntries(appRoles.map(role => [role.value, role.id])),
    appRoles: appRoles.map(({ id, value }) => ({
      id,
      value,
      displayName: value,
      description: value,
      enabled: true,
      allowedMemberTypes: ["Application"],
    })),
    applicationTenantId:
      kind === ServicePrincipalKind.microsoft ? MICROSOFT_SERVICES_TENANT_ID : directory.tenantId,
    clientId,
    displayName,
    homepageUrl: "",
    logoutUrl: "",
    oauth2PermissionScopeIds: {},
    oauth2PermissionScopes: [],
    objectId,
    redirectUris: [],
    samlMetadataUrl: "",
    servicePrincipalNames,
    signInAudience: directory.findApplicationByClientId(clientId)?.signInAudience ?? "AzureADMultipleOrgs",
    type: kind === ServicePrincipalKind.managedIdentity ? "ManagedIdentity" : "Application",
  };
}
