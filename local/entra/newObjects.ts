import { randomUUID } from "node:crypto";
import type { Application, ApplicationSettings, AppRole, ServicePrincipal } from "./directoryObjects.ts";

export function newApplication(clientId: string, settings: ApplicationSettings): Application {
  return {
    objectId: randomUUID(),
    clientId,
    displayName: settings.displayName,
    owners: settings.owners ?? [],
    signInAudience: settings.signInAudience ?? "AzureADMyOrg",
    requiredResourceAccess: settings.requiredResourceAccess ?? [],
    federatedCredentials: [],
    passwords: [],
    certificates: [],
  };
}

export function newServicePrincipal(settings: {
  clientId: string;
  displayName: string;
  kind: ServicePrincipal["kind"];
  /** Defaults to none. */
  identifierUris?: string[];
  /** Defaults to none. */
  appRoles?: AppRole[];
}): ServicePrincipal {
  const { clientId, displayName, kind, identifierUris = [], appRoles = [] } = settings;
  return {
    objectId: randomUUID(),
    clientId,
    displayName,
    kind,
    accountEnabled: true,
    servicePrincipalNames: [clientId, ...identifierUris],
    appRoles,
  };
}
