import * as pulumi from "@pulumi/pulumi";
import { ContentType } from "../activity-api/contentTypes.ts";
import { ActivityFeedRole } from "./activityFeedGrants.ts";
import { AppRegistration, type AppRegistrationArgs } from "./appRegistration.ts";
import type { ManagedIdentity } from "./flexFunctionApp.ts";
import { IdentityAccess } from "./identityAccess.ts";
import { PollerCredential } from "./pollerCredential.ts";

export interface FeedClientArgs extends Omit<AppRegistrationArgs, "roles" | "trustedIdentities"> {
  pollerCredential: PollerCredential;
  contentTypes: readonly ContentType[];
  /** What the poller runs as. */
  identity: ManagedIdentity;
  onDestroy?: string;
}

/** The client that reads the feed and owns the subscriptions, whichever kind it is of. */
export interface FeedClient {
  clientId: pulumi.Output<string>;
  grantedRoles: pulumi.Output<string[]>;
  grantIds: pulumi.Output<string[]>;
  consentUrl: pulumi.Output<string>;
  /** What has to be there before the client is used. */
  component: pulumi.ComponentResource;
  /** Whether the deployer can act as the client, and so declare its subscriptions. */
  isOpenToDeployer: boolean;
}

/** An application that trusts the poller's identity, or that identity itself. */
export function createFeedClient(
  name: string,
  args: FeedClientArgs,
  parent: pulumi.ComponentResource,
): FeedClient {
  const roles = rolesFor(args.contentTypes);
  return args.pollerCredential === PollerCredential.managedIdentity
    ? asIdentity(name, roles, args, parent)
    : asApplication(name, roles, args, parent);
}

function rolesFor(contentTypes: readonly ContentType[]): ActivityFeedRole[] {
  return contentTypes.includes(ContentType.Dlp)
    ? [ActivityFeedRole.read, ActivityFeedRole.readDlp]
    : [ActivityFeedRole.read];
}

function asApplication(
  name: string,
  roles: ActivityFeedRole[],
  args: FeedClientArgs,
  parent: pulumi.ComponentResource,
): FeedClient {
  const { pollerCredential: _, contentTypes: __, onDestroy: ___, identity, ...settings } = args;
  const trustedIdentities = { poller: identity.principalId };
  const component = new AppRegistration(name, { ...settings, roles, trustedIdentities }, { parent });
  const { clientId, grantedRoles, grantIds, consentUrl } = component;
  return { clientId, grantedRoles, grantIds, consentUrl, component, isOpenToDeployer: true };
}

function asIdentity(
  name: string,
  roles: ActivityFeedRole[],
  args: FeedClientArgs,
  parent: pulumi.ComponentResource,
): FeedClient {
  refuseWhatNeedsAnApplication(args, parent);
  const { identity, cloud, adminConsent } = args;
  const component = new IdentityAccess(name, { identity, cloud, roles, adminConsent }, { parent });
  const { clientId, grantedRoles, grantIds } = component;
  const consentUrl = pulumi.output("");
  return { clientId, grantedRoles, grantIds, consentUrl, component, isOpenToDeployer: false };
}

/** Each of these would be without effect, which somebody would find out late. */
function refuseWhatNeedsAnApplication(args: FeedClientArgs, parent: pulumi.ComponentResource): void {
  const withoutEffect = [
    [
      "trustedPipelines",
      Object.keys(args.trustedPipelines ?? {}).length > 0,
      "Nobody but the poller can act as its managed identity, no pipeline either.",
    ],
    ["application", args.application !== undefined, "There is no application."],
    ["owners", (args.owners ?? []).length > 0, "There is no application to own."],
    ["displayName", args.displayName !== undefined, "There is no application to name."],
    [
      "onDestroy",
      args.onDestroy === "stop",
      "The subscriptions are the identity's, so that nothing here can stop them.",
    ],
  ] as const;
  for (const [argument, isGiven, reason] of withoutEffect)
    if (isGiven)
      throw new pulumi.ResourceError(
        `${argument}: ${reason} Leave it out, or set pollerCredential to federatedApp.`,
        parent,
        true,
      );
}
