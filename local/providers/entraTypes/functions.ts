import type { Properties } from "../../azure/properties.ts";
import { MICROSOFT_APPLICATIONS } from "../../entra/microsoftApplications.ts";
import type { Entra } from "./entraType.ts";
import { servicePrincipalProperties } from "./servicePrincipal.ts";

/** Names that azuread gives to Microsoft's applications, by client id. The real list has hundreds. */
const PUBLISHED_NAMES: Readonly<Record<string, string>> = {
  "c5393580-f805-4401-95e8-94b7a6ef2fc2": "Office365Management",
  "e406a681-f3d4-42a8-90b6-c2b029497af1": "AzureStorage",
  "797f4846-ba00-4fd7-ba43-dac1f8f63013": "AzureServiceManagement",
};

export function getApplicationPublishedAppIds(): Properties {
  const published = MICROSOFT_APPLICATIONS.flatMap(({ clientId }) => {
    const name = PUBLISHED_NAMES[clientId];
    return name === undefined ? [] : [[name, clientId] as const];
  });
  return { id: "appIds", result: Object.fromEntries(published) };
}

/** @throws Error when no service principal, or none of that name, is in the tenant */
export function getServicePrincipal(args: Properties, entra: Entra): Properties {
  const { clientId, objectId, displayName } = args;
  const criteria = Object.entries({ clientId, objectId, displayName }).filter(
    ([, value]) => value !== undefined,
  );
  if (criteria.length !== 1) {
    throw new Error("One of clientId, displayName or objectId must be specified, and only one.");
  }
  const found = [...entra.directory.servicePrincipals.values()].find(principal =>
    criteria.every(([name, value]) => principal[name as "clientId"] === value),
  );
  if (found === undefined) {
    throw new Error(
      `No service principal found matching ${criteria.map(([name, value]) => `${name}: "${value}"`)}`,
    );
  }
  return { id: found.objectId, ...servicePrincipalProperties(found, entra) };
}
