import { randomUUID } from "node:crypto";
import * as credentials from "./applicationCredentials.ts";
import { badRequest, conflict, notFound } from "./directoryError.ts";
import {
  type Application,
  type ApplicationSettings,
  type AppRoleAssignment,
  type AppRoleGrant,
  type CertificateCredential,
  type FederatedCredential,
  type FederatedCredentialSettings,
  type ServicePrincipal,
  ServicePrincipalKind,
} from "./directoryObjects.ts";
import { refuseInvalidGrant } from "./grants.ts";
import {
  MICROSOFT_APPLICATIONS,
  type MicrosoftApplication,
  microsoftServicePrincipal,
  OFFICE_365_MANAGEMENT_APIS,
} from "./microsoftApplications.ts";
import { newApplication, newServicePrincipal } from "./newObjects.ts";

export interface DirectoryOptions {
  /** Defaults to a new tenant id. */
  tenantId?: string;
  /** Defaults to localtenant.onmicrosoft.com. */
  initialDomain?: string;
  /** Which of Microsoft's resources there are, by identifier. Defaults to those of every cloud. */
  knowsResource?: (identifierUri: string) => boolean;
  /** Milliseconds as of `Date.now`. Defaults to the real clock. */
  now?: () => number;
}

/**
 * The directory of one tenant: the only thing that the local Entra believes. It starts with the service principals of
 * Microsoft's own applications, and knows besides only what is registered here. Refusals are `DirectoryError`s.
 */
export class Directory {
  readonly tenantId: string;
  /** The name that a tenant has from its first day; token requests may use it in place of the tenant id. */
  readonly initialDomain: string;
  /** By object id. */
  readonly applications = new Map<string, Application>();
  /** By object id. */
  readonly servicePrincipals = new Map<string, ServicePrincipal>();
  /** By id. */
  readonly appRoleAssignments = new Map<string, AppRoleAssignment>();
  readonly #now: () => number;
  readonly #knowsResource: (identifierUri: string) => boolean;

  constructor(options: DirectoryOptions = {}) {
    this.#knowsResource = options.knowsResource ?? (() => true);
    this.tenantId = options.tenantId ?? randomUUID();
    this.initialDomain = options.initialDomain ?? "localtenant.onmicrosoft.com";
    this.#now = options.now ?? Date.now;
    for (const application of MICROSOFT_APPLICATIONS) this.#addMicrosoftPrincipal(application);
  }

  createApplication(settings: ApplicationSettings): Application {
    return this.#addApplication(randomUUID(), settings);
  }

  /** Changes what is given and leaves the rest. */
  updateApplication(objectId: string, changes: Partial<ApplicationSettings>): Application {
    const application = this.getApplication(objectId);
    if (changes.displayName === "") throw missingDisplayName();
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    return Object.assign(application, Object.fromEntries(given));
  }

  /** Deletes the application's service principal too, and with it every grant. */
  deleteApplication(objectId: string): void {
    const { clientId } = this.getApplication(objectId);
    this.applications.delete(objectId);
    const principal = this.findServicePrincipalByClientId(clientId);
    if (principal !== undefined) this.deleteServicePrincipal(principal.objectId);
  }

