import { Workspace } from "@pulumi/azure-native/operationalinsights/workspace.js";
import type * as pulumi from "@pulumi/pulumi";

export interface WorkspaceArgs {
  resourceGroupName: pulumi.Input<string>;
  location?: pulumi.Input<string>;
  tags?: pulumi.Input<Record<string, pulumi.Input<string>>>;
  /**
   * Gigabytes a day after which Azure drops what arrives until the next day. Defaults to no limit: what is dropped is
   * lost, so that only a workspace into which no events go may have one.
   */
  dailyQuotaGb?: pulumi.Input<number>;
}

/** What Application Insights and Microsoft Sentinel keep at no charge of their own. */
const RETENTION_DAYS = 90;

/** What Azure takes for no limit; left out, an earlier limit would stay. */
const NO_QUOTA = -1;

/**
 * The Log Analytics workspace of an integration: its telemetry, and its events when a sink wants them there. Only Entra
 * identities write into it, and whoever may read a resource may read the logs of that resource.
 */
export function createWorkspace(
  name: string,
  args: WorkspaceArgs,
  opts: pulumi.CustomResourceOptions,
): Workspace {
  return new Workspace(
    name,
    {
      resourceGroupName: args.resourceGroupName,
      location: args.location,
      tags: args.tags,
      sku: { name: "PerGB2018" },
      retentionInDays: RETENTION_DAYS,
      workspaceCapping: { dailyQuotaGb: args.dailyQuotaGb ?? NO_QUOTA },
      // No workspace key: agents and the old Data Collector API, which sign with it, are kept out.
      features: { disableLocalAuth: true, enableLogAccessUsingOnlyResourcePermissions: true },
      publicNetworkAccessForIngestion: "Enabled",
      publicNetworkAccessForQuery: "Enabled",
    },
    opts,
  );
}
