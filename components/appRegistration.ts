import { Application } from "@pulumi/azuread/application.js";
import { ApplicationFederatedIdentityCredential } from "@pulumi/azuread/applicationFederatedIdentityCredential.js";
import { AppRoleAssignment } from "@pulumi/azuread/appRoleAssignment.js";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig.js";
import { getServicePrincipalOutput } from "@pulumi/azuread/getServicePrincipal.js";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import { adminConsentUrl } from "../activity-api/adminConsent.ts";
import { CLOUDS, Cloud, parseCloud } from "../activity-api/clouds.ts";
import { parseEndpoint } from "../activity-api/endpoints.ts";
import { parseTenantId } from "../activity-api/identifiers.ts";
import { checked, parseOrRefuse } from "./validation.ts";

/** Who grants the application its roles: this program, or a person with the consent URL. */
export const AdminConsent = { grant: "grant", manual: "manual" } as const;
export type AdminConsent = (typeof AdminConsent)[keyof typeof AdminConsent];

/** The application roles of the Management Activity API that an integration can need. */
export const ActivityFeedRole = {
  read: "ActivityFeed.Read",
  /** For `DLP.All` only: it reveals the sensitive values that were detected. */
  readDlp: "ActivityFeed.ReadDlp",
} as const;
export type ActivityFeedRole = (typeof ActivityFeedRole)[keyof typeof ActivityFeedRole];

/** A pipeline that may act as the application, by the OpenID Connect token that its CI system gives it. */
export interface TrustedPipeline {
  /** Issuer of the token, such as `https://token.actions.githubusercontent.com`. */
  issuer: pulumi.Input<string>;
  /** Subject of the token, case-sensitive, such as `repo:contoso/siem:environment:production`. */
  subject: pulumi.Input<string>;
}

export interface AppRegistrationArgs {
  /** Tenant id (a GUID) of the Entra tenant that the application is registered in. */
  tenantId: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: Cloud;
  /** Name shown in Entra. Defaults to the name of the component. */
  displayName?: pulumi.Input<string>;
  /** Application roles to request, and to grant unless consent is manual. Defaults to ActivityFeed.Read alone. */
  roles?: ActivityFeedRole[];
  /** `grant` consents as code; `manual` leaves it to an administrator, see the output consentUrl. Defaults to grant. */
  adminConsent?: AdminConsent;
  /** Object ids of user-assigned managed identities that may act as the application, by a name for each. Defaults to none. */
  trustedIdentities?: Record<string, pulumi.Input<string>>;
  /** Pipelines that may act as the application, by a name for each. Defaults to none. */
  trustedPipelines?: Record<string, TrustedPipeline>;
  /** Object ids of owners besides the deployer. Defaults to none. */
  owners?: pulumi.Input<string>[];
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: string;
}

/** Application id of "Office 365 Management APIs" in every tenant and cloud. */
export const OFFICE_365_MANAGEMENT_APIS = "c5393580-f805-4401-95e8-94b7a6ef2fc2";

/**
 * Role ids as published with the provider's documentation and cross-checked with public permission lists; several
 * other GUIDs that circulate for ActivityFeed.Read are invented.
 */
const ROLE_IDS: Record<ActivityFeedRole, string> = {
  "ActivityFeed.Read": "594c1fb6-4f81-4475-ae41-0c394909246c",
  "ActivityFeed.ReadDlp": "4807a72c-ad38-4250-94c9-4eabfe26cd55",
};

/**
 * The application that reads the audit feed, its service principal, its granted roles, and who may act as it.
 * It holds no secret: managed identities and pipelines prove themselves with tokens of their own.
 *
 * ```ts
 * const app = new AppRegistration("defender", { tenantId, trustedIdentities: { poller: identity.principalId } });
 * ```
 */
export class AppRegistration extends pulumi.ComponentResource {
  /** Client id (application id). */
  readonly clientId: pulumi.Output<string>;
  /** Object id of the application. */
  readonly applicationObjectId: pulumi.Output<string>;
  /** Object id of the application's service principal in the tenant. */
  readonly servicePrincipalObjectId: pulumi.Output<string>;
  /** Names of the roles that this program granted; empty when consent is manual. */
  readonly grantedRoles: pulumi.Output<string[]>;
  /** Ids of the grants, in the order of grantedRoles. A new one says that Entra may still be spreading the role. */
  readonly grantIds: pulumi.Output<string[]>;
  /** Where an administrator consents when consent is manual; empty when it was granted here. */
  readonly consentUrl: pulumi.Output<string>;

  constructor(name: string, args: AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:AppRegistration", name, args, opts);
    const settings = readSettings(args, this);
    const application = createApplication(name, settings, args, this);
    const servicePrincipal = createServicePrincipal(name, application, this);
    const grants = grantRoles(name, settings, servicePrincipal, this);
    trustIdentities(name, application, settings, args, this);
    trustPipelines(name, application, settings, args, this);

    this.clientId = application.clientId;
    this.applicationObjectId = application.objectId;
    this.servicePrincipalObjectId = servicePrincipal.objectId;
    this.grantedRoles = pulumi.output(grants.map(({ role }) => role));
    this.grantIds = pulumi.output(grants.map(({ grant }) => grant.id));
    this.consentUrl = consentUrl(settings, application);
    this.registerOutputs({
      clientId: this.clientId,
      applicationObjectId: this.applicationObjectId,
      servicePrincipalObjectId: this.servicePrincipalObjectId,
      grantedRoles: this.grantedRoles,
      grantIds: this.grantIds,
      consentUrl: this.consentUrl,
    });
  }
}

