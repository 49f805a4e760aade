/**
 * What a directory holds, with the property names of Microsoft Graph, except that ids say whose they are: Graph's `id`
 * is an object id here, and its `appId` a client id.
 */

export interface Application extends ApplicationSettings {
  objectId: string;
  clientId: string;
  owners: string[];
  signInAudience: string;
  requiredResourceAccess: RequiredResourceAccess[];
  federatedCredentials: FederatedCredential[];
  passwords: PasswordCredential[];
  certificates: CertificateCredential[];
}

export interface ApplicationSettings {
  displayName: string;
  /** Object ids. Defaults to nobody. */
  owners?: string[];
  /** Defaults to AzureADMyOrg. */
  signInAudience?: string;
  /** What the application asks for. Asking grants nothing: a grant is an app role assignment. Defaults to nothing. */
  requiredResourceAccess?: RequiredResourceAccess[];
}

export interface RequiredResourceAccess {
  resourceAppId: string;
  resourceAccess: { id: string; type: "Role" | "Scope" }[];
}

export interface FederatedCredential extends FederatedCredentialSettings {
  id: string;
}

export interface FederatedCredentialSettings {
  name: string;
  issuer: string;
  subject: string;
  /** Exactly one. */
  audiences: string[];
  description?: string;
}

/** A client secret. The directory keeps a digest only, as Entra shows a secret once and never again. */
export interface PasswordCredential {
  keyId: string;
  displayName: string;
  startDateTime: Date;
  endDateTime: Date;
  secretDigest: string;
}

export interface CertificateCredential {
  keyId: string;
  displayName: string;
  startDateTime: Date;
  endDateTime: Date;
  /** The public certificate in PEM. */
  certificate: string;
}

export interface ServicePrincipal {
  objectId: string;
  clientId: string;
  displayName: string;
  kind: ServicePrincipalKind;
  /** A principal that is switched off gets no token. */
  accountEnabled: boolean;
  /** The names by which a token request may call this principal as a resource: its client id and its URIs. */
  servicePrincipalNames: string[];
  appRoles: AppRole[];
}

export const ServicePrincipalKind = {
  application: "Application",
  managedIdentity: "ManagedIdentity",
  /** Of one of Microsoft's own applications, whose application object lives in Microsoft's tenant. */
  microsoft: "Microsoft",
} as const;
export type ServicePrincipalKind = (typeof ServicePrincipalKind)[keyof typeof ServicePrincipalKind];

export interface AppRole {
  id: string;
  value: string;
}

/** The grant of an application permission: what an administrator's consent creates. */
export interface AppRoleAssignment extends AppRoleGrant {
  id: string;
}

export interface AppRoleGrant {
  appRoleId: string;
  principalObjectId: string;
  resourceObjectId: string;
}
