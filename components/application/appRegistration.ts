import { Application } from "@pulumi/azuread/application.js";
import { getClientConfigOutput } from "@pulumi/azuread/getClientConfig.js";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import { adminConsentUrl } from "../../activity-api/adminConsent.ts";
import { CLOUDS, Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { parseEndpoint } from "../../activity-api/endpoints.ts";
import { parseClientId, parseTenantId } from "../../activity-api/identifiers.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { checked, isGivenList, parseOrRefuse } from "../pulumi/validation.ts";
import {
  ACTIVITY_FEED_ROLE_IDS,
  ActivityFeedRole,
  AdminConsent,
  grantActivityFeedRoles,
  OFFICE_365_MANAGEMENT_APIS,
  parseAdminConsent,
} from "./activityFeedGrants.ts";
import {
  type Authority,
  addCertificates,
  type ProvedApplication,
  trustIdentities,
  trustPipelines,
} from "./applicationProofs.ts";

/** Whose administrators can let the application in, in Microsoft's words. */
export const SignInAudience = {
  /** Those of its own tenant. */
  ownTenant: "AzureADMyOrg",
  /** Those of every tenant. */
  everyTenant: "AzureADMultipleOrgs",
} as const;
export type SignInAudience = (typeof SignInAudience)[keyof typeof SignInAudience];

/** A pipeline that may act as the application, by the OpenID Connect token that its CI system gives it. */
export interface TrustedPipeline {
  /** Issuer of the token, such as `https://token.actions.githubusercontent.com`. */
  issuer: pulumi.Input<string>;
  /** Subject of the token, case-sensitive, such as `repo:contoso/siem:environment:production`. */
  subject: pulumi.Input<string>;
}

/** A certificate that proves the application: what `ApplicationKey` gives. */
export interface KnownCertificate {
  /** The certificate, without its key: DER in base64. */
  certificate: pulumi.Input<string>;
  /** When the certificate ends, in ISO 8601. */
  notAfter: pulumi.Input<string>;
}

/** An application that somebody else keeps. */
export interface ExistingApplication {
  /** Client id (application id). */
  clientId: pulumi.Input<string>;
  /** Object id of the application. */
  objectId: pulumi.Input<string>;
  /** Object id of the application's service principal in the tenant. */
  servicePrincipalObjectId: pulumi.Input<string>;
}

export interface AppRegistrationArgs {
  /** Tenant id (a GUID) of the Entra tenant that the application is registered in. */
  tenantId: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Name shown in Entra. Defaults to the name of the component. */
  displayName?: pulumi.Input<string>;
  /** Application roles to request, and to grant unless consent is manual. Plain, since each is granted by a resource of its own. Defaults to ActivityFeed.Read alone. */
  roles?: ActivityFeedRole[];
  /** Whom the application is for: `AzureADMyOrg`, its own tenant; `AzureADMultipleOrgs`, every tenant whose administrator consents. Plain, since it decides which resources there are. Defaults to AzureADMyOrg. */
  signInAudience?: SignInAudience;
  /** `grant` consents as code; `manual` leaves it to an administrator, see the outputs consentUrl and manualSteps. Plain, since it decides which resources there are. Both are about its own tenant, which is one among others for an application of every tenant. Defaults to grant, and for an application of every tenant to neither. */
  adminConsent?: AdminConsent;
  /** Object ids of user-assigned managed identities that may act as the application, by a name for each. Defaults to none. */
  trustedIdentities?: Record<string, pulumi.Input<string>>;
  /** Pipelines that may act as the application, by a name for each. Defaults to none. */
  trustedPipelines?: Record<string, TrustedPipeline>;
  /** Certificates that prove the application, by a name for each. Defaults to none. */
  certificates?: Record<string, KnownCertificate>;
  /** Object ids of owners besides the deployer, of the application and its service principal. Defaults to none. */
  owners?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * An existing application, which is never changed or deleted: whom it is to trust is left to its owner, see the output
   * manualSteps, and only the consent is granted here, unless it is manual too. Defaults to a new one.
   */
  application?: ExistingApplication;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
}

/**
 * The application that reads the audit feed, its service principal, its granted roles, and who may act as it.
 * It holds no secret: managed identities and pipelines prove themselves with tokens of their own, or with a certificate
 * whose key is elsewhere.
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
  /** Commands that another person has to run; empty when this program did it all. */
  readonly manualSteps: pulumi.Output<string[]>;

  constructor(name: string, args: AppRegistrationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:AppRegistration", name, componentInputs(args), opts);
    const manualSteps = collectManualSteps(this);
    const settings = readSettings(args, this);
    const application = args.application
      ? checkExisting(args.application, args, this)
      : register(name, settings, args, this);
    const { servicePrincipalObjectId: principalObjectId } = application;
    const grants = grantInOwnTenant(name, settings, principalObjectId, this);
    trustIdentities(name, application, settings, args, this);
    trustPipelines(name, application, settings, args, this);
    addCertificates(name, application, args, this);

    this.clientId = application.clientId;
    this.applicationObjectId = application.objectId;
    this.servicePrincipalObjectId = principalObjectId;
    this.grantedRoles = pulumi.output(grants.map(({ role }) => role));
    this.grantIds = pulumi.output(grants.map(({ grant }) => grant.id));
    this.consentUrl = consentUrl(settings, application.clientId);
    this.manualSteps = manualSteps();
    this.registerOutputs({
      clientId: this.clientId,
      applicationObjectId: this.applicationObjectId,
      servicePrincipalObjectId: this.servicePrincipalObjectId,
      grantedRoles: this.grantedRoles,
      grantIds: this.grantIds,
      consentUrl: this.consentUrl,
      manualSteps: this.manualSteps,
    });
  }
}