interface Settings {
  tenantId: pulumi.Output<string>;
  cloud: Cloud;
  authorityUrl: string;
  roles: ActivityFeedRole[];
  adminConsent: AdminConsent;
}

function readSettings(args: AppRegistrationArgs, parent: AppRegistration): Settings {
  const cloud = parseOrRefuse(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud);
  return {
    cloud,
    tenantId: checked(parent, "tenantId", args.tenantId, parseTenantId),
    authorityUrl: args.authorityUrl
      ? parseOrRefuse(parent, "authorityUrl", args.authorityUrl, url => parseEndpoint("authorityUrl", url))
      : CLOUDS[cloud].authorityUrl,
    roles: args.roles ?? [ActivityFeedRole.read],
    adminConsent: parseOrRefuse(parent, "adminConsent", args.adminConsent ?? "grant", parseAdminConsent),
  };
}

function parseAdminConsent(value: string): AdminConsent {
  if (value === AdminConsent.grant || value === AdminConsent.manual) return value;
  throw new Error(
    `"${value}" is not a way to consent. Use "grant" (the deployer consents as code) or "manual" (an administrator opens the consent URL).`,
  );
}

function createApplication(
  name: string,
  settings: Settings,
  args: AppRegistrationArgs,
  parent: AppRegistration,
) {
  const deployer = getClientConfigOutput({ parent });
  return new Application(
    name,
    {
      displayName: args.displayName ?? name,
      signInAudience: "AzureADMyOrg",
      // An application without an owner cannot be changed later by a deployer with Application.ReadWrite.OwnedBy.
      owners: pulumi.all([deployer.objectId, ...(args.owners ?? [])]).apply(ids => [...new Set(ids)]),
      fallbackPublicClientEnabled: false,
      featureTags: [{ enterprise: true, hide: true }],
      requiredResourceAccesses: [
        {
          resourceAppId: OFFICE_365_MANAGEMENT_APIS,
          resourceAccesses: settings.roles.map(role => ({ id: ROLE_IDS[role], type: "Role" })),
        },
      ],
    },
    { parent },
  );
}

function createServicePrincipal(name: string, application: Application, parent: AppRegistration) {
  const deployer = getClientConfigOutput({ parent });
  return new ServicePrincipal(
    `${name}-principal`,
    {
      clientId: application.clientId,
      owners: [deployer.objectId],
      // Nobody signs in to this application; it acts by itself.
      appRoleAssignmentRequired: true,
    },
    { parent },
  );
}

/**
 * The grant is the administrator's consent. Microsoft's service principal is read, never adopted: a resource with
 * `useExisting` would delete it on destroy (pulumi/pulumi-azuread#2045).
 */
function grantRoles(
  name: string,
  settings: Settings,
  servicePrincipal: ServicePrincipal,
  parent: AppRegistration,
) {
  if (settings.adminConsent === AdminConsent.manual) return [];
  const managementApis = getServicePrincipalOutput({ clientId: OFFICE_365_MANAGEMENT_APIS }, { parent });
  return settings.roles.map(role => ({
    role,
    grant: new AppRoleAssignment(
      `${name}-${role}`,
      {
        appRoleId: ROLE_IDS[role],
        principalObjectId: servicePrincipal.objectId,
        resourceObjectId: managementApis.objectId,
      },
      { parent },
    ),
  }));
}

/** https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity */
function trustIdentities(
  name: string,
  application: Application,
  settings: Settings,
  args: AppRegistrationArgs,
  parent: AppRegistration,
) {
  const issuer = pulumi.interpolate`${settings.authorityUrl}/${settings.tenantId}/v2.0`;
  for (const [identity, objectId] of Object.entries(args.trustedIdentities ?? {})) {
    trust(`${name}-trusts-${identity}`, application, { issuer, subject: objectId }, settings, parent);
  }
}

function trustPipelines(
  name: string,
  application: Application,
  settings: Settings,
  args: AppRegistrationArgs,
  parent: AppRegistration,
) {
  for (const [pipeline, token] of Object.entries(args.trustedPipelines ?? {})) {
    trust(`${name}-trusts-${pipeline}`, application, token, settings, parent);
  }
}

function trust(
  name: string,
  application: Application,
  token: TrustedPipeline,
  settings: Settings,
  parent: AppRegistration,
) {
  return new ApplicationFederatedIdentityCredential(
    name,
    {
      applicationId: application.id,
      displayName: name,
      issuer: token.issuer,
      subject: token.subject,
      audiences: [CLOUDS[settings.cloud].tokenExchangeAudience],
    },
    { parent },
  );
}

function consentUrl(settings: Settings, application: Application): pulumi.Output<string> {
  if (settings.adminConsent === AdminConsent.grant) return pulumi.output("");
  const { cloud, authorityUrl } = settings;
  return pulumi
    .all([settings.tenantId, application.clientId])
    .apply(([tenantId, clientId]) => adminConsentUrl({ tenantId, clientId, cloud, authorityUrl }));
}
