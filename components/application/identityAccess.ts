import * as pulumi from "@pulumi/pulumi";
import { Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { collectManualSteps } from "../deployer/manualSteps.ts";
import type { ManagedIdentity } from "../poller/flexFunctionApp.ts";
import { componentInputs } from "../pulumi/componentInputs.ts";
import { checked, parseOrRefuse } from "../pulumi/validation.ts";
import {
  ActivityFeedRole,
  AdminConsent,
  grantActivityFeedRoles,
  parseAdminConsent,
} from "./activityFeedGrants.ts";

export interface IdentityAccessArgs {
  /** User-assigned managed identity, in the tenant whose audit feed it is to read. */
  identity: ManagedIdentity;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Application roles to grant unless consent is manual. Plain, since each is granted by a resource of its own. Defaults to ActivityFeed.Read alone. */
  roles?: ActivityFeedRole[];
  /** `grant` consents as code; `manual` leaves it to an administrator, see the output manualSteps. Plain, since it decides which resources there are. Defaults to grant. */
  adminConsent?: AdminConsent;
}

/**
 * The right of a managed identity to read the audit feed as itself, without an application. Nobody else can act as the
 * identity: the subscriptions are its own, and only what runs as it can start, list or stop them.
 *
 * ```ts
 * const access = new IdentityAccess("defender", { identity });
 * ```
 */
export class IdentityAccess extends pulumi.ComponentResource {
  /** Client id of the identity. */
  readonly clientId: pulumi.Output<string>;
  /** Names of the roles that this program granted; empty when consent is manual. */
  readonly grantedRoles: pulumi.Output<string[]>;
  /** Ids of the grants, in the order of grantedRoles. */
  readonly grantIds: pulumi.Output<string[]>;
  /** Commands that another person has to run; empty when this program did it all. An identity has no consent URL. */
  readonly manualSteps: pulumi.Output<string[]>;

  constructor(name: string, args: IdentityAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("defender-siem:index:IdentityAccess", name, componentInputs(args), opts);
    const manualSteps = collectManualSteps(this);
    const grants = grantActivityFeedRoles(
      name,
      {
        cloud: checked(this, "cloud", args.cloud ?? Cloud.commercial, parseCloud),
        roles: args.roles ?? [ActivityFeedRole.read],
        adminConsent: parseOrRefuse(
          this,
          "adminConsent",
          args.adminConsent ?? AdminConsent.grant,
          parseAdminConsent,
        ),
        principalObjectId: args.identity.principalId,
      },
      this,
    );

    this.clientId = pulumi.output(args.identity.clientId);
    this.grantedRoles = pulumi.output(grants.map(({ role }) => role));
    this.grantIds = pulumi.output(grants.map(({ grant }) => grant.id));
    this.manualSteps = manualSteps();
    this.registerOutputs({
      clientId: this.clientId,
      grantedRoles: this.grantedRoles,
      grantIds: this.grantIds,
      manualSteps: this.manualSteps,
    });
  }
}