interface Settings extends Authority {
  roles: ActivityFeedRole[];
  signInAudience: SignInAudience;
  /** Undefined where nothing is to be said of its own tenant. */
  adminConsent: AdminConsent | undefined;
}

function readSettings(args: AppRegistrationArgs, parent: AppRegistration): Settings {
  const cloud = checked(parent, "cloud", args.cloud ?? Cloud.commercial, parseCloud);
  const signInAudience = parseOrRefuse(
    parent,
    "signInAudience",
    args.signInAudience ?? SignInAudience.ownTenant,
    parseSignInAudience,
  );
  const isForOthers = signInAudience === SignInAudience.everyTenant;
  const consent = args.adminConsent ?? (isForOthers ? undefined : AdminConsent.grant);
  return {
    cloud,
    tenantId: checked(parent, "tenantId", args.tenantId, parseTenantId),
    authorityUrl: args.authorityUrl
      ? checked(parent, "authorityUrl", args.authorityUrl, url => parseEndpoint("authorityUrl", url))
      : cloud.apply(known => CLOUDS[known].authorityUrl),
    roles: args.roles ?? [ActivityFeedRole.read],
    signInAudience,
    adminConsent: consent && parseOrRefuse(parent, "adminConsent", consent, parseAdminConsent),
  };
}

function parseSignInAudience(value: string): SignInAudience {
  const known = Object.values(SignInAudience).find(each => each === value);
  if (known !== undefined) return known;
  throw new Error(
    `"${value}" is not whom an application is for. Use "${SignInAudience.ownTenant}" (its own tenant) or ` +
      `"${SignInAudience.everyTenant}" (every tenant whose administrator consents).`,
  );
}

function grantInOwnTenant(
  name: string,
  { adminConsent, ...settings }: Settings,
  principalObjectId: pulumi.Output<string>,
  parent: AppRegistration,
) {
  if (adminConsent === undefined) return [];
  return grantActivityFeedRoles(name, { ...settings, adminConsent, principalObjectId }, parent);
}

/** The application, be it new or somebody else's. */
interface RegisteredApplication extends ProvedApplication {
  clientId: pulumi.Output<string>;
  servicePrincipalObjectId: pulumi.Output<string>;
}

function register(
  name: string,
  settings: Settings,
  args: AppRegistrationArgs,
  parent: AppRegistration,
): RegisteredApplication {
  const owners = ownersOf(args, parent);
  const { id, clientId, objectId } = createApplication(name, settings, owners, args, parent);
  const principal = createServicePrincipal(name, clientId, owners, parent);
  return { clientId, objectId, servicePrincipalObjectId: principal.objectId, applicationId: id };
}

function checkExisting(
  existing: ExistingApplication,
  args: AppRegistrationArgs,
  parent: AppRegistration,
): RegisteredApplication {
  const given = { displayName: args.displayName !== undefined, owners: isGivenList(args.owners) };
  for (const [argument, isGiven] of Object.entries(given))
    if (isGiven)
      throw new pulumi.ResourceError(
        `${argument}: An existing application is given, which is never changed. Leave ${argument} out.`,
        parent,
        true,
      );
  return {
    clientId: checked(parent, "application.clientId", existing.clientId, parseClientId),
    objectId: checked(parent, "application.objectId", existing.objectId, parseObjectId),
    servicePrincipalObjectId: checked(
      parent,
      "application.servicePrincipalObjectId",
      existing.servicePrincipalObjectId,
      parseObjectId,
    ),
    applicationId: undefined,
  };
}

function parseObjectId(value: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return value.toLowerCase();
  throw new Error(
    `${JSON.stringify(value)} is not an object id, which is a GUID. The portal shows it beside the client id; the service principal's is the one under Enterprise applications.`,
  );
}

/** An application without an owner cannot be changed later by a deployer with Application.ReadWrite.OwnedBy. */
function ownersOf(args: AppRegistrationArgs, parent: AppRegistration): pulumi.Output<string[]> {
  const deployer = getClientConfigOutput({ parent });
  return pulumi
    .all([deployer.objectId, args.owners ?? []])
    .apply(([deployerId, others]) => [...new Set([deployerId, ...others])]);
}

function createApplication(
  name: string,
  settings: Settings,
  owners: pulumi.Output<string[]>,
  args: AppRegistrationArgs,
  parent: AppRegistration,
) {
  return new Application(
    name,
    {
      displayName: args.displayName ?? name,
      signInAudience: settings.signInAudience,
      owners,
      fallbackPublicClientEnabled: false,
      featureTags: [{ enterprise: true, hide: true }],
      requiredResourceAccesses: [
        {
          resourceAppId: OFFICE_365_MANAGEMENT_APIS,
          resourceAccesses: settings.roles.map(role => ({ id: ACTIVITY_FEED_ROLE_IDS[role], type: "Role" })),
        },
      ],
    },
    { parent },
  );
}

function createServicePrincipal(
  name: string,
  clientId: pulumi.Output<string>,
  owners: pulumi.Output<string[]>,
  parent: AppRegistration,
) {
  return new ServicePrincipal(
    `${name}-principal`,
    {
      clientId,
      owners,
      // Nobody signs in to this application; it acts by itself.
      appRoleAssignmentRequired: true,
    },
    { parent },
  );
}

function consentUrl(settings: Settings, client: pulumi.Output<string>): pulumi.Output<string> {
  if (settings.adminConsent !== AdminConsent.manual) return pulumi.output("");
  const { tenantId, cloud, authorityUrl } = settings;
  return pulumi
    .output({ tenantId, clientId: client, cloud, authorityUrl })
    .apply(tenant => adminConsentUrl(tenant));
}
