import { type PolicyResource, UnknownValueError } from "@pulumi/policy";

/** Application id of "Office 365 Management APIs" in every tenant and cloud. */
const OFFICE_365_MANAGEMENT_APIS = "c5393580-f805-4401-95e8-94b7a6ef2fc2";

const APPLICATION = "azuread:index/application:Application";
const SERVICE_PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal";

/** By any of these, other resources name an application or a service principal. */
const ID_PROPERTIES = ["id", "objectId", "clientId"];

/** Ids of the roles of those APIs that let somebody read the audit feed. */
export const ACTIVITY_FEED_ROLES: Readonly<Record<string, string>> = {
  "594c1fb6-4f81-4475-ae41-0c394909246c": "ActivityFeed.Read",
  "4807a72c-ad38-4250-94c9-4eabfe26cd55": "ActivityFeed.ReadDlp",
};

/** What an application asks for of one API. */
export interface RequestedAccess {
  resourceAppId: string;
  resourceAccesses: { id: string; type: string }[];
}

/** Whether an application asks for the audit feed: one of ours. */
export function isOfTheActivityFeed({ type, props }: PolicyResource): boolean {
  return type === APPLICATION && requestedAccesses(props).some(isOfTheManagementApis);
}

export function isOfTheManagementApis({ resourceAppId }: RequestedAccess): boolean {
  return resourceAppId === OFFICE_365_MANAGEMENT_APIS;
}

export function requestedAccesses(props: PolicyResource["props"]): RequestedAccess[] {
  return props.requiredResourceAccesses ?? [];
}

/**
 * Whether a property of a resource comes from one of our applications, or from a service principal of one. The program's
 * dependencies say so in a preview too, when no id is known yet; an id that is written out is compared.
 */
export function belongsToOurs(
  resource: PolicyResource,
  property: string,
  all: readonly PolicyResource[],
): boolean {
  const applications = all.filter(isOfTheActivityFeed);
  const principals = all.filter(
    other =>
      other.type === SERVICE_PRINCIPAL &&
      applications.some(application => comesFrom(other, "clientId", application)),
  );
  return [...applications, ...principals].some(other => comesFrom(resource, property, other));
}

function comesFrom(resource: PolicyResource, property: string, other: PolicyResource): boolean {
  const dependencies = resource.propertyDependencies[property] ?? [];
  if (dependencies.length > 0) return dependencies.some(({ urn }) => urn === other.urn);
  const value = known(resource, property);
  return value !== undefined && ID_PROPERTIES.some(id => known(other, id) === value);
}

/** Undefined in a preview for what only creating the resource will tell. */
function known({ props }: PolicyResource, property: string): unknown {
  try {
    return props[property];
  } catch (error) {
    if (error instanceof UnknownValueError) return undefined;
    throw error;
  }
}