  /** Also brings back one of Microsoft's own principals after somebody has deleted it. */
  createServicePrincipal(clientId: string, settings: { accountEnabled?: boolean } = {}): ServicePrincipal {
    if (this.findServicePrincipalByClientId(clientId) !== undefined) {
      throw conflict(
        "The service principal cannot be created, updated, or restored because the service principal name " +
          `${clientId} is already in use.`,
      );
    }
    const microsoft = MICROSOFT_APPLICATIONS.find(application => application.clientId === clientId);
    if (microsoft !== undefined) return this.#addMicrosoftPrincipal(microsoft);

    const application = this.findApplicationByClientId(clientId);
    if (application === undefined) {
      throw badRequest(
        `The appId '${clientId}' of the service principal does not reference a valid application.`,
      );
    }
    const { displayName } = application;
    return this.#addPrincipal({
      ...newServicePrincipal({ clientId, displayName, kind: ServicePrincipalKind.application }),
      accountEnabled: settings.accountEnabled ?? true,
    });
  }

  updateServicePrincipal(objectId: string, changes: { accountEnabled: boolean }): ServicePrincipal {
    return Object.assign(this.getServicePrincipal(objectId), changes);
  }

  /** Deletes what was granted to it and on it as well. */
  deleteServicePrincipal(objectId: string): void {
    this.getServicePrincipal(objectId);
    this.servicePrincipals.delete(objectId);
    for (const { id, principalObjectId, resourceObjectId } of this.appRoleAssignments.values()) {
      if (principalObjectId === objectId || resourceObjectId === objectId) this.appRoleAssignments.delete(id);
    }
  }

  /** A managed identity is a service principal without application; delete it as a service principal. */
  createManagedIdentity(displayName: string): { clientId: string; principalObjectId: string } {
    const { objectId, clientId } = this.#addPrincipal(
      newServicePrincipal({
        clientId: randomUUID(),
        displayName,
        kind: ServicePrincipalKind.managedIdentity,
      }),
    );
    return { clientId, principalObjectId: objectId };
  }

  addFederatedCredential(
    applicationObjectId: string,
    settings: FederatedCredentialSettings,
  ): FederatedCredential {
    return credentials.addFederatedCredential(this.getApplication(applicationObjectId), settings);
  }

  updateFederatedCredential(
    applicationObjectId: string,
    id: string,
    changes: Partial<Omit<FederatedCredentialSettings, "name">>,
  ): FederatedCredential {
    return credentials.updateFederatedCredential(this.getApplication(applicationObjectId), id, changes);
  }

  removeFederatedCredential(applicationObjectId: string, id: string): void {
    credentials.removeFederatedCredential(this.getApplication(applicationObjectId), id);
  }

  /** Makes a client secret, and shows it this once. */
  addPassword(
    applicationObjectId: string,
    settings: credentials.PasswordSettings = {},
  ): { keyId: string; secretText: string } {
    return credentials.addPassword(this.getApplication(applicationObjectId), settings, this.#now());
  }

  removePassword(applicationObjectId: string, keyId: string): void {
    credentials.removePassword(this.getApplication(applicationObjectId), keyId);
  }

  /** Registers a public certificate in PEM. */
  addCertificate(
    applicationObjectId: string,
    certificate: string,
    displayName?: string,
  ): CertificateCredential {
    return credentials.addCertificate(this.getApplication(applicationObjectId), certificate, displayName);
  }

  removeCertificate(applicationObjectId: string, keyId: string): void {
    credentials.removeCertificate(this.getApplication(applicationObjectId), keyId);
  }

  /** Grants an application permission. The next token has it; tokens issued before never will. */
  assignAppRole(grant: AppRoleGrant): AppRoleAssignment {
    this.getServicePrincipal(grant.principalObjectId);
    const resource = this.getServicePrincipal(grant.resourceObjectId);
    refuseInvalidGrant(grant, resource, this.#assignments(grant.principalObjectId, grant.resourceObjectId));
    const assignment = { ...grant, id: randomUUID() };
    this.appRoleAssignments.set(assignment.id, assignment);
    return assignment;
  }

  removeAppRoleAssignment(id: string): void {
    if (!this.appRoleAssignments.delete(id)) throw notFound(id);
  }

  /**
   * Registers a client that exists already elsewhere and knows only its id and secret: application, service principal,
   * secret, and the consent of an administrator.
   * @param roles defaults to the roles that read every content type of the Management Activity API
   */
  registerConsentedClient(
    clientId: string,
    secret: string,
    roles: string[] = ["ActivityFeed.Read", "ActivityFeed.ReadDlp"],
  ): Application {
    const application = this.#addApplication(clientId, { displayName: `Client ${clientId}` });
    credentials.addKnownPassword(application, secret, {}, this.#now());
    const principal = this.createServicePrincipal(clientId);
    for (const role of roles) this.#consent(principal, role);
    return application;
  }

  /** Lets in an application, of this tenant or of another, with the application permissions that it asks for. */
  consentTo({ clientId, displayName, requiredResourceAccess }: Application): ServicePrincipal {
    const principal =
      this.findServicePrincipalByClientId(clientId) ??
      this.#addPrincipal(
        newServicePrincipal({ clientId, displayName, kind: ServicePrincipalKind.application }),
      );
    for (const { resourceAppId, resourceAccess } of requiredResourceAccess) {
      const resource = this.findServicePrincipalByClientId(resourceAppId);
      if (resource === undefined) continue;
      const held = this.#assignments(principal.objectId, resource.objectId).map(({ appRoleId }) => appRoleId);
      for (const { id: appRoleId, type } of resourceAccess)
        if (type === "Role" && !held.includes(appRoleId))
          this.assignAppRole({
            appRoleId,
            principalObjectId: principal.objectId,
            resourceObjectId: resource.objectId,
          });
    }
    return principal;
  }

  getApplication(objectId: string): Application {
    const application = this.applications.get(objectId);
    if (application === undefined) throw notFound(objectId);
    return application;
  }

  findApplicationByClientId(clientId: string): Application | undefined {
    return [...this.applications.values()].find(application => application.clientId === clientId);
  }

  getServicePrincipal(objectId: string): ServicePrincipal {
    const principal = this.servicePrincipals.get(objectId);
    if (principal === undefined) throw notFound(objectId);
    return principal;
  }

  findServicePrincipalByClientId(clientId: string): ServicePrincipal | undefined {
    return [...this.servicePrincipals.values()].find(principal => principal.clientId === clientId);
  }

  /** The principal of a resource by its client id or one of its URIs, with or without a slash at the end. */
  findResource(name: string): { principal: ServicePrincipal; servicePrincipalName: string } | undefined {
    const wanted = name.replace(/\/$/, "").toLowerCase();
    for (const principal of this.servicePrincipals.values()) {
      const servicePrincipalName = principal.servicePrincipalNames.find(own => own.toLowerCase() === wanted);
      if (servicePrincipalName !== undefined) return { principal, servicePrincipalName };
    }
    return undefined;
  }

  /** The values of the roles that the principal was granted on the resource. */
  rolesOf(principalObjectId: string, resourceObjectId: string): string[] {
    const { appRoles } = this.getServicePrincipal(resourceObjectId);
    const assigned = new Set(
      this.#assignments(principalObjectId, resourceObjectId).map(held => held.appRoleId),
    );
    return appRoles.filter(role => assigned.has(role.id)).map(role => role.value);
  }

  #assignments(principalObjectId: string, resourceObjectId: string): AppRoleAssignment[] {
    return [...this.appRoleAssignments.values()].filter(
      held => held.principalObjectId === principalObjectId && held.resourceObjectId === resourceObjectId,
    );
  }

  #addApplication(clientId: string, settings: ApplicationSettings): Application {
    if (settings.displayName === "") throw missingDisplayName();
    if (this.findApplicationByClientId(clientId) !== undefined) {
      throw conflict(`An application with the client id '${clientId}' already exists.`);
    }
    const application = newApplication(clientId, settings);
    this.applications.set(application.objectId, application);
    return application;
  }

  #addMicrosoftPrincipal(application: MicrosoftApplication): ServicePrincipal {
    const identifierUris = application.identifierUris.filter(this.#knowsResource);
    return this.#addPrincipal(microsoftServicePrincipal({ ...application, identifierUris }));
  }

  #addPrincipal(principal: ServicePrincipal): ServicePrincipal {
    this.servicePrincipals.set(principal.objectId, principal);
    return principal;
  }

  #consent(principal: ServicePrincipal, roleValue: string): void {
    const resource = this.findServicePrincipalByClientId(OFFICE_365_MANAGEMENT_APIS.clientId);
    const role = resource?.appRoles.find(candidate => candidate.value === roleValue);
    if (resource === undefined || role === undefined) {
      throw badRequest(
        `Permission entry '${roleValue}' not found on application 'Office 365 Management APIs'.`,
      );
    }
    this.assignAppRole({
      appRoleId: role.id,
      principalObjectId: principal.objectId,
      resourceObjectId: resource.objectId,
    });
  }
}

function missingDisplayName() {
  return badRequest("Invalid value specified for property 'displayName' of resource 'Application'.");
}
