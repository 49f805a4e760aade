import type { Properties } from "../../azure/properties.ts";
import { badRequest } from "../../entra/directoryError.ts";
import type { Application, ApplicationSettings } from "../../entra/directoryObjects.ts";
import { type Entra, type EntraType, listOf, objectIdIn } from "./entraType.ts";

const SIGN_IN_AUDIENCES = [
  "AzureADMyOrg",
  "AzureADMultipleOrgs",
  "AzureADandPersonalMicrosoftAccount",
  "PersonalMicrosoftAccount",
];

export const application: EntraType = {
  token: "azuread:index/application:Application",
  noun: "application",
  required: ["displayName"],
  createOnly: ["templateId"],
  outputs: [
    "appRoleIds",
    "clientId",
    "disabledByMicrosoft",
    "logoUrl",
    "oauth2PermissionScopeIds",
    "objectId",
    "publisherDomain",
  ],
  failures({ displayName, featureTags, tags, signInAudience = "AzureADMyOrg", password }) {
    return [
      displayName === "" ? "expected displayName to not be an empty string" : "",
      featureTags !== undefined && tags !== undefined ? '"featureTags": conflicts with tags' : "",
      SIGN_IN_AUDIENCES.includes(String(signInAudience))
        ? ""
        : `expected signInAudience to be one of ${JSON.stringify(SIGN_IN_AUDIENCES)}, got ${signInAudience}`,
      password === undefined
        ? ""
        : "the local tenant creates no password with an application. Use azuread.ApplicationPassword where one is needed",
    ].filter(Boolean);
  },
  create(inputs, entra) {
    const settings = settingsOf(inputs, entra);
    if (inputs.preventDuplicateNames === true) refuseDuplicateName(settings.displayName, entra);
    const { objectId } = entra.directory.createApplication(settings);
    entra.descriptions.set(objectId, inputs);
    return `/applications/${objectId}`;
  },
  read(id, { directory, descriptions }) {
    const found = directory.applications.get(objectIdIn(id));
    if (found === undefined) return undefined;
    return {
      ...descriptions.get(found.objectId),
      ...graphProperties(found),
      appRoleIds: {},
      disabledByMicrosoft: "",
      logoUrl: "",
      oauth2PermissionScopeIds: {},
      publisherDomain: directory.initialDomain,
    };
  },
  update(id, inputs, entra) {
    const objectId = objectIdIn(id);
    entra.directory.updateApplication(objectId, settingsOf(inputs, entra));
    entra.descriptions.set(objectId, inputs);
  },
  delete(id, { directory, descriptions }) {
    directory.deleteApplication(objectIdIn(id));
    descriptions.delete(objectIdIn(id));
  },
};

function settingsOf(inputs: Properties, entra: Entra): ApplicationSettings & { displayName: string } {
  const owners = listOf<string>(inputs.owners);
  for (const owner of owners) entra.directory.getServicePrincipal(owner);
  const requiredResourceAccess = listOf<{
    resourceAppId: string;
    resourceAccesses: { id: string; type: "Role" | "Scope" }[];
  }>(inputs.requiredResourceAccesses).map(({ resourceAppId, resourceAccesses }) => ({
    resourceAppId,
    resourceAccess: resourceAccesses,
  }));
  refuseUnknownPermissions(requiredResourceAccess, entra);
  return {
    displayName: String(inputs.displayName),
    owners,
    signInAudience: String(inputs.signInAudience ?? "AzureADMyOrg"),
    requiredResourceAccess,
  };
}

/** A permission has the same id as role and as scope, so that a wrong `type` goes unseen here as it does in Entra. */
function refuseUnknownPermissions(
  required: NonNullable<ApplicationSettings["requiredResourceAccess"]>,
  { directory }: Entra,
): void {
  for (const { resourceAppId, resourceAccess } of required) {
    const known = directory.findServicePrincipalByClientId(resourceAppId)?.appRoles.map(({ id }) => id);
    if (known !== undefined && !resourceAccess.every(({ id }) => known.includes(id))) {
      throw badRequest("Property requiredResourceAccess.resourceAccess is invalid.");
    }
  }
}

function refuseDuplicateName(displayName: string, { directory }: Entra): void {
  const twin = [...directory.applications.values()].find(other => other.displayName === displayName);
  if (twin === undefined) return;
  throw new Error(
    `A resource with the ID "/applications/${twin.objectId}" already exists - to be managed via Terraform this resource ` +
      'needs to be imported into the State. Please see the resource documentation for "azuread_application" for more ' +
      "information.",
  );
}

function graphProperties({
  clientId,
  displayName,
  objectId,
  owners,
  signInAudience,
  requiredResourceAccess,
}: Application): Properties {
  return {
    clientId,
    displayName,
    objectId,
    owners,
    signInAudience,
    requiredResourceAccesses: requiredResourceAccess.map(({ resourceAppId, resourceAccess }) => ({
      resourceAppId,
      resourceAccesses: resourceAccess,
    })),
  };
}
