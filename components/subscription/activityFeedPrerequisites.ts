import * as pulumi from "@pulumi/pulumi";
import { type Cloud, parseCloud } from "../../activity-api/clouds.ts";
import { type CredentialKind, parseCredential } from "../../activity-api/credentialKind.ts";
import type { PrerequisiteCheck, PrerequisiteReport } from "../../activity-api/prerequisites.ts";
import { SettingError } from "../../activity-api/settingError.ts";

export interface ActivityFeedPrerequisitesArgs {
  /** Tenant id (a GUID) of the tenant whose audit feed is wanted. */
  tenantId: pulumi.Input<string>;
  /**
   * Client id (a GUID) of the application that is to collect, when it exists already. Defaults to none, for one that this
   * program creates: then what depends on it stays unknown, and cloud, service and clock are looked at all the same. Leave
   * it out for a managed identity, as which nobody else can ask.
   */
  clientId?: pulumi.Input<string>;
  /** Microsoft cloud of the tenant: commercial, gcc, gccHigh or dod. Defaults to commercial. */
  cloud?: pulumi.Input<Cloud>;
  /** Content types that are to be subscribed to. Defaults to Audit.General. */
  contentTypes?: pulumi.Input<pulumi.Input<string>[]>;
  /** Tenant id (a GUID) of the company that wrote the client. Defaults to tenantId. */
  publisherIdentifier?: pulumi.Input<string>;
  /** How the deployer proves to be the application. Defaults to `auto`: the first that is there, in the documented order. */
  credential?: pulumi.Input<CredentialKind | "auto">;
  /** Management Activity API instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  activityApiUrl?: pulumi.Input<string>;
  /** Login endpoint instead of the cloud's own, for odd networks and tests. Defaults to the cloud's. */
  authorityUrl?: pulumi.Input<string>;
}

/** A tenant in which nothing that was looked at stands in the way. */
export interface CheckedTenant {
  /** The tenant id that was given. What takes it from here is not created before the checks are over. */
  tenantId: string;
  /** What was found; each is `ok` or `unknown`. */
  checks: PrerequisiteCheck[];
}

/**
 * Looks at what an integration needs in a tenant, before anything is created: cloud, service, clock, token, roles and
 * audit logging. It only reads, in every preview and update; a subscription that is not started yet is in order.
 *
 * When something is wrong the output fails with the table of all checks, and the preview with it. While an argument is
 * unknown, as in the preview of what creates it, nothing is looked at.
 *
 * ```ts
 * const tenant = activityFeedPrerequisites({ tenantId, cloud: "gccHigh" });
 * new SiemIntegration("defender", { tenantId: tenant.tenantId, cloud: "gccHigh", location });
 * ```
 */
export function activityFeedPrerequisites(args: ActivityFeedPrerequisitesArgs): pulumi.Output<CheckedTenant> {
  return pulumi.output(args).apply(async known => {
    // Loaded here, since programs that do not ask for this should not wait for HTTP and token libraries.
    const { hasFailed } = await import("../../activity-api/prerequisites.ts");
    const { prerequisiteTable } = await import("../../activity-api/prerequisites/table.ts");
    const report = await look(known);
    if (hasFailed(report)) throw refusal(`\n${prerequisiteTable(report.checks)}`);
    return { tenantId: known.tenantId, checks: report.checks };
  });
}

async function look(
  args: pulumi.UnwrappedObject<ActivityFeedPrerequisitesArgs>,
): Promise<PrerequisiteReport> {
  const { checkPrerequisites } = await import("../../activity-api/prerequisites.ts");
  try {
    return await checkPrerequisites({
      ...args,
      cloud: args.cloud === undefined ? undefined : parseCloud(args.cloud),
      credential: args.credential === undefined ? undefined : parseCredential(args.credential),
      beforeDeployment: true,
    });
  } catch (error) {
    throw error instanceof SettingError ? refusal(error.message) : error;
  }
}

/** A `RunError` is shown without a stack. */
function refusal(reason: string): pulumi.RunError {
  return new pulumi.RunError(`The prerequisites of the activity feed are not met. ${reason}`);
}
