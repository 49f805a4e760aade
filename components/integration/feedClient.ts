import * as pulumi from "@pulumi/pulumi";
import { ContentType } from "../../activity-api/contentTypes.ts";
import { ActivityFeedRole } from "../application/activityFeedGrants.ts";
import { ApplicationKey } from "../application/applicationKey.ts";
import { AppRegistration, type AppRegistrationArgs } from "../application/appRegistration.ts";
import { IdentityAccess } from "../application/identityAccess.ts";
import { PollerCredential } from "../application/pollerCredential.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { isGivenList } from "../pulumi/validation.ts";
import type { BelowIntegration } from "./integrationPreflight.ts";

export interface FeedClientArgs
  extends Omit<AppRegistrationArgs, "roles" | "trustedIdentities" | "certificates"> {
  pollerCredential: PollerCredential;
  contentTypes: readonly ContentType[];
  /** What the poller runs as. */
  identity: ManagedIdentity;
  onDestroy?: string;
  /** Where a key vault goes, with the tags of it. */
  place: KeyPlace;
}

interface KeyPlace {
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
}

/** The client that reads the feed and owns the subscriptions, whichever kind it is of. */
export interface FeedClient {
  clientId: pulumi.Output<string>;
  grantedRoles: pulumi.Output<string[]>;
  grantIds: pulumi.Output<string[]>;
  consentUrl: pulumi.Output<string>;
  /** What has to be there before the client is used. */
  ready: pulumi.ComponentResource[];
  /** What the poller signs with; undefined where its identity's own token is the proof. */
  key?: ApplicationKey;
  /** Whether the deployer can act as the client, and so declare its subscriptions. */
  isOpenToDeployer: boolean;
}

/** An application that trusts the poller's identity or has a certificate, or that identity itself. */
export function createFeedClient(name: string, args: FeedClientArgs, below: BelowIntegration): FeedClient {
  const roles = rolesFor(args.contentTypes);
  switch (args.pollerCredential) {
    case PollerCredential.managedIdentity:
      return asIdentity(name, roles, args, below);
    case PollerCredential.certificate:
      return asApplicationWithKey(name, roles, args, below);
    default:
      return asApplication(name, roles, args, below);
  }
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
  below: BelowIntegration,
): FeedClient {
  const trustedIdentities = { poller: args.identity.principalId };
  const component = new AppRegistration(name, { ...registrationOf(args), roles, trustedIdentities }, below);
  return { ...outputsOf(component), ready: [component], isOpenToDeployer: true };
}

/** The application trusts nobody but the holder of the key, unless pipelines are named; so nobody else keeps subscriptions. */
function asApplicationWithKey(
  name: string,
  roles: ActivityFeedRole[],
  args: FeedClientArgs,
  below: BelowIntegration,
): FeedClient {
  const isOpenToDeployer = Object.keys(args.trustedPipelines ?? {}).length > 0;
  if (args.onDestroy === "stop" && !isOpenToDeployer)
    throw new pulumi.ResourceError(
      "onDestroy: Nobody but the poller can act as the application, so that nothing here can stop its subscriptions. " +
        "Leave it out, or name this pipeline in trustedPipelines.",
      below.parent,
      true,
    );
  const { identity, place, tenantId, cloud, authorityUrl } = args;
  const signers = { poller: identity.principalId };
  const key = new ApplicationKey(name, { ...place, tenantId, cloud, authorityUrl, signers }, below);
  const { certificate, notAfter } = key;
  const component = new AppRegistration(
    name,
    { ...registrationOf(args), roles, certificates: { poller: { certificate, notAfter } } },
    below,
  );
  return { ...outputsOf(component), ready: [component, key], key, isOpenToDeployer };
}

/** What is the application's own among the arguments. */
function registrationOf(args: FeedClientArgs): AppRegistrationArgs {
  const {
    pollerCredential: _,
    contentTypes: __,
    onDestroy: ___,
    identity: ____,
    place: _____,
    ...own
  } = args;
  return own;
}

function outputsOf({ clientId, grantedRoles, grantIds, consentUrl }: AppRegistration) {
  return { clientId, grantedRoles, grantIds, consentUrl };
}

function asIdentity(
  name: string,
  roles: ActivityFeedRole[],
  args: FeedClientArgs,
  below: BelowIntegration,
): FeedClient {
  refuseWhatNeedsAnApplication(args, below.parent);
  const { identity, cloud, adminConsent } = args;
  const component = new IdentityAccess(name, { identity, cloud, roles, adminConsent }, below);
  const { clientId, grantedRoles, grantIds } = component;
  const consentUrl = pulumi.output("");
  return { clientId, grantedRoles, grantIds, consentUrl, ready: [component], isOpenToDeployer: false };
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
    ["owners", isGivenList(args.owners), "There is no application to own."],
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
